/** Deadlines hold whether or not a timer ever fires, and whatever the clock is set to (protocol, section 10; threats S15). */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Lifetime } from '../../../src/lib/engine/lifetime.ts';
import { World, type Person } from '../../support/people.ts';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const DAY = 24 * HOUR;

async function see(person: Person): Promise<void> {
  const { items } = await person.timeline();
  const handle = person.engine.openTimeline(person.conversation, () => undefined);
  await person.world.clock.advance(10);
  handle.seen(items.flatMap((item) => (item.kind === 'text' && !item.mine ? [item.id] : [])));
  await person.world.clock.advance(100);
  handle.close();
}

/** Seen by Bob, with a timer of an hour that runs on both sides. */
async function burning(): Promise<[Person, Person]> {
  const world = new World();
  const [alice, bob] = await world.pair();
  await alice.engine.send(alice.conversation, 'one hour', { ttl: 3_600 });
  await world.clock.advance(SECOND);
  await see(bob);
  return [alice, bob];
}

describe('while no timer fires, as in a sleep', () => {
  test('what is over is in no history, open or not, in no search and in no quote, and nothing can be done with it', async () => {
    const [alice, bob] = await burning();
    const { clock } = alice.world;
    const [dying] = (await bob.timeline()).items;
    if (!dying) throw new Error('nothing said');
    await bob.engine.send(bob.conversation, 'an answer', { replyTo: dying.id });
    await clock.advance(SECOND);
    const shown: string[] = [];
    const handle = bob.engine.openTimeline(bob.conversation, ({ items }) => {
      shown.push(items.map((item) => (item.kind === 'text' ? item.text : item.kind)).join());
    });
    await clock.advance(10);
    expect(shown.at(-1)).toBe('one hour,an answer');
    expect(bob.disk.rows.size).toBeGreaterThan(1);

    // The sweeper can not write: reading alone has to know.
    for (const person of [alice, bob]) person.full = true;
    clock.set(HOUR);
    bob.engine.retry();
    await clock.settle();
    expect(shown.at(-1)).toBe('an answer');
    for (const person of [alice, bob]) {
      expect(await person.texts()).toEqual(['an answer']);
      expect(await person.engine.search('hour')).toEqual([]);
      const [answer] = (await person.timeline()).items;
      expect(answer).toMatchObject({ kind: 'text', quote: { text: null } });
    }
    expect(await handle.jumpTo(dying.id)).toBe(false);
    handle.close();
    await expect(bob.engine.react(bob.conversation, dying.id, '👍')).rejects.toThrow('message-gone');
    // It is still there, and goes as soon as that can be written.
    const before = bob.disk.rows.size;
    bob.full = false;
    bob.engine.retry();
    await clock.advance(SECOND);
    expect(bob.disk.rows.size).toBeLessThan(before);
  });

  test('what came to its end in a sleep is destroyed at once when the page wakes', async () => {
    const [alice, bob] = await burning();
    alice.world.clock.set(HOUR);
    for (const person of [alice, bob]) {
      person.engine.retry();
      await person.world.clock.settle();
      expect([...person.disk.rows.values()].filter(({ deadline }) => deadline !== null)).toEqual([]);
    }
  });
});

test('a mark for which there was no room goes with the next commit for which there is', async () => {
  const [alice, bob] = await burning();
  const { clock } = alice.world;
  bob.full = true;
  clock.set(HOUR);
  await expect(bob.engine.send(bob.conversation, 'no room')).rejects.toThrow('storage-full');
  bob.full = false;
  await bob.engine.send(bob.conversation, 'room');
  clock.set(0);
  await bob.reload();
  expect(await bob.texts()).toEqual(['room']);
});

test('what passed while nothing was written counts, though the app was killed and the clock turned back', async () => {
  const [, bob] = await burning();
  const { clock } = bob.world;
  await clock.advance(50 * 60 * SECOND);
  clock.set(-DAY);
  await bob.reload();
  expect(await bob.texts()).toEqual(['one hour']);
  await clock.advance(11 * 60 * SECOND);
  expect(await bob.texts()).toEqual([]);
});

test('what is said after a clock that ran ahead was set right has the right time', async () => {
  const world = new World();
  const [alice, bob] = await world.pair();
  const { clock } = world;
  clock.set(9 * HOUR);
  await alice.engine.send(alice.conversation, 'too early');
  await clock.advance(SECOND);
  clock.set(0);
  const before = clock.now();
  for (const person of [alice, bob]) await person.engine.send(person.conversation, 'now');
  await clock.advance(SECOND);
  const items = (await Promise.all([alice, bob].map((person) => person.timeline()))).flatMap(
    ({ items }) => items
  );
  const said = items.filter((item) => item.kind === 'text' && item.text === 'now');
  expect(said).toHaveLength(4);
  for (const item of said) {
    expect(item.at - before).toBeLessThan(SECOND);
    expect(item).toHaveProperty('writtenAt', before);
  }
  for (const { snapshot } of [alice, bob])
    expect((snapshot.conversations[0]?.lastAt ?? 0) - before).toBeLessThan(SECOND);
});

describe('with the app closed for three weeks', () => {
  test.each([
    ['as it was', 0],
    ['turned back by ten years before it was closed', -3_650 * DAY],
    ['turned back by an hour', -HOUR],
    ['that ran ten years ahead once', 3_650 * DAY]
  ])('and a clock %s, nothing of it is painted again, and nothing is left of it', async (_, offset) => {
    const [alice, bob] = await burning();
    const { clock } = alice.world;
    clock.set(offset);
    // A clock that runs ahead ends what there is; what comes after it lives as long as ever.
    for (const { engine } of [alice, bob]) engine.retry();
    await clock.advance(SECOND);
    clock.set(Math.min(0, offset));
    await alice.engine.send(alice.conversation, 'a day', { ttl: 86_400 });
    await clock.advance(SECOND);
    await see(bob);
    expect(await bob.texts()).toContain('a day');
    for (const person of [alice, bob]) person.session.stop();
    await clock.advance(21 * DAY);
    for (const person of [alice, bob]) {
      await person.reload();
      expect(await person.texts()).toEqual([]);
      expect([...person.disk.rows.values()].filter(({ deadline }) => deadline !== null)).toEqual([]);
    }
  });
});

test('many that expire at once go a hundred at a time, and none of them is shown meanwhile', async () => {
  const world = new World();
  const [alice, bob] = await world.pair();
  const count = 450;
  const texts = Array.from({ length: count }, (_, i) => `burns ${String(i)}`);
  await Promise.all(texts.map((text) => alice.engine.send(alice.conversation, text, { ttl: 60 })));
  bob.session.stop();
  // Nobody reads them: they die two weeks later, all at once.
  world.network.setServer(false);
  await world.clock.advance(14 * DAY - SECOND);
  const sizes: number[] = [];
  const { rows } = alice.disk;
  let turn = 0;
  const remove = rows.delete.bind(rows);
  rows.delete = (key) => {
    sizes[turn] = (sizes[turn] ?? 0) + 1;
    return remove(key);
  };
  const put = rows.set.bind(rows);
  rows.set = (key, row) => {
    sizes[turn] = (sizes[turn] ?? 0) + 1;
    return put(key, row);
  };
  const { meta } = alice.disk;
  const get = meta.get.bind(meta);
  meta.get = (key) => {
    // A transaction begins.
    if (key === 'epoch') turn++;
    return get(key);
  };
  await world.clock.advance(SECOND);
  expect(await alice.texts()).toEqual([]);
  await world.clock.advance(SECOND);
  const rounds = sizes.filter((size) => size > 0);
  expect(Math.max(...rounds)).toBeLessThanOrEqual(100);
  expect(rounds.length).toBeGreaterThanOrEqual(count / 100);
  expect([...rows.values()].filter(({ deadline }) => deadline !== null)).toEqual([]);
});

describe('the time of deadlines', () => {
  type Step =
    | { readonly kind: 'passes' | 'closed'; readonly ms: number }
    | { readonly kind: 'set'; readonly by: number };

  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({
      kind: fc.constantFrom('passes', 'closed'),
      // Some clocks have fractions.
      ms: fc.double({ min: 0, max: 30 * DAY, noNaN: true })
    }),
    // NTP, daylight saving time, a wrong date.
    fc.record({
      kind: fc.constant('set'),
      by: fc.constantFrom(-3_650 * DAY, -HOUR, -3, 3, HOUR, 3_650 * DAY)
    })
  );

  test('never goes back, is never behind the clock, and is never slower than what really passes', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let [real, offset] = [Date.UTC(2026, 0, 1), 0];
        let since = real;
        const clock = {
          now: () => real + offset,
          elapsed: () => real - since,
          after: () => () => undefined
        };
        let lifetime = new Lifetime(clock, undefined);
        let saved: unknown;
        const save = (): void => {
          const mark = lifetime.unsaved();
          if (!mark) return;
          lifetime.saved(mark);
          saved = mark;
        };
        save();
        let last = lifetime.now();
        for (const one of steps) {
          if (one.kind === 'set') offset += one.by;
          else {
            if (one.kind === 'closed') save();
            const before = lifetime.now();
            real += one.ms;
            if (one.kind === 'closed') {
              since = real;
              lifetime = new Lifetime(clock, structuredClone(saved));
            }
            // What a crash may lose is ten seconds of it.
            expect(lifetime.now()).toBeGreaterThanOrEqual(
              Math.floor(before + one.ms) - (one.kind === 'closed' ? 11_000 : 1)
            );
          }
          const now = lifetime.now();
          expect(now).toBeGreaterThanOrEqual(Math.floor(clock.now()));
          if (one.kind !== 'closed') expect(now).toBeGreaterThanOrEqual(last);
          last = now;
        }
      })
    );
  });

  test('is to be written down until it is, however often that fails', () => {
    let real = Date.UTC(2026, 0, 1);
    const clock = { now: () => real, elapsed: () => real, after: () => () => undefined };
    const lifetime = new Lifetime(clock, undefined);
    expect(lifetime.unsaved()).toEqual({ mark: real, clock: real });
    const mark = lifetime.unsaved();
    expect(mark).not.toBeNull();
    if (mark) lifetime.saved(mark);
    expect(lifetime.unsaved()).toBeNull();
    real += 10 * SECOND;
    expect(lifetime.unsaved()).not.toBeNull();
  });

  test('what the first version wrote down, the mark alone, holds; garbage does not', () => {
    const now = Date.UTC(2026, 0, 1);
    const clock = { now: () => now, elapsed: () => 0, after: () => () => undefined };
    expect(new Lifetime(clock, now + HOUR).now()).toBe(now + HOUR);
    for (const garbage of [undefined, null, 'x', NaN, {}, { mark: now + HOUR }, { mark: 'x', clock: 0 }])
      expect(new Lifetime(clock, garbage).now()).toBe(now);
  });
});
