import { expect, it } from 'vitest';
import { pathOf } from '../../../src/lib/transport/path.ts';

type Stats = Map<string, Record<string, unknown>>;

/** As Chromium reports: a transport that names its pair. */
function chromium(local: string, remote: string, rtt?: number): Stats {
  return new Map<string, Record<string, unknown>>([
    ['T', { type: 'transport', selectedCandidatePairId: 'P' }],
    ['other', { type: 'candidate-pair', localCandidateId: 'R', remoteCandidateId: 'R' }],
    [
      'P',
      { type: 'candidate-pair', localCandidateId: 'L', remoteCandidateId: 'R', currentRoundTripTime: rtt }
    ],
    ['L', { type: 'local-candidate', candidateType: local }],
    ['R', { type: 'remote-candidate', candidateType: remote }]
  ]);
}

/** As Firefox does: no transport, the pair says it of itself. */
function firefox(local: string, remote: string, rtt: number): Stats {
  const stats = chromium(local, remote, rtt);
  stats.delete('T');
  stats.set('P', { ...stats.get('P'), selected: true });
  return stats;
}

it.each([
  ['host', 'host', 'local'],
  ['host', 'srflx', 'direct'],
  ['srflx', 'host', 'direct'],
  ['prflx', 'srflx', 'direct'],
  ['prflx', 'prflx', 'direct'],
  ['relay', 'host', 'relayed'],
  ['srflx', 'relay', 'relayed'],
  ['relay', 'relay', 'relayed']
])('from %s to %s is %s', (local, remote, kind) => {
  expect(pathOf(chromium(local, remote, 0.025))).toEqual({ kind, rtt: 25 });
  expect(pathOf(firefox(local, remote, 0.025))).toEqual({ kind, rtt: 25 });
});

it.each([
  // [this side's end, the other's, who has a router, the way]
  ['host', 'prflx', 'local', 'local'],
  ['host', 'prflx', 'remote', 'direct'],
  ['host', 'prflx', null, 'local'],
  ['prflx', 'host', null, 'local'],
  ['prflx', 'host', 'remote', 'local'],
  ['prflx', 'host', 'local', 'direct'],
  ['host', 'srflx', 'local', 'direct'],
  ['prflx', 'prflx', 'local', 'direct']
])('from %s to %s, a router before the %s one: %s', (local, remote, router, kind) => {
  const stats = chromium(local, remote);
  if (router !== null) stats.set('S', { type: `${router}-candidate`, candidateType: 'srflx' });
  expect(pathOf(stats)?.kind).toBe(kind);
});

it.each([
  ['', 'local'],
  ['4b1f2a9c.local', 'local'],
  ['192.168.1.7', 'local'],
  ['172.20.0.1', 'local'],
  ['172.32.0.1', 'direct'],
  ['203.0.113.9', 'direct'],
  ['fd00::1', 'local'],
  ['2001:db8::1', 'direct'],
  ['::1', 'local']
])('between two own addresses, the other of which is "%s", it is %s', (address, kind) => {
  const stats = chromium('host', 'host');
  stats.set('R', { ...stats.get('R'), address });
  expect(pathOf(stats)?.kind).toBe(kind);
});

it('is direct where an address of the internet was found by its traffic, and no router is known', () => {
  const stats = chromium('host', 'prflx');
  stats.set('R', { ...stats.get('R'), address: '203.0.113.9' });
  expect(pathOf(stats)?.kind).toBe('direct');
});

it('may have no measured round trip yet', () => {
  expect(pathOf(chromium('host', 'host'))).toEqual({ kind: 'local', rtt: null });
});

it('is none before one is chosen, and where the browser does not say', () => {
  expect(pathOf(new Map())).toBeNull();
  for (const missing of ['T', 'P', 'L', 'R']) {
    const stats = chromium('host', 'host', 1);
    stats.delete(missing);
    expect(pathOf(stats)).toBeNull();
  }
});
