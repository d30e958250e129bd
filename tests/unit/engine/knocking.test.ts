/** Ask before connecting: nobody comes in, and nothing of the inviter goes out, before the inviter has said yes. */
import { expect, test } from 'vitest';
import type { Knock } from '../../../src/lib/engine/api.ts';
import { World, type Person } from '../../support/people.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

async function asking(world: World, guests: number): Promise<[Person, Person[], string]> {
  const [alice, ...others] = Array.from({ length: guests + 1 }, () => world.person()) as [
    Person,
    ...Person[]
  ];
  await Promise.all([alice, ...others].map((person) => person.opened()));
  await world.clock.advance(50);
  // One right after the other: the invitation is as was chosen.
  const chosen = alice.engine.setSettings({ askFirst: true });
  const { url, askFirst } = await alice.engine.createInvitation();
  await chosen;
  expect(askFirst).toBe(true);
  return [alice, others, url];
}

function knock({ snapshot }: Person): Knock {
  const [first] = snapshot.knocks;
  if (!first) throw new Error('nobody knocks');
  return first;
}

const lastJoin = (person: Person) => person.joins.at(-1);

test('the guest waits while the inviter is asked, and both are connected after a yes', async () => {
  const world = new World();
  const [alice, [bob], url] = (await asking(world, 1)) as [Person, [Person], string];
  await bob.engine.setName('Bob');
  bob.join(url);
  await world.clock.advance(2 * SECOND);
  expect(lastJoin(bob)).toEqual({ kind: 'asking' });
  expect(alice.snapshot.knocks).toMatchObject([
    { name: 'Bob', invitation: alice.snapshot.invitations[0]?.id }
  ]);
  expect(alice.snapshot.conversations).toEqual([]);
  await alice.engine.answerKnock(knock(alice).id, true);
  await world.clock.advance(2 * SECOND);
  expect(lastJoin(bob)).toMatchObject({ kind: 'joined' });
  expect(alice.snapshot.knocks).toEqual([]);
  for (const { snapshot } of [alice, bob])
    expect(snapshot.conversations[0]?.connection).toEqual({ kind: 'connected' });
});

test('before a yes the inviter opens no connection, so that no address of theirs is looked for', async () => {
  const world = new World();
  const opened: string[] = [];
  const { connectPeer } = world.network;
  const counting: typeof connectPeer = (options) => {
    opened.push(options.role);
    return connectPeer(options);
  };
  Object.assign(world.network, { connectPeer: counting });
  const [alice, [bob], url] = (await asking(world, 1)) as [Person, [Person], string];
  bob.join(url);
  await world.clock.advance(10 * SECOND);
  expect(opened).toContain('offer');
  expect(opened).not.toContain('answer');
  await alice.engine.answerKnock(knock(alice).id, true);
  await world.clock.advance(SECOND);
  expect(opened).toContain('answer');
});

test('a no is heard at once, is remembered for that guest, and leaves the link to somebody else', async () => {
  const world = new World();
  const [alice, [bob, carol], url] = (await asking(world, 2)) as [Person, [Person, Person], string];
  bob.join(url);
  await world.clock.advance(2 * SECOND);
  await alice.engine.answerKnock(knock(alice).id, false);
  await world.clock.advance(SECOND);
  expect(lastJoin(bob)).toEqual({ kind: 'failed', problem: 'link-refused' });
  expect([bob.snapshot.conversations, alice.snapshot.conversations]).toEqual([[], []]);
  bob.join(url);
  await world.clock.advance(2 * SECOND);
  expect(alice.snapshot.knocks).toEqual([]);
  expect(bob.joins.filter(({ kind }) => kind === 'failed')).toHaveLength(2);
  carol.join(url);
  await world.clock.advance(2 * SECOND);
  await alice.engine.answerKnock(knock(alice).id, true);
  await world.clock.advance(2 * SECOND);
  expect(lastJoin(carol)).toMatchObject({ kind: 'joined' });
});

test('no answer within two minutes is a no, and the same guest may knock again', async () => {
  const world = new World();
  const [alice, [bob], url] = (await asking(world, 1)) as [Person, [Person], string];
  bob.join(url);
  await world.clock.advance(115 * SECOND);
  expect(lastJoin(bob)).toEqual({ kind: 'asking' });
  expect(alice.snapshot.knocks).toHaveLength(1);
  await world.clock.advance(7 * SECOND);
  expect(alice.snapshot.knocks).toEqual([]);
  expect(lastJoin(bob)).toEqual({ kind: 'failed', problem: 'link-refused' });
  bob.join(url);
  await world.clock.advance(2 * SECOND);
  expect(alice.snapshot.knocks).toHaveLength(1);
});

test('of many who knock the one who is let in comes in, and the others hear that the link is used', async () => {
  const world = new World();
  const [alice, guests, url] = await asking(world, 5);
  for (const guest of guests) guest.join(url);
  await world.clock.advance(40 * SECOND);
  expect(alice.snapshot.knocks).toHaveLength(5);
  await alice.engine.answerKnock(knock(alice).id, true);
  await world.clock.advance(2 * SECOND);
  expect(guests.filter((guest) => lastJoin(guest)?.kind === 'joined')).toHaveLength(1);
  const others = guests.filter((guest) => lastJoin(guest)?.kind !== 'joined');
  for (const guest of others) expect(lastJoin(guest)).toEqual({ kind: 'failed', problem: 'link-used' });
  expect(alice.snapshot.conversations).toHaveLength(1);
});

test('eight may wait at once; whoever comes later pushes nobody out, and has their turn', async () => {
  const world = new World();
  const [alice, guests, url] = await asking(world, 11);
  for (const guest of guests.slice(0, 8)) guest.join(url);
  await world.clock.advance(30 * SECOND);
  const first = alice.snapshot.knocks.map(({ id }) => id);
  expect(first).toHaveLength(8);
  for (const guest of guests.slice(8)) guest.join(url);
  await world.clock.advance(30 * SECOND);
  expect(alice.snapshot.knocks.map(({ id }) => id)).toEqual(first);
  for (const id of first) await alice.engine.answerKnock(id, false);
  await world.clock.advance(30 * SECOND);
  expect(alice.snapshot.knocks).toHaveLength(3);
});

test('the same knock comes back after the inviter has reloaded', async () => {
  const world = new World();
  const [alice, [bob], url] = (await asking(world, 1)) as [Person, [Person], string];
  bob.join(url);
  await world.clock.advance(5 * SECOND);
  const { id } = knock(alice);
  await alice.reload();
  await world.clock.advance(25 * SECOND);
  expect(alice.snapshot.knocks.map((again) => again.id)).toEqual([id]);
  await alice.engine.answerKnock(id, true);
  await world.clock.advance(2 * SECOND);
  expect(lastJoin(bob)).toMatchObject({ kind: 'joined' });
});

test('the knock of somebody who has left goes away', async () => {
  const world = new World();
  const [alice, [bob], url] = (await asking(world, 1)) as [Person, [Person], string];
  bob.join(url);
  await world.clock.advance(5 * SECOND);
  bob.session.stop();
  await world.clock.advance(50 * SECOND);
  expect(alice.snapshot.knocks).toHaveLength(1);
  await world.clock.advance(15 * SECOND);
  expect(alice.snapshot.knocks).toEqual([]);
  expect(alice.snapshot.invitations).toHaveLength(1);
});

test('a link that is taken back while somebody knocks tells them so', async () => {
  const world = new World();
  const [alice, [bob], url] = (await asking(world, 1)) as [Person, [Person], string];
  bob.join(url);
  await world.clock.advance(2 * SECOND);
  const [invitation] = alice.snapshot.invitations;
  if (invitation) await alice.engine.revokeInvitation(invitation.id);
  await world.clock.advance(SECOND);
  expect(alice.snapshot.knocks).toEqual([]);
  expect(lastJoin(bob)).toEqual({ kind: 'failed', problem: 'link-revoked' });
});

test('whose last word was lost comes back without being asked about again', async () => {
  const world = new World();
  const [alice, [bob], url] = (await asking(world, 1)) as [Person, [Person], string];
  bob.join(url);
  await world.clock.advance(2 * SECOND);
  // The own description takes a moment, so that message D is what is lost.
  world.lose = () => true;
  await alice.engine.answerKnock(knock(alice).id, true);
  await world.clock.advance(SECOND);
  expect(alice.snapshot.conversations).toHaveLength(1);
  expect(lastJoin(bob)).toEqual({ kind: 'asking' });
  world.lose = () => false;
  await world.clock.advance(MINUTE);
  expect(lastJoin(bob)).toMatchObject({ kind: 'joined' });
  expect(alice.snapshot.knocks).toEqual([]);
  expect(alice.snapshot.conversations).toHaveLength(1);
});

test('where a guest who is let in can not be stored they go on knocking until they can', async () => {
  const world = new World();
  const [alice, [bob], url] = (await asking(world, 1)) as [Person, [Person], string];
  bob.join(url);
  await world.clock.advance(2 * SECOND);
  alice.full = true;
  await alice.engine.answerKnock(knock(alice).id, true);
  await world.clock.advance(2 * SECOND);
  expect(alice.snapshot.conversations).toEqual([]);
  alice.full = false;
  // Asked once is enough.
  await world.clock.advance(MINUTE);
  expect(lastJoin(bob)).toMatchObject({ kind: 'joined' });
});

test('an invitation can be changed after it was made: whoever has the link of before is asked about as well', async () => {
  const world = new World();
  const [alice, bob] = [world.person(), world.person()];
  await Promise.all([alice.opened(), bob.opened()]);
  await world.clock.advance(50);
  const before = await alice.engine.createInvitation();
  expect(before.askFirst).toBe(false);
  const after = await alice.engine.changeInvitation(before.id, { askFirst: true, minutes: 60 });
  expect(after).toMatchObject({ id: before.id, askFirst: true });
  expect(after.url).not.toBe(before.url);
  expect(before.expiresAt - after.expiresAt).toBe(23 * 60 * MINUTE);
  await alice.reload();
  expect(alice.snapshot.invitations).toEqual([after]);
  bob.join(before.url);
  await world.clock.advance(2 * SECOND);
  await alice.engine.answerKnock(knock(alice).id, true);
  await world.clock.advance(MINUTE);
  expect(lastJoin(bob)).toMatchObject({ kind: 'joined' });
});

test('a shorter life ends the link when it is over, and one that is no time at all is refused', async () => {
  const world = new World();
  const [alice] = await asking(world, 0);
  const id = alice.snapshot.invitations[0]?.id;
  if (id === undefined) throw new Error('no invitation');
  for (const minutes of [0, -1, 1.5, NaN, 10_000_000])
    await expect(alice.engine.changeInvitation(id, { minutes })).rejects.toThrow();
  await alice.engine.changeInvitation(id, { minutes: 60 });
  await world.clock.advance(59 * MINUTE);
  expect(alice.snapshot.invitations).toHaveLength(1);
  await world.clock.advance(2 * MINUTE);
  expect(alice.snapshot.invitations).toEqual([]);
});
