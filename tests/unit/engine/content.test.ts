/** Replies, edits, reactions, timers and views of one message, between two people. */
import { describe, expect, test } from 'vitest';
import type { MessageId, TextItem, TimelineItem } from '../../../src/lib/engine/api.ts';
import { World, type Person } from '../../support/people.ts';

const SECOND = 1_000;
const DAY = 86_400 * SECOND;

async function items(person: Person): Promise<readonly TimelineItem[]> {
  return (await person.timeline()).items;
}

/** The text that reads so now. */
async function said(person: Person, text: string): Promise<TextItem> {
  const found = (await items(person)).find((item) => item.kind === 'text' && item.text === text);
  if (found?.kind !== 'text') throw new Error(`nobody said ${text}`);
  return found;
}

async function see(person: Person, ...messages: readonly MessageId[]): Promise<void> {
  const handle = person.engine.openTimeline(person.conversation, () => undefined);
  await person.world.clock.advance(10);
  handle.seen(messages);
  await person.world.clock.advance(100);
  handle.close();
}

/** Alice and Bob, and a message of Alice's that both have. */
async function talking(text: string, ttl = 0): Promise<[World, Person, Person, MessageId]> {
  const world = new World();
  const [alice, bob] = await world.pair();
  await alice.engine.send(alice.conversation, text, { ttl });
  await world.clock.advance(SECOND);
  return [world, alice, bob, (await said(alice, text)).id];
}

/** Nobody has the app open for so long. */
async function asleep(time: number, ...people: readonly Person[]): Promise<void> {
  for (const { session } of people) session.stop();
  await people[0]?.world.clock.advance(time);
  for (const person of people) await person.reload();
}

/** Whether anything that the user interface is told holds one of these words. */
async function hasWords(person: Person, ...words: readonly string[]): Promise<boolean> {
  const shown = JSON.stringify([await items(person), person.snapshot]);
  return words.some((word) => shown.includes(word));
}

describe('a reply', () => {
  test('quotes what it answers as it reads now', async () => {
    const [world, alice, bob, id] = await talking('Where?');
    await bob.engine.send(bob.conversation, 'Here', { replyTo: id });
    await alice.engine.send(alice.conversation, 'As I said', { replyTo: id });
    await world.clock.advance(SECOND);
    for (const [person, mine] of [
      [alice, true],
      [bob, false]
    ] as const)
      for (const answer of ['Here', 'As I said'])
        expect((await said(person, answer)).quote).toEqual({ id, mine, text: 'Where?', deadline: null });
    await alice.engine.edit(alice.conversation, id, 'Where and when?');
    await world.clock.advance(SECOND);
    for (const person of [alice, bob])
      expect((await said(person, 'Here')).quote?.text).toBe('Where and when?');
  });

  test('loses its quote with the original, in a history that is open', async () => {
    const [world, alice, bob, id] = await talking('A slip');
    await bob.engine.send(bob.conversation, 'Oh?', { replyTo: id });
    await world.clock.advance(SECOND);
    const pictures: TimelineItem[][] = [];
    const handle = bob.engine.openTimeline(bob.conversation, (timeline) =>
      pictures.push([...timeline.items])
    );
    await world.clock.advance(10);
    expect(JSON.stringify(pictures.at(-1))).toContain('"quote":{"id"');
    expect(pictures.flat().filter((item) => item.kind === 'text' && item.quote?.text === null)).toEqual([]);
    await alice.engine.deleteForEveryone(alice.conversation, id);
    await world.clock.advance(SECOND);
    handle.close();
    const last = pictures.at(-1)?.find((item) => item.kind === 'text' && item.text === 'Oh?');
    expect(last).toMatchObject({ quote: { id, text: null } });
    expect(await hasWords(bob, 'A slip')).toBe(false);
  });

  test('to a timed message loses its quote when that goes', async () => {
    const [world, alice, bob, id] = await talking('burn this', 30);
    await bob.engine.send(bob.conversation, 'I will', { replyTo: id });
    await see(bob, id);
    expect((await said(bob, 'I will')).quote?.text).toBe('burn this');
    await world.clock.advance(31 * SECOND);
    for (const person of [alice, bob]) {
      expect((await said(person, 'I will')).quote?.text).toBeNull();
      expect(await hasWords(person, 'burn this')).toBe(false);
    }
  });

  test('quotes what is far above', async () => {
    const [world, alice, bob, id] = await talking('The beginning');
    for (let i = 0; i < 70; i++) await alice.engine.send(alice.conversation, i.toString());
    await world.clock.advance(SECOND);
    await bob.engine.send(bob.conversation, 'Back to that', { replyTo: id });
    await world.clock.advance(SECOND);
    for (const person of [alice, bob])
      expect((await said(person, 'Back to that')).quote?.text).toBe('The beginning');
  });

  test('to somebody who has never heard of it quotes nothing', async () => {
    const [world, alice, bob] = await talking('hello');
    const nowhere = 'ffffffffffffffff:7' as MessageId;
    await alice.engine.send(alice.conversation, 'what?', { replyTo: nowhere });
    await world.clock.advance(SECOND);
    for (const person of [alice, bob])
      expect((await said(person, 'what?')).quote).toEqual({
        id: nowhere,
        mine: false,
        text: null,
        deadline: null
      });
  });
});

describe('an edit', () => {
  test('shows on both sides, with what it read before, and in the list', async () => {
    const [world, alice, bob, id] = await talking('Tree o’clock');
    await alice.engine.edit(alice.conversation, id, 'Three o’clock');
    await world.clock.advance(SECOND);
    for (const person of [alice, bob]) {
      const { edited } = await said(person, 'Three o’clock');
      expect(edited.map(({ text }) => text)).toEqual(['Tree o’clock']);
      expect(person.snapshot.conversations[0]?.lastText).toBe('Three o’clock');
    }
    await bob.reload();
    expect((await said(bob, 'Three o’clock')).edited).toHaveLength(1);
    expect(bob.snapshot.conversations[0]?.unread).toBe(1);
  });

  test('of a message that waits changes it where it is', async () => {
    const world = new World();
    const [alice, bob] = await world.pair();
    bob.session.stop();
    for (const text of ['one', 'two', 'three']) await alice.engine.send(alice.conversation, text);
    await alice.engine.edit(alice.conversation, (await said(alice, 'two')).id, 'zwei');
    expect(await alice.texts()).toEqual(['one', 'zwei', 'three']);
    await bob.reload();
    await world.clock.advance(10 * SECOND);
    expect(await bob.texts()).toEqual(['one', 'zwei', 'three']);
    expect(alice.snapshot.conversations[0]?.queued).toBe(0);
  });

  test('of what is gone, or not one’s own, is refused', async () => {
    const [, alice, bob, id] = await talking('mine');
    await expect(bob.engine.edit(bob.conversation, id, 'yours')).rejects.toThrow('own');
    await alice.engine.deleteForEveryone(alice.conversation, id);
    await expect(alice.engine.edit(alice.conversation, id, 'x')).rejects.toMatchObject({
      code: 'message-gone'
    });
    await expect(alice.engine.react(alice.conversation, id, '👍')).rejects.toMatchObject({
      code: 'message-gone'
    });
  });

  test('that still waits dies with its message, and so does a reaction', async () => {
    const [world, alice, bob, id] = await talking('short', 30);
    await see(bob, id);
    bob.session.stop();
    await world.clock.advance(SECOND);
    await alice.engine.edit(alice.conversation, id, 'secret '.repeat(100));
    await alice.engine.react(alice.conversation, id, '🤫');
    expect(alice.snapshot.conversations[0]?.queued).toBe(2);
    const longest = (): number =>
      Math.max(...[...alice.disk.rows.values()].map(({ sealed }) => sealed.length));
    expect(longest()).toBeGreaterThan(700);
    await world.clock.advance(30 * SECOND);
    expect(await alice.texts()).toEqual([]);
    // Two places of the log wait, and no words.
    expect(alice.snapshot.conversations[0]?.queued).toBe(2);
    expect(longest()).toBeLessThan(200);
    await bob.reload();
    await world.clock.advance(10 * SECOND);
    expect(alice.snapshot.conversations[0]?.queued).toBe(0);
    expect(await bob.texts()).toEqual([]);
  });
});

test('reactions go both ways, and live no longer than their message', async () => {
  const [world, alice, bob, id] = await talking('Good news', 60);
  await see(bob, id);
  await bob.engine.react(bob.conversation, id, '🎉');
  await alice.engine.react(alice.conversation, id, '😀');
  await world.clock.advance(SECOND);
  expect((await said(alice, 'Good news')).reactions).toEqual({ mine: '😀', theirs: '🎉' });
  expect((await said(bob, 'Good news')).reactions).toEqual({ mine: '🎉', theirs: '😀' });
  await expect(bob.engine.react(bob.conversation, id, 'lol')).rejects.toThrow('emoji');
  await bob.engine.react(bob.conversation, id, '');
  await world.clock.advance(SECOND);
  expect((await said(alice, 'Good news')).reactions).toEqual({ mine: '😀', theirs: null });
  await world.clock.advance(60 * SECOND);
  for (const person of [alice, bob]) {
    expect(person.disk.rows.size).toBe(0);
    expect(person.snapshot.conversations[0]?.queued).toBe(0);
  }
});

test('a message may have a timer of its own, and none', async () => {
  const world = new World();
  const [alice, bob] = await world.pair();
  await alice.engine.setTimer(alice.conversation, 3_600);
  await alice.engine.send(alice.conversation, 'as always');
  await alice.engine.send(alice.conversation, 'quick', { ttl: 5 });
  await alice.engine.send(alice.conversation, 'stays', { ttl: 0 });
  await world.clock.advance(SECOND);
  for (const person of [alice, bob])
    expect(
      await Promise.all(['as always', 'quick', 'stays'].map(async (text) => (await said(person, text)).ttl))
    ).toEqual([3_600, 5, 0]);
});

test('what is passed on says so, and leaves the draft of its conversation', async () => {
  const [world, alice, bob] = await talking('hello');
  bob.engine.setDraft(bob.conversation, 'half a sentence');
  await bob.engine.send(bob.conversation, 'a rumour', { forwarded: true });
  await world.clock.advance(SECOND);
  expect((await said(alice, 'a rumour')).forwarded).toBe(true);
  expect((await said(alice, 'hello')).forwarded).toBe(false);
  expect(bob.snapshot.conversations[0]?.draft).toBe('half a sentence');
});

describe('view once', () => {
  async function once(): Promise<[World, Person, Person, MessageId]> {
    const world = new World();
    const [alice, bob] = await world.pair();
    await alice.engine.setTimer(alice.conversation, 5);
    await alice.engine.send(alice.conversation, 'psst', { once: true });
    await world.clock.advance(SECOND);
    const item = (await items(bob)).find(({ kind }) => kind === 'once');
    if (!item) throw new Error('nothing to view');
    return [world, alice, bob, item.id];
  }

  test('shows its words to nobody but who opens it, once', async () => {
    const [world, alice, bob, id] = await once();
    for (const person of [alice, bob]) expect(await hasWords(person, 'psst')).toBe(false);
    expect(bob.snapshot.conversations[0]).toMatchObject({ unread: 1, lastText: null });
    await see(bob, id);
    await world.clock.advance(60 * SECOND);
    expect((await items(alice)).at(-1)).toMatchObject({ kind: 'once', mine: true, state: 'delivered' });
    expect((await items(bob)).at(-1)).toMatchObject({ kind: 'once', mine: false, state: 'read' });
    expect(bob.snapshot.conversations[0]?.unread).toBe(0);
    await expect(alice.engine.viewOnce(alice.conversation, id)).rejects.toMatchObject({
      code: 'message-gone'
    });
    expect(await bob.engine.viewOnce(bob.conversation, id)).toBe('psst');
    await expect(bob.engine.viewOnce(bob.conversation, id)).rejects.toMatchObject({ code: 'message-gone' });
    await world.clock.advance(SECOND);
    expect((await items(alice)).at(-1)).toMatchObject({ kind: 'opened', id, mine: true });
    expect((await items(bob)).at(-1)).toMatchObject({ kind: 'opened', id, mine: false });
    await asleep(31 * DAY, alice, bob);
    for (const person of [alice, bob])
      expect((await items(person)).map(({ kind }) => kind)).toEqual(['timer']);
  });

  test('is destroyed before its words are handed out', async () => {
    const [, , bob, id] = await once();
    bob.full = true;
    await expect(bob.engine.viewOnce(bob.conversation, id)).rejects.toMatchObject({ code: 'storage-full' });
    bob.full = false;
    const text = await bob.engine.viewOnce(bob.conversation, id);
    // As with kill -9, at the moment in which the words are there.
    await bob.reload();
    expect(text).toBe('psst');
    expect((await items(bob)).at(-1)).toMatchObject({ kind: 'opened' });
  });

  test('may be erased by its writer, and dies by itself after two weeks', async () => {
    const [world, alice, bob, id] = await once();
    await alice.engine.deleteForEveryone(alice.conversation, id);
    await world.clock.advance(SECOND);
    expect((await items(bob)).map(({ kind }) => kind)).toEqual(['timer']);
    expect(bob.snapshot.conversations[0]?.unread).toBe(0);
    await alice.engine.send(alice.conversation, 'again', { once: true });
    await world.clock.advance(SECOND);
    await asleep(14 * DAY, alice, bob);
    for (const person of [alice, bob])
      expect((await items(person)).some(({ kind }) => kind === 'once')).toBe(false);
  });
});
