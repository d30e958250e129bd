import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WireError } from '../../../src/lib/errors.ts';
import {
  decodeIceAnswer,
  hasRelay,
  isIceUrl,
  MAX_ANSWER_CHARACTERS,
  MAX_URLS
} from '../../../src/lib/wire/ice-servers.ts';

const STUN = { urls: ['stun:a.example:3478'] };
const TURN = { urls: ['turn:a.example:3478?transport=udp'], username: '1:a', credential: 'b' };
const answer = (iceServers: unknown, ttl: unknown = 60): string => JSON.stringify({ ttl, iceServers });

describe('what the server says of STUN and TURN', () => {
  it.each([[[]], [[STUN]], [[TURN]], [[STUN, TURN]]])('is understood: %j', (servers) => {
    expect(decodeIceAnswer(answer(servers))).toEqual({ ttl: 60, iceServers: servers });
    expect(hasRelay(servers)).toBe(servers.includes(TURN as never));
  });

  it.each([
    '',
    'null',
    '[]',
    '{}',
    answer(null),
    answer({ length: 1, 0: STUN }),
    answer([null]),
    answer([STUN, TURN, TURN]),
    answer([{ urls: 'stun:a.example' }]),
    answer([{ urls: [] }]),
    answer([{ urls: [1] }]),
    answer([{ urls: Array(MAX_URLS + 1).fill('stun:a.example') }]),
    // Browsers throw on these, and would not connect at all.
    answer([{ urls: TURN.urls }]),
    answer([{ ...TURN, username: '' }]),
    answer([{ ...TURN, credential: 7 }]),
    answer([{ ...TURN, credential: 'x'.repeat(513) }]),
    answer([{ urls: ['stun:a.example', 'turn:a.example'] }]),
    answer([{ urls: ['https://a.example'] }]),
    answer([], 0),
    answer([], 1.5),
    answer([], '60'),
    answer([], 7 * 86_400 + 1),
    answer([STUN]) + ' '.repeat(MAX_ANSWER_CHARACTERS)
  ])('is none: %j', (text) => {
    expect(() => decodeIceAnswer(text)).toThrow(WireError);
  });

  it('keeps nothing else of it', () => {
    expect(decodeIceAnswer(answer([{ ...STUN, credentialType: 'oauth', username: 'x' }])).iceServers).toEqual(
      [STUN]
    );
  });

  it('is an answer or a WireError, whatever comes', () => {
    const odd = fc.oneof(
      fc.string(),
      fc.json(),
      fc.record({ ttl: fc.anything(), iceServers: fc.anything() }).map((value) => {
        try {
          return JSON.stringify(value);
        } catch {
          return '';
        }
      })
    );
    fc.assert(
      fc.property(odd, (text) => {
        try {
          decodeIceAnswer(text);
        } catch (error) {
          if (!(error instanceof WireError)) throw error;
        }
      })
    );
  });
});

describe('a URL', () => {
  it.each([
    ['stun', 'stun:a.example'],
    ['stun', 'stuns:192.0.2.1:5349'],
    ['turn', 'turn:[2001:db8::1]:3478?transport=tcp'],
    ['turn', 'turns:turn.a.example:443?transport=tcp']
  ] as const)('of %s: %s', (scheme, url) => {
    expect(isIceUrl(url, scheme)).toBe(true);
    expect(isIceUrl(url, scheme === 'stun' ? 'turn' : 'stun')).toBe(false);
  });

  it.each([
    'stun:',
    'stun://a.example',
    'stun:a.example:0',
    'stun:a.example:65536',
    'stun:a.example?transport=udp',
    'turn:a.example?transport=tls',
    'turn:a.example:3478?transport=udp&x=1',
    'turn:a.example/x',
    'turn:user@a.example',
    'turn:a.example\n',
    'turn: a.example',
    'TURN:a.example',
    'turn:-a.example',
    'turn:[a.example]:1'
  ])('is none: %s', (url) => {
    expect([isIceUrl(url, 'stun'), isIceUrl(url, 'turn')]).toEqual([false, false]);
  });
});
