import { expect, test } from 'vitest';
import { IceServers } from '../../../src/lib/transport/ice-servers.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const STUN = { urls: ['stun:a.example'] };
const TURN = { urls: ['turn:a.example'], username: '1:a', credential: 'b' };
const HOUR = 3_600_000;

/** A server that answers what it is told to, and a browser that asks it. */
function bench() {
  const clock = new VirtualClock();
  const server = { answer: '', asked: 0, slow: null as Promise<string> | null };
  let changes = 0;
  const ice = new IceServers({
    clock,
    load: () => {
      server.asked++;
      if (server.slow) return server.slow;
      return server.answer === '' ? Promise.reject(new Error('no answer')) : Promise.resolve(server.answer);
    },
    onChange: () => changes++
  });
  const say = (iceServers: readonly object[], hours = 12): void => {
    server.answer = JSON.stringify({ ttl: hours * 3_600, iceServers });
  };
  return { clock, server, ice, say, changes: () => changes };
}

test('nothing is known and nothing is used before the server has answered', async () => {
  const { ice, say, changes } = bench();
  expect([ice.offer, ice.servers]).toEqual(['unknown', []]);
  say([STUN, TURN]);
  const asked = ice.refresh();
  expect([ice.offer, ice.servers]).toEqual(['unknown', []]);
  await asked;
  expect([ice.offer, ice.servers, changes()]).toEqual(['relay', [STUN, TURN], 1]);
});

test.each([
  [[], 'none'],
  [[STUN], 'stun'],
  [[TURN], 'relay']
])('of %j it is said: %s', async (servers, offer) => {
  const { ice, say } = bench();
  say(servers);
  await ice.refresh();
  expect(ice.offer).toBe(offer);
});

test('asks once at a time, and again only when half of the life is over', async () => {
  const { clock, ice, server, say } = bench();
  say([TURN]);
  await Promise.all([ice.refresh(), ice.refresh()]);
  await clock.advance(6 * HOUR - 1);
  await ice.refresh();
  expect(server.asked).toBe(1);
  await clock.advance(1);
  await ice.refresh();
  expect(server.asked).toBe(2);
});

test('uses no credentials that are dead, and none again after the clock was set back', async () => {
  const { clock, ice, server, say } = bench();
  say([TURN]);
  await ice.refresh();
  server.answer = '';
  await clock.advance(12 * HOUR - 1);
  expect(ice.servers).toEqual([TURN]);
  await clock.advance(1);
  expect(ice.servers).toEqual([]);
  clock.set(-13 * HOUR);
  expect(ice.servers).toEqual([]);
});

test('a server that is gone takes nothing away that is still good, and is not asked at every turn', async () => {
  const { clock, ice, server, say } = bench();
  say([TURN]);
  await ice.refresh();
  server.answer = '';
  await clock.advance(7 * HOUR);
  for (let i = 0; i < 5; i++) await ice.refresh();
  expect([server.asked, ice.offer, ice.servers]).toEqual([2, 'relay', [TURN]]);
  await clock.advance(10_000);
  await ice.refresh();
  expect([server.asked, ice.servers]).toEqual([3, [TURN]]);
  await clock.advance(5 * HOUR - 10_000);
  expect(ice.servers).toEqual([]);
  say([STUN]);
  await ice.refresh();
  expect([ice.offer, ice.servers]).toEqual(['stun', [STUN]]);
});

test('a machine that slept has not measured the time: the clock on the wall has', async () => {
  const { clock, ice, server, say } = bench();
  say([TURN]);
  await ice.refresh();
  await clock.advance(HOUR);
  clock.set(20 * HOUR);
  expect(ice.servers).toEqual([]);
  server.answer = '';
  await ice.refresh();
  expect([server.asked, ice.servers]).toEqual([2, []]);
  say([TURN]);
  await clock.advance(10_000);
  await ice.refresh();
  clock.set(31 * HOUR);
  server.answer = '';
  await ice.refresh();
  expect(ice.servers).toEqual([TURN]);
  clock.set(33 * HOUR);
  expect(ice.servers).toEqual([]);
});

test.each([
  ['nothing was ever known', null, false, false],
  ['there is nothing', [], false, false],
  ['there was a relay', [TURN], false, true],
  ['there was STUN', [STUN], false, true],
  ['there is only the relay', null, true, true]
] as const)(
  'who dials with nothing usable, where %s: waits for the answer or not',
  async (_, known, only, waits) => {
    const { clock, ice, server, say } = bench();
    if (known) {
      say(known);
      await ice.refresh();
      await clock.advance(13 * HOUR);
    }
    let answer = (_text: string): void => undefined;
    server.slow = new Promise((resolve) => {
      answer = resolve;
    });
    let ready = false;
    const prepared = ice.prepare(only).then(() => {
      ready = true;
    });
    await clock.settle();
    expect(ready).toBe(!waits);
    say([TURN]);
    answer(server.answer);
    await prepared;
    if (waits) expect(ice.servers).toEqual([TURN]);
  }
);

test('who dials with servers that are good waits for no better ones', async () => {
  const { clock, ice, server, say } = bench();
  say([TURN]);
  await ice.refresh();
  await clock.advance(7 * HOUR);
  server.slow = new Promise(() => undefined);
  await ice.prepare(false);
  expect(server.asked).toBe(2);
});

test.each(['no JSON', '{"ttl":1,"iceServers":[{"urls":["https://a.example"]}]}', 'x'.repeat(9_000)])(
  'an answer that is none is no error: %s',
  async (answer) => {
    const { ice, server } = bench();
    server.answer = answer;
    await ice.refresh();
    expect([ice.offer, ice.servers]).toEqual(['unknown', []]);
  }
);
