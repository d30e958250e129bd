import { expect, test } from 'vitest';
import { folded } from '../../../src/lib/engine/fold.ts';
import type { SearchHit } from '../../../src/lib/engine/api.ts';
import { World, type Person } from '../../support/people.ts';

const SECOND = 1_000;

async function found(person: Person, query: string): Promise<string[]> {
  return (await person.engine.search(query)).map(({ text }) => text);
}

async function talking(): Promise<[World, Person, Person]> {
  const world = new World();
  const [alice, bob] = await world.pair();
  return [world, alice, bob];
}

test('a query is found whatever its case and accents, newest first', async () => {
  const [world, alice, bob] = await talking();
  for (const text of ['Éloïse arrive', 'nothing', 'ELOISE again']) {
    await alice.engine.send(alice.conversation, text);
    await world.clock.advance(SECOND);
  }
  for (const person of [alice, bob]) {
    expect(await found(person, ' eloïse ')).toEqual(['ELOISE again', 'Éloïse arrive']);
    expect(await found(person, 'éloïses')).toEqual([]);
    expect(await found(person, ' ')).toEqual([]);
  }
  const [hit] = await bob.engine.search('again');
  expect(hit).toMatchObject({ conversation: bob.conversation, mine: false });
  const { items } = await bob.timeline();
  expect(items.find(({ id }) => id === hit?.message)).toMatchObject({ text: 'ELOISE again' });
});

test('what is edited is found as it reads now; what is gone, to view once, or not read yet, is not', async () => {
  const [world, alice, bob] = await talking();
  await alice.engine.send(alice.conversation, 'needle edited away');
  await alice.engine.send(alice.conversation, 'needle erased');
  await alice.engine.send(alice.conversation, 'needle once', { once: true });
  await alice.engine.send(alice.conversation, 'needle timed', { ttl: 60 });
  await world.clock.advance(SECOND);
  const { items } = await alice.timeline();
  const [edited, erased] = items;
  if (!edited || !erased) throw new Error('nothing said');
  await alice.engine.edit(alice.conversation, edited.id, 'haystack');
  await alice.engine.deleteForEveryone(alice.conversation, erased.id);
  await world.clock.advance(SECOND);
  expect(await found(bob, 'needle')).toEqual([]);
  expect(await found(alice, 'needle')).toEqual(['needle timed']);
  expect(await found(bob, 'hayst')).toEqual(['haystack']);
  const handle = bob.engine.openTimeline(bob.conversation, () => undefined);
  await world.clock.advance(10);
  handle.seen((await bob.timeline()).items.map(({ id }) => id));
  await world.clock.advance(SECOND);
  handle.close();
  expect(await found(bob, 'needle')).toEqual(['needle timed']);
  await world.clock.advance(60 * SECOND);
  expect([await found(alice, 'needle'), await found(bob, 'needle')]).toEqual([[], []]);
});

test('a long history is told of piece by piece, up to a limit, and may be given up', async () => {
  const [world, alice, bob] = await talking();
  for (let i = 0; i < 900; i++) await alice.engine.send(alice.conversation, `number ${i.toString()}`);
  await world.clock.advance(5 * SECOND);
  const pictures: (readonly SearchHit[])[] = [];
  const hits = await bob.engine.search('number', { limit: 30, listener: (now) => pictures.push(now) });
  expect(hits.map(({ text }) => text)).toEqual(
    Array.from({ length: 30 }, (_, i) => `number ${(899 - i).toString()}`)
  );
  expect(pictures.at(-1)).toEqual(hits);
  expect(pictures.length).toBeGreaterThan(1);
  expect(await found(bob, 'number 1')).toHaveLength(111);
  const controller = new AbortController();
  const search = bob.engine.search('number 7', {
    signal: controller.signal,
    listener: () => {
      controller.abort(new Error('enough'));
    }
  });
  await expect(search).rejects.toThrow('enough');
});

test('one conversation is searched alone, or all of them, the newest of all first', async () => {
  const world = new World();
  const [alice, ...others] = [world.person(), world.person(), world.person()];
  await Promise.all([alice, ...others].map((person) => person.opened()));
  for (const other of others) {
    other.join((await alice.engine.createInvitation()).url);
    await world.clock.advance(2 * SECOND);
  }
  for (const i of [0, 1, 2, 3]) {
    const other = others[i % 2];
    await other?.engine.send(other.conversation, `word ${i.toString()}`);
    await world.clock.advance(SECOND);
  }
  expect(await found(alice, 'word')).toEqual(['word 3', 'word 2', 'word 1', 'word 0']);
  const [first] = await alice.engine.search('word');
  const alone = await alice.engine.search('word', { ...(first && { conversation: first.conversation }) });
  expect(alone.map(({ text }) => text)).toEqual(['word 3', 'word 1']);
  const two = await alice.engine.search('word', { limit: 2 });
  expect(two.map(({ text }) => text)).toEqual(['word 3', 'word 2']);
});

test('folding is what a person overlooks', () => {
  expect(folded('ÉLOÏSE ﬁn Ａ')).toBe('eloise fin a');
});
