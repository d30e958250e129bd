/**
 * Random schedules of everything that happens to two people, on a virtual clock: what was written arrives once, in its
 * writer's order, and both sides end with the same. A failing seed is printed and runs again alone.
 */
import { expect, test } from 'vitest';
import { World, type Person } from '../../support/people.ts';

const SEEDS = 24;
const STEPS = 60;

interface History {
  readonly written: string[];
  readonly erased: Set<string>;
}

async function step(world: World, people: readonly Person[], histories: readonly History[]): Promise<void> {
  const [choice = 0, who = 0] = world.random(2);
  const index = who % 2;
  const person = people[index];
  const history = histories[index];
  if (!person || !history) throw new Error('two people');
  switch (choice % 12) {
    case 0:
    case 1:
    case 2:
    case 3: {
      const text = `${index === 0 ? 'a' : 'b'}${history.written.length.toString()}`;
      await person.engine.send(person.conversation, text);
      history.written.push(text);
      return;
    }
    case 4: {
      const { items } = await person.timeline();
      const own = items.filter((item) => item.kind === 'text').filter((item) => item.mine);
      const victim = own[who % Math.max(1, own.length)];
      if (!victim) return;
      await person.engine.deleteForEveryone(person.conversation, victim.id);
      history.erased.add(victim.text);
      return;
    }
    case 5:
      await person.reload();
      return;
    case 6:
      world.network.cutPeers();
      return;
    case 7:
      world.network.setServer(who < 128);
      return;
    case 8:
      if (who < 64) world.network.mute();
      else world.network.unmute();
      return;
    case 9: {
      const { items } = await person.timeline();
      const handle = person.engine.openTimeline(person.conversation, () => undefined);
      handle.seen(items.flatMap((item) => (item.kind === 'text' && !item.mine ? [item.id] : [])));
      await world.clock.advance(1);
      handle.close();
      return;
    }
    default:
      await world.clock.advance(who * 40);
  }
}

async function allTexts(person: Person): Promise<string[]> {
  let items: { kind: string; text?: string }[] = [];
  const older = { more: true };
  const handle = person.engine.openTimeline(person.conversation, (timeline) => {
    items = [...timeline.items];
    older.more = timeline.hasOlder;
  });
  await person.world.clock.advance(0);
  while (older.more) {
    await handle.loadOlder();
    await person.world.clock.advance(0);
  }
  handle.close();
  return items.flatMap((item) => (item.text === undefined ? [] : [item.text]));
}

test.each(Array.from({ length: SEEDS }, (_, seed) => seed))(
  'seed %i: nothing lost, doubled or out of order',
  async (seed) => {
    const world = new World(`schedule ${seed.toString()}`);
    const people = await world.pair();
    const histories: History[] = [
      { written: [], erased: new Set() },
      { written: [], erased: new Set() }
    ];
    for (let i = 0; i < STEPS; i++) await step(world, people, histories);
    world.network.setServer(true);
    world.network.unmute();
    await world.clock.advance(200_000);
    const expected = histories.map(({ written, erased }) => written.filter((text) => !erased.has(text)));
    for (const person of people) {
      const texts = await allTexts(person);
      expect(texts.filter((text) => text.startsWith('a'))).toEqual(expected[0]);
      expect(texts.filter((text) => text.startsWith('b'))).toEqual(expected[1]);
      expect(person.snapshot.conversations[0]?.queued).toBe(0);
    }
  }
);
