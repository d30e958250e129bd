/** A conversation that leaves no trace on either side. */
import { expect, test } from 'vitest';
import { World, type Person } from '../../support/people.ts';

const SECOND = 1_000;
const DAY = 86_400 * SECOND;

function kept(person: Person): number[] {
  return [person.disk.rows.size, person.disk.tables.conversations.size];
}

async function talking(): Promise<[World, Person, Person]> {
  const world = new World();
  const [alice, bob] = await world.pair();
  await alice.engine.send(alice.conversation, 'between us');
  await bob.engine.send(bob.conversation, 'of course');
  bob.engine.setDraft(bob.conversation, 'and then');
  await world.clock.advance(SECOND);
  return [world, alice, bob];
}

test('is gone from both at once, and with it everything that was kept of it', async () => {
  const [world, alice, bob] = await talking();
  await alice.engine.setName('Alice');
  await world.clock.advance(SECOND);
  const { conversation: id } = bob;
  const closed: number[] = [];
  bob.engine.openTimeline(bob.conversation, ({ items }) => closed.push(items.length));
  await world.clock.advance(10);
  await alice.engine.forgetConversation(alice.conversation);
  expect(alice.snapshot.conversations).toEqual([]);
  expect(alice.snapshot.forgetting).toHaveLength(1);
  await world.clock.advance(SECOND);
  for (const { snapshot } of [alice, bob]) {
    expect(snapshot.conversations).toEqual([]);
    expect(snapshot.forgetting).toEqual([]);
  }
  // Who has not asked for it hears whose doing it was, until the page is closed.
  expect([alice.snapshot.ended, bob.snapshot.ended]).toEqual([[], [{ id, title: 'Alice' }]]);
  const pictures = closed.length;
  await world.clock.advance(10 * SECOND);
  expect([kept(alice), kept(bob)]).toEqual([
    [0, 0],
    [0, 0]
  ]);
  expect(closed).toHaveLength(pictures);
});

test('asked for twice at once: neither answer comes before it is on disk', async () => {
  const [, alice] = await talking();
  alice.full = true;
  const asked = [1, 2].map(() => alice.engine.forgetConversation(alice.conversation));
  const answers = await Promise.allSettled(asked);
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});

test('waits for the other device, and says so', async () => {
  const [world, alice, bob] = await talking();
  bob.session.stop();
  await world.clock.advance(SECOND);
  await alice.engine.send(alice.conversation, 'never delivered');
  const { conversation } = alice;
  await alice.engine.forgetConversation(conversation);
  // One record and one entry, which tell the other side.
  expect(kept(alice)).toEqual([1, 1]);
  await alice.reload();
  expect(alice.snapshot.conversations).toEqual([]);
  expect(alice.snapshot.forgetting).toMatchObject([{ id: conversation }]);
  await expect(alice.engine.send(conversation, 'once more')).rejects.toThrow('no such conversation');
  expect(() => alice.engine.openTimeline(conversation, () => undefined)).toThrow('no such conversation');
  // What the other side had written meanwhile is not kept by anybody.
  await bob.reload();
  await bob.engine.send(bob.conversation, 'are you there?');
  await world.clock.advance(20 * SECOND);
  for (const person of [alice, bob]) {
    expect(kept(person)).toEqual([0, 0]);
    expect(person.snapshot.forgetting).toEqual([]);
  }
});

test.each([0, 3, 8, 20, 60, 200])('survives a crash of both, %i ms after it was asked for', async (pause) => {
  const [world, alice, bob] = await talking();
  await alice.engine.forgetConversation(alice.conversation);
  await world.clock.advance(pause);
  await Promise.all([alice.reload(), bob.reload()]);
  await world.clock.advance(30 * SECOND);
  expect(alice.snapshot.conversations).toEqual([]);
  expect(bob.snapshot.conversations).toEqual([]);
  expect(alice.snapshot.forgetting).toEqual([]);
  expect([alice, bob].map(({ disk }) => disk.rows.size)).toEqual([0, 0]);
  // Who was asked and has not heard the last word keeps the keys for thirty days.
  for (const { session } of [alice, bob]) session.stop();
  await world.clock.advance(31 * DAY);
  await Promise.all([alice.reload(), bob.reload()]);
  await world.clock.advance(SECOND);
  expect(kept(bob)).toEqual([0, 0]);
});

test('may be asked for by both at once', async () => {
  const [world, alice, bob] = await talking();
  world.network.cutPeers();
  await alice.engine.forgetConversation(alice.conversation);
  await bob.engine.forgetConversation(bob.conversation);
  await world.clock.advance(20 * SECOND);
  expect([kept(alice), kept(bob)]).toEqual([
    [0, 0],
    [0, 0]
  ]);
});

test('need not be waited for', async () => {
  const [world, alice, bob] = await talking();
  bob.session.stop();
  await world.clock.advance(SECOND);
  const { conversation } = alice;
  await alice.engine.forgetConversation(conversation);
  await alice.engine.deleteConversation(conversation);
  expect(kept(alice)).toEqual([0, 0]);
  expect(alice.snapshot.forgetting).toEqual([]);
});

test('goes through although the keys of somebody verified were reset', async () => {
  const [world, alice, bob] = await talking();
  await alice.engine.setTrust(alice.conversation, 'differs');
  expect(alice.snapshot.conversations[0]?.paused).toBe(true);
  await alice.engine.forgetConversation(alice.conversation);
  await world.clock.advance(20 * SECOND);
  expect([kept(alice), kept(bob)]).toEqual([
    [0, 0],
    [0, 0]
  ]);
});
