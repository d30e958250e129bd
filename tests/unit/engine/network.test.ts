import { expect, test, vi } from 'vitest';
import { hex } from '../../../src/lib/bytes.ts';
import { Network, type Party } from '../../../src/lib/engine/network.ts';
import type { SignalingEvent } from '../../../src/lib/transport/ports.ts';
import { seeded } from '../../support/random.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

/** How often somebody's topics were reckoned. */
let reckoned = 0;
vi.mock(import('../../../src/lib/protocol/topics.ts'), async (original) => {
  const real = await original();
  return {
    ...real,
    window: (root, unixSeconds) => {
      reckoned++;
      return real.window(root, unixSeconds);
    }
  };
});

const HOUR = 3_600_000;
const EPOCH = 6 * HOUR;

const party: Party = {
  root: new Uint8Array(32).fill(1),
  relayOnly: false,
  onServer: () => undefined,
  onPresent: () => undefined,
  onEnvelope: () => undefined,
  onPeer: () => undefined
};

interface Page {
  readonly network: Network;
  /** Where it listens now. */
  topics: string[];
  /** When its topics changed. */
  readonly changes: number[];
  readonly say: (event: SignalingEvent) => void;
}

function page(clock: VirtualClock, seed: string): Page {
  let topics: string[] = [];
  const changes: number[] = [];
  let say = (_event: SignalingEvent): void => undefined;
  const network = new Network({
    clock,
    random: seeded(seed),
    connectSignaling: (listener) => {
      say = listener;
      return {
        setTopics(list) {
          const next = list.map(hex);
          if (topics.length > 0 && next.join() !== topics.join()) changes.push(clock.now());
          topics = next;
        },
        publish: () => undefined,
        retry: () => undefined,
        nextAttempt: () => null,
        close: () => undefined
      };
    },
    connectPeer: () => {
      throw new Error('nobody connects');
    },
    onServer: () => undefined
  });
  network.add(party);
  return {
    network,
    changes,
    say,
    get topics() {
      return topics;
    }
  };
}

test('a new epoch changes the topics of a hundred pages within an hour, not at once, and all hear each other throughout', async () => {
  const start = EPOCH * 80_000;
  const clock = new VirtualClock(start - HOUR, 1);
  const pages = Array.from({ length: 100 }, (_, n) => page(clock, `page ${String(n)}`));
  for (let minutes = 0; minutes < 180; minutes += 5) {
    for (const { network } of pages.slice(0, 3)) {
      const place = hex(network.meetingPlace(party).topic);
      for (const { topics } of pages) expect(topics).toContain(place);
    }
    await clock.advance(5 * 60_000);
  }
  for (const { network } of pages) network.close();
  const changes = pages.flatMap((one) => one.changes.map((at) => at - start));
  expect(changes).toHaveLength(100);
  expect(Math.min(...changes)).toBeGreaterThan(0);
  expect(Math.max(...changes)).toBeLessThan(HOUR + 60_000);
  for (let tenth = 0; tenth < 6; tenth++) {
    const then = changes.filter((at) => Math.floor(at / (HOUR / 6)) === tenth);
    expect(then.length).toBeLessThan(40);
  }
});

test('why the server has sent us away is known until it is reached again', () => {
  const { network, say } = page(new VirtualClock(), 'one');
  say({ kind: 'online' });
  say({ kind: 'offline', why: 'full' });
  expect([network.online, network.refusal]).toEqual([false, 'full']);
  say({ kind: 'online' });
  expect([network.online, network.refusal]).toEqual([true, null]);
  network.close();
});

test('a clock that is set to the beginning of time, and right again, ends no listening', async () => {
  const start = EPOCH * 80_000 + HOUR;
  const clock = new VirtualClock(start, 1);
  const one = page(clock, 'one');
  const place = hex(one.network.meetingPlace(party).topic);
  clock.set(-start);
  await clock.advance(60_000);
  one.network.retry(true);
  expect(one.topics).not.toContain(place);
  expect(one.topics).toContain(hex(one.network.meetingPlace(party).topic));
  clock.set(0);
  await clock.advance(60_000);
  expect(one.topics).toContain(place);
  one.network.close();
});

test('the topics of each of a hundred are reckoned once an epoch, however often one comes', async () => {
  const clock = new VirtualClock(EPOCH * 80_000, 1);
  const { network } = page(clock, 'one');
  reckoned = 0;
  for (let n = 0; n < 100; n++) network.add({ ...party, root: new Uint8Array(32).fill(n) });
  expect(reckoned).toBe(100);
  await clock.advance(EPOCH);
  expect(reckoned).toBe(201);
  network.close();
});
