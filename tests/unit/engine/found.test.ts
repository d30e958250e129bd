/** What the simulator (tests/sim) has found in the engine, each told in one test. */
import { describe, expect, test } from 'vitest';
import { apply } from '../../../src/lib/conversation/apply.ts';
import { append, markSeen } from '../../../src/lib/conversation/log.ts';
import { acknowledged, beginLog, restartLogs } from '../../../src/lib/conversation/own-logs.ts';
import { deliveredIn, isAlive, outboxOf, UNREAD_LIFE_MS } from '../../../src/lib/conversation/state.ts';
import type { MemoryState } from '../../../src/lib/storage/memory.ts';
import { decodeEntry } from '../../../src/lib/wire/content.ts';
import { conversation } from '../../support/conversation.ts';
import { imageOf } from '../../support/disk.ts';
import { World, type Person } from '../../support/people.ts';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const DAY = 24 * HOUR;

const text = (words: string) => ({ kind: 'text', text: words }) as const;

describe('logs', () => {
  test('an entry that says "seen" revives no message whose time is over', () => {
    const [writer, reader] = [conversation(1), conversation(2)];
    const sent = append(writer, text('soon gone'), 60, HOUR);
    const got = apply(reader, decodeEntry(sent.row.bytes), sent.row.bytes, [], HOUR);
    const { put } = markSeen(got.conversation, got.put, HOUR, true);
    const seen = put.at(-1);
    if (!seen) throw new Error('no entry');
    const late = HOUR + 15 * DAY;
    expect(isAlive(sent.row, late)).toBe(false);
    const entry = decodeEntry(seen.bytes);
    expect(apply(sent.conversation, entry, seen.bytes, [sent.row], late).put).toEqual([]);
    expect(apply(sent.conversation, entry, seen.bytes, [sent.row], 2 * HOUR).put).toHaveLength(1);
  });

  test.each([
    ['a timer', text('short'), 60],
    ['that is viewed once', { kind: 'once', text: 'short' } as const, 0]
  ])('a message with %s comes alive to whom its clock was years ahead once', (_, content, ttl) => {
    const [writer, reader] = [conversation(1), conversation(2)];
    const { row } = append(writer, content, ttl, DAY);
    const late = 3_650 * DAY;
    const { put } = apply(reader, decodeEntry(row.bytes), row.bytes, [], late);
    expect(put).toMatchObject([{ deadline: late + UNREAD_LIFE_MS }]);
    // And dies two weeks after it was written, where the clocks agree about that.
    const soon = apply(reader, decodeEntry(row.bytes), row.bytes, [], 3 * DAY);
    expect(soon.put).toMatchObject([{ deadline: DAY + UNREAD_LIFE_MS }]);
  });

  test('the timer that was set last is the one of both sides, whatever their clocks say', () => {
    const timer = { kind: 'timer' } as const;
    // The clock of one is years ahead, and it sets the timer first.
    const ahead = append(conversation(1), timer, 3_600, 3_650 * DAY);
    const heard = apply(conversation(2), decodeEntry(ahead.row.bytes), ahead.row.bytes, [], DAY);
    const off = append(heard.conversation, timer, 0, DAY + SECOND);
    const both = apply(ahead.conversation, decodeEntry(off.row.bytes), off.row.bytes, [], 3_651 * DAY);
    expect(both.conversation.timer).toEqual(off.conversation.timer);
    expect(both.conversation.timer.ttl).toBe(0);
  });

  test('what waits in an earlier log goes first, and moves with the time at which it was written', () => {
    const one = append(conversation(1), text('one'), 0, 1_000);
    const two = append(beginLog(one.conversation, new Uint8Array(8).fill(9)), text('two'), 0, 2_000);
    expect(outboxOf(two.conversation)).toBe(2);
    expect(deliveredIn(two.conversation)(one.row)).toBe(false);
    const [first] = two.conversation.earlier;
    if (!first) throw new Error('no earlier log');
    const heard = acknowledged(two.conversation, first, 1, [one.row]).conversation;
    expect([heard.earlier.length, deliveredIn(heard)(one.row), deliveredIn(heard)(two.row)]).toEqual([
      0,
      true,
      false
    ]);
    const id = new Uint8Array(8).fill(7);
    const moved = restartLogs(two.conversation, id, [one.row, two.row], []);
    expect(moved.put.map(({ seq, bytes }) => [seq, decodeEntry(bytes).ts])).toEqual([
      [1, 1_000],
      [2, 2_000]
    ]);
    expect(moved.conversation.last?.ref).toBe('0707070707070707:2');
  });
});

/** A person on this state of a disk; the one who was there is gone. */
async function returned(person: Person, disk: MemoryState): Promise<Person> {
  person.session.stop();
  await person.world.clock.advance(10);
  const back = person.world.person(disk);
  await back.opened();
  return back;
}

test('what was queued when a disk was copied comes once, though it was delivered since', async () => {
  const world = new World('queued in the copy');
  const [alice, bob] = await world.pair();
  world.network.setServer(false);
  world.network.cutPeers();
  await world.clock.advance(SECOND);
  await alice.engine.send(alice.conversation, 'one');
  await alice.engine.send(alice.conversation, 'two');
  const copy = imageOf(alice.disk);
  await alice.engine.send(alice.conversation, 'three');
  world.network.setServer(true);
  await world.clock.advance(10 * SECOND);
  expect(await bob.texts()).toEqual(['one', 'two', 'three']);
  const back = await returned(alice, copy);
  await back.engine.send(back.conversation, 'four');
  await world.clock.advance(10 * SECOND);
  expect(await bob.texts()).toEqual(['one', 'two', 'three', 'four']);
  expect(back.snapshot.conversations[0]?.queued).toBe(0);
});

test('a message that was deleted for everyone does not come back from a copy in which it was queued', async () => {
  const world = new World('deleted since the copy');
  const [alice, bob] = await world.pair();
  bob.session.stop();
  await world.clock.advance(SECOND);
  await alice.engine.send(alice.conversation, 'regretted');
  const copy = imageOf(alice.disk);
  await bob.reload();
  await world.clock.advance(10 * SECOND);
  expect(await bob.texts()).toEqual(['regretted']);
  const [item] = (await alice.timeline()).items;
  if (!item) throw new Error('no message');
  await alice.engine.deleteForEveryone(alice.conversation, item.id);
  await world.clock.advance(SECOND);
  expect(await bob.texts()).toEqual([]);
  await returned(alice, copy);
  await world.clock.advance(10 * SECOND);
  expect(await bob.texts()).toEqual([]);
});

test('a disk without space keeps nobody from opening the app, though an old invitation should be forgotten', async () => {
  const world = new World('full disk');
  const [alice] = await world.pair();
  alice.session.stop();
  world.clock.set(90 * DAY);
  alice.full = true;
  await alice.reload();
  expect(alice.snapshot.phase).toBe('active');
  expect(alice.snapshot.conversations).toHaveLength(1);
});

test('who opened the app with a wrong clock is found half a minute after it was set right', async () => {
  const world = new World('wrong clock');
  const [alice, bob] = await world.pair();
  bob.session.stop();
  world.clock.set(10 * DAY);
  await alice.reload();
  world.clock.set(0);
  await bob.reload();
  await world.clock.advance(60 * SECOND);
  expect(alice.snapshot.conversations[0]?.connection.kind).toBe('connected');
});

test('a conversation that is deleted while its disk had no room for new secrets ends without a word', async () => {
  const unheard: unknown[] = [];
  const hear = (reason: unknown): void => {
    unheard.push(reason);
  };
  process.on('unhandledRejection', hear);
  const world = new World('deleted with a full disk');
  const [alice, bob] = await world.pair();
  alice.full = true;
  await bob.reload();
  await world.clock.advance(10 * SECOND);
  bob.session.stop();
  await world.clock.advance(120 * SECOND);
  alice.full = false;
  await alice.engine.deleteConversation(alice.conversation);
  await world.clock.advance(60 * SECOND);
  await new Promise(setImmediate);
  process.off('unhandledRejection', hear);
  expect(unheard).toEqual([]);
});

test('what is over its deadline goes from the screen though a full disk keeps it, and no clock brings it back', async () => {
  const world = new World('full at the deadline');
  const [alice, bob] = await world.pair();
  const shown: string[][] = [];
  const handle = alice.engine.openTimeline(alice.conversation, ({ items }) => {
    shown.push(items.flatMap((item) => (item.kind === 'text' ? [item.text] : [])));
  });
  await alice.engine.setTimer(alice.conversation, 10);
  await alice.engine.send(alice.conversation, 'burning');
  await world.clock.advance(SECOND);
  const [item] = (await bob.timeline()).items.filter(({ kind }) => kind === 'text');
  if (!item) throw new Error('no message');
  const reading = bob.engine.openTimeline(bob.conversation, () => undefined);
  reading.seen([item.id]);
  await world.clock.advance(SECOND);
  expect(shown.at(-1)).toEqual(['burning']);
  alice.full = true;
  await world.clock.advance(20 * SECOND);
  world.clock.set(-DAY);
  expect(shown.at(-1)).toEqual([]);
  handle.close();
  reading.close();
});

test('with a full disk each message goes from the screen in its own time, not with the next try to sweep', async () => {
  const world = new World('full at two deadlines');
  const [alice, bob] = await world.pair();
  await alice.engine.setTimer(alice.conversation, 10);
  for (const words of ['first', 'second']) await alice.engine.send(alice.conversation, words);
  await world.clock.advance(SECOND);
  const ids = (await bob.timeline()).items.flatMap(({ kind, id }) => (kind === 'text' ? [id] : []));
  let shown: readonly string[] = [];
  const reading = bob.engine.openTimeline(bob.conversation, ({ items }) => {
    shown = items.flatMap((item) => (item.kind === 'text' ? [item.text] : []));
  });
  for (const id of ids) {
    reading.seen([id]);
    await world.clock.advance(2 * SECOND);
  }
  bob.full = true;
  await world.clock.advance(7 * SECOND);
  expect(shown).toEqual(['second']);
  await world.clock.advance(2 * SECOND);
  world.clock.set(-DAY);
  expect(shown).toEqual([]);
  reading.close();
});

test('what moved to a new log, because the other side was restored, is deleted under the name that was on the screen', async () => {
  const world = new World('moved meanwhile');
  const [alice, bob] = await world.pair();
  const older = imageOf(bob.disk);
  await alice.engine.send(alice.conversation, 'one');
  await world.clock.advance(SECOND);
  bob.session.stop();
  await world.clock.advance(SECOND);
  await alice.engine.send(alice.conversation, 'two');
  const [, item] = (await alice.timeline()).items;
  if (!item) throw new Error('no message');
  const back = await returned(bob, older);
  await world.clock.advance(10 * SECOND);
  expect(await back.texts()).toContain('two');
  await alice.engine.deleteForMe(alice.conversation, item.id);
  expect(await alice.texts()).toEqual(['one']);
});
