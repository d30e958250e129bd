/** What a user chooses: receipts, typing, the timer of new conversations, and how conversations are arranged. */
import { describe, expect, test } from 'vitest';
import { World, type Person } from '../../support/people.ts';

const SECOND = 1_000;

async function states(person: Person): Promise<string[]> {
  const { items } = await person.timeline();
  return items.flatMap((item) => (item.kind === 'text' && item.mine ? [item.state] : []));
}

/** Everything of the other side's is on the screen. */
async function see(person: Person): Promise<void> {
  const { items } = await person.timeline();
  const handle = person.engine.openTimeline(person.conversation, () => undefined);
  await person.world.clock.advance(10);
  handle.seen(items.flatMap((item) => (item.kind === 'text' && !item.mine ? [item.id] : [])));
  await person.world.clock.advance(100);
  handle.close();
}

function summary(person: Person) {
  const [first] = person.snapshot.conversations;
  if (!first) throw new Error('no conversation');
  return first;
}

describe('receipts', () => {
  test('that are off are not sent, and those of others not shown; timed messages tell all the same', async () => {
    const world = new World();
    const [alice, bob] = await world.pair();
    await bob.engine.setSettings({ receipts: false });
    await alice.engine.send(alice.conversation, 'plain');
    await alice.engine.send(alice.conversation, 'timed', { ttl: 60 });
    await bob.engine.send(bob.conversation, 'answer');
    await world.clock.advance(SECOND);
    await see(bob);
    await see(alice);
    expect(await states(alice)).toEqual(['delivered', 'read']);
    expect(await states(bob)).toEqual(['delivered']);
    expect(summary(bob).unread).toBe(0);
    await bob.engine.setSettings({ receipts: true });
    expect(await states(bob)).toEqual(['read']);
    await bob.reload();
    expect(bob.snapshot.settings).toMatchObject({ receipts: true, typing: true, defaultTimer: 0 });
  });
});

describe('typing', () => {
  async function isShown(writer: Person, reader: Person): Promise<boolean> {
    const shown: boolean[] = [];
    const handle = reader.engine.openTimeline(reader.conversation, ({ typing }) => shown.push(typing));
    const own = writer.engine.openTimeline(writer.conversation, () => undefined);
    await writer.world.clock.advance(10 * SECOND);
    own.typing();
    await writer.world.clock.advance(100);
    handle.close();
    own.close();
    return shown.at(-1) ?? false;
  }

  test('that is off is neither said nor shown', async () => {
    const world = new World();
    const [alice, bob] = await world.pair();
    expect(await isShown(alice, bob)).toBe(true);
    await bob.engine.setSettings({ typing: false });
    expect([await isShown(alice, bob), await isShown(bob, alice)]).toEqual([false, false]);
    await bob.engine.setSettings({ typing: true });
    expect([await isShown(alice, bob), await isShown(bob, alice)]).toEqual([true, true]);
  });
});

test('a default timer is what a new conversation begins with, on both sides', async () => {
  const world = new World();
  const [alice, bob] = [world.person(), world.person()];
  await Promise.all([alice.opened(), bob.opened()]);
  await alice.engine.setSettings({ defaultTimer: 3_600 });
  await expect(alice.engine.setSettings({ defaultTimer: -1 })).rejects.toThrow('timer');
  bob.join((await alice.engine.createInvitation()).url);
  await world.clock.advance(2 * SECOND);
  for (const [person, mine] of [
    [alice, true],
    [bob, false]
  ] as const) {
    expect(summary(person).ttl).toBe(3_600);
    expect((await person.timeline()).items).toMatchObject([{ kind: 'timer', ttl: 3_600, mine }]);
  }
});

describe('a conversation', () => {
  test('is marked, pinned and muted, and stays so', async () => {
    const world = new World();
    const [alice] = await world.pair();
    const { engine, conversation } = alice;
    expect(summary(alice)).toMatchObject({
      pinned: false,
      archived: false,
      mutedUntil: null,
      markedUnread: false
    });
    await engine.setPinned(conversation, true);
    await engine.setMuted(conversation, Infinity);
    await engine.markUnread(conversation);
    await alice.reload();
    expect(summary(alice)).toMatchObject({ pinned: true, mutedUntil: Infinity, markedUnread: true });
    await alice.engine.setMuted(conversation, 5_000.5);
    expect(summary(alice).mutedUntil).toBe(5_000);
    await alice.engine.setMuted(conversation, null);
    await alice.timeline();
    await world.clock.advance(10);
    expect(summary(alice)).toMatchObject({ mutedUntil: null, markedUnread: false });
    await expect(alice.engine.setMuted(conversation, NaN)).rejects.toThrow('time');
  });

  test('is marked as read: the writer hears of it, and what burns stays unread', async () => {
    const world = new World();
    const [alice, bob] = await world.pair();
    await bob.engine.send(bob.conversation, 'for as long as you like');
    await bob.engine.send(bob.conversation, 'for a minute', { ttl: 60 });
    await world.clock.advance(10);
    await alice.engine.markUnread(alice.conversation);
    expect(summary(alice)).toMatchObject({ unread: 2, markedUnread: true });
    await alice.engine.markRead(alice.conversation);
    await world.clock.advance(10);
    expect(summary(alice)).toMatchObject({ unread: 1, markedUnread: false });
    const states = (await bob.timeline()).items.map((item) => item.kind === 'text' && item.state);
    expect(states).toEqual(['read', 'delivered']);
  });

  test('that is put away comes back with a new message, unless it is muted', async () => {
    const world = new World();
    const [alice, bob] = await world.pair();
    for (const [until, archived] of [
      [null, false],
      [world.clock.now() + 60 * SECOND, true],
      [world.clock.now() - 1, false]
    ] as const) {
      await bob.engine.setArchived(bob.conversation, true);
      await bob.engine.setMuted(bob.conversation, until);
      await alice.engine.send(alice.conversation, 'hello');
      await world.clock.advance(SECOND);
      expect(summary(bob).archived).toBe(archived);
    }
    await bob.engine.setMuted(bob.conversation, null);
    await bob.engine.setArchived(bob.conversation, true);
    await alice.engine.setTimer(alice.conversation, 60);
    await world.clock.advance(SECOND);
    expect(summary(bob).archived).toBe(true);
  });

  test('that is pinned is above those that are newer', async () => {
    const world = new World();
    const [alice, ...others] = [world.person(), world.person(), world.person()];
    await Promise.all([alice, ...others].map((person) => person.opened()));
    for (const other of others) {
      other.join((await alice.engine.createInvitation()).url);
      await world.clock.advance(2 * SECOND);
    }
    const ids = alice.snapshot.conversations.map(({ id }) => id);
    const [newest, oldest] = ids;
    if (!newest || !oldest) throw new Error('two conversations');
    await alice.engine.setPinned(oldest, true);
    expect(alice.snapshot.conversations.map(({ id }) => id)).toEqual([oldest, newest]);
  });
});
