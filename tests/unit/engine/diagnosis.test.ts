import { describe, expect, it } from 'vitest';
import { diagnose, type Facts } from '../../../src/lib/engine/diagnosis.ts';

const AWAY: Facts = {
  connection: 'waiting',
  refusal: null,
  path: null,
  webrtc: true,
  offer: 'relay',
  relayOnly: false,
  failed: null
};
const CONNECTED: Facts = { ...AWAY, connection: 'connected', path: { kind: 'direct', rtt: 12 } };
/** What was found in the attempt that failed. */
const HERE = new Set(['host'] as const);
const WORLD = new Set(['host', 'srflx'] as const);
const RELAY = new Set(['host', 'srflx', 'relay'] as const);

describe('a diagnosis', () => {
  it.each<[string, Facts, object]>([
    ['connected', CONNECTED, { kind: 'connected', path: 'direct', rtt: 12 }],
    [
      'connected, the browser says no more',
      { ...CONNECTED, path: null },
      { kind: 'connected', path: null, rtt: null }
    ],
    // Whatever was wrong before: it works.
    [
      'connected after all',
      { ...CONNECTED, failed: WORLD, offer: 'none', relayOnly: true },
      { kind: 'connected', path: 'direct', rtt: 12 }
    ],
    ['no WebRTC', { ...AWAY, webrtc: false, connection: 'offline' }, { kind: 'no-webrtc' }],
    ['no server', { ...AWAY, connection: 'offline', failed: WORLD }, { kind: 'server-unreachable' }],
    ['a full server', { ...AWAY, connection: 'offline', refusal: 'full' }, { kind: 'server-full' }],
    ['a crowded network', { ...AWAY, connection: 'offline', refusal: 'crowded' }, { kind: 'server-crowded' }],
    ['no understanding', { ...AWAY, connection: 'offline', refusal: 'refused' }, { kind: 'server-refused' }],
    ['the other is away', AWAY, { kind: 'away' }],
    ['on the way', { ...AWAY, connection: 'connecting' }, { kind: 'connecting' }],
    [
      'hidden, and the server is silent about relays',
      { ...AWAY, relayOnly: true, offer: 'unknown' },
      { kind: 'away' }
    ],
    ['hidden, with a relay', { ...AWAY, relayOnly: true }, { kind: 'away' }],
    [
      'hidden, and nothing to hide behind',
      { ...AWAY, relayOnly: true, offer: 'none' },
      { kind: 'relay-missing' }
    ],
    [
      'hidden, and only STUN',
      { ...AWAY, relayOnly: true, offer: 'stun', failed: HERE },
      { kind: 'relay-missing' }
    ],
    [
      'failed with STUN: two networks that translate',
      { ...AWAY, offer: 'stun', failed: WORLD },
      { kind: 'no-path' }
    ],
    [
      'failed with STUN that did not answer',
      { ...AWAY, offer: 'stun', failed: HERE },
      { kind: 'udp-blocked' }
    ],
    ['failed, and nobody was asked', { ...AWAY, offer: 'none', failed: HERE }, { kind: 'no-path' }],
    [
      'failed, and nothing is known of servers',
      { ...AWAY, offer: 'unknown', failed: HERE },
      { kind: 'no-path' }
    ],
    [
      'failed while trying again',
      { ...AWAY, connection: 'connecting', offer: 'none', failed: HERE },
      { kind: 'no-path' }
    ],
    ['failed with a relay', { ...AWAY, failed: RELAY }, { kind: 'relay-failed' }],
    ['failed with a relay that did not answer', { ...AWAY, failed: WORLD }, { kind: 'relay-failed' }]
  ])('%s', (_case, facts, diagnosis) => {
    expect(diagnose(facts)).toEqual(diagnosis);
  });
});
