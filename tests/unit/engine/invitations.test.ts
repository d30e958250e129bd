import { expect, test } from 'vitest';
import { encodeInvitation, decodeInvitation } from '../../../src/lib/protocol/invitation.ts';
import { World, type Person } from '../../support/people.ts';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

async function people(world: World, count: number): Promise<Person[]> {
  const all = Array.from({ length: count }, () => world.person());
  await Promise.all(all.map((person) => person.opened()));
  await world.clock.advance(50);
  return all;
}

const fragment = (url: string): string => url.slice(url.indexOf('#') + 1);
const lastJoin = (person: Person) => person.joins.at(-1);

test('a link works once: the second guest hears that it was used', async () => {
  const world = new World();
  const [alice, bob, carol] = (await people(world, 3)) as [Person, Person, Person];
  const { url } = await alice.engine.createInvitation();
  bob.join(url);
  await world.clock.advance(SECOND);
  carol.join(url);
  await world.clock.advance(5 * SECOND);
  expect(lastJoin(bob)).toMatchObject({ kind: 'joined' });
  expect(lastJoin(carol)).toEqual({ kind: 'failed', problem: 'link-used' });
  expect(carol.snapshot.conversations).toEqual([]);
  expect(alice.snapshot.conversations).toHaveLength(1);
});

test('of many guests who race for one link exactly one is accepted', async () => {
  const world = new World();
  const [alice, ...guests] = (await people(world, 13)) as [Person, ...Person[]];
  const { url } = await alice.engine.createInvitation();
  for (const guest of guests) guest.join(url);
  await world.clock.advance(120 * SECOND);
  expect(guests.filter((guest) => lastJoin(guest)?.kind === 'joined')).toHaveLength(1);
  expect(alice.snapshot.conversations).toHaveLength(1);
  const problems = guests.flatMap(({ joins }) =>
    joins.flatMap((state) => (state.kind === 'failed' ? [state.problem] : []))
  );
  expect(problems).toHaveLength(guests.length - 1);
  expect(problems.filter((problem) => problem !== 'link-used' && problem !== 'link-refused')).toEqual([]);
});

test('a used link still says so after the inviter has reloaded', async () => {
  const world = new World();
  const [alice, bob, carol] = (await people(world, 3)) as [Person, Person, Person];
  const { url } = await alice.engine.createInvitation();
  bob.join(url);
  await world.clock.advance(SECOND);
  await alice.reload();
  carol.join(url);
  await world.clock.advance(5 * SECOND);
  expect(lastJoin(carol)).toEqual({ kind: 'failed', problem: 'link-used' });
});

test('a link that is changed at the moment in which somebody is let in by it stays used', async () => {
  const world = new World();
  const [alice, bob, carol] = (await people(world, 3)) as [Person, Person, Person];
  const { id, url } = await alice.engine.createInvitation();
  const { invitations } = alice.disk.tables;
  const set = invitations.set.bind(invitations);
  const changing: Promise<unknown>[] = [];
  invitations.set = (key, record) => {
    // It is written as used, and who writes it has not gone on yet.
    if (changing.length === 0)
      changing.push(alice.engine.changeInvitation(id, { askFirst: true }).catch((error: unknown) => error));
    return set(key, record);
  };
  bob.join(url);
  await world.clock.advance(5 * SECOND);
  expect(lastJoin(bob)).toMatchObject({ kind: 'joined' });
  expect(await Promise.all(changing)).toMatchObject([{ code: 'link-expired' }]);
  await alice.reload();
  expect(alice.snapshot.invitations).toEqual([]);
  carol.join(url);
  await world.clock.advance(5 * SECOND);
  expect(lastJoin(carol)).toEqual({ kind: 'failed', problem: 'link-used' });
});

test('a revoked link says so', async () => {
  const world = new World();
  const [alice, bob] = (await people(world, 2)) as [Person, Person];
  const { id, url } = await alice.engine.createInvitation();
  await alice.engine.revokeInvitation(id);
  expect(alice.snapshot.invitations).toEqual([]);
  bob.join(url);
  await world.clock.advance(5 * SECOND);
  expect(lastJoin(bob)).toEqual({ kind: 'failed', problem: 'link-revoked' });
});

test('an expired link is refused by the guest, and by the inviter where the guest has a slow clock', async () => {
  const world = new World();
  const [alice, bob] = (await people(world, 2)) as [Person, Person];
  const { url } = await alice.engine.createInvitation();
  const invitation = decodeInvitation(fragment(url));
  await world.clock.advance(25 * HOUR);
  expect(alice.snapshot.invitations).toEqual([]);
  await expect(bob.engine.inspectLink(fragment(url))).rejects.toThrow('link-expired');
  bob.join(encodeInvitation({ ...invitation, expiry: 0 }));
  await world.clock.advance(5 * SECOND);
  expect(lastJoin(bob)).toEqual({ kind: 'failed', problem: 'link-expired' });
});

test('a link that expired while the device slept is expired when it wakes, though no timer has fired yet', async () => {
  const world = new World();
  const [alice, bob] = (await people(world, 2)) as [Person, Person];
  const { url } = await alice.engine.createInvitation();
  const invitation = decodeInvitation(fragment(url));
  world.clock.set(25 * HOUR);
  alice.engine.retry();
  await world.clock.settle();
  expect(alice.snapshot.invitations).toEqual([]);
  bob.join(encodeInvitation({ ...invitation, expiry: 0 }));
  await world.clock.advance(5 * SECOND);
  expect(lastJoin(bob)).toEqual({ kind: 'failed', problem: 'link-expired' });
});

test('malformed, newer and own links are told apart, and nothing is consumed by looking', async () => {
  const world = new World();
  const [alice, bob] = (await people(world, 2)) as [Person, Person];
  const { url } = await alice.engine.createInvitation();
  const link = fragment(url);
  const mistyped = `${link.slice(0, 40)}${link[40] === 'A' ? 'B' : 'A'}${link.slice(41)}`;
  await expect(bob.engine.inspectLink(mistyped)).rejects.toThrow('link-malformed');
  await expect(bob.engine.inspectLink(link.slice(0, -2))).rejects.toThrow('link-malformed');
  await expect(bob.engine.inspectLink('')).rejects.toThrow('link-malformed');
  await expect(alice.engine.inspectLink(link)).rejects.toThrow('link-own');
  await bob.engine.inspectLink(link);
  await world.clock.advance(5 * SECOND);
  expect(alice.snapshot.invitations).toHaveLength(1);
});

test('the guest who opens the same link again comes back to the conversation', async () => {
  const world = new World();
  const [alice, bob] = (await people(world, 2)) as [Person, Person];
  const { url } = await alice.engine.createInvitation();
  bob.join(url);
  await world.clock.advance(SECOND);
  for (const person of [alice, bob]) person.session.stop();
  await world.clock.advance(25 * HOUR);
  await bob.reload();
  bob.join(url);
  await world.clock.advance(SECOND);
  expect(lastJoin(bob)).toEqual({ kind: 'joined', conversation: bob.conversation });
});

test('a guest who gives up leaves the link unused', async () => {
  const world = new World();
  const [alice, bob, carol] = (await people(world, 3)) as [Person, Person, Person];
  const { url } = await alice.engine.createInvitation();
  alice.session.stop();
  const attempt = bob.engine.join(fragment(url), (state) => bob.joins.push(state));
  await world.clock.advance(SECOND);
  attempt.close();
  await alice.reload();
  carol.join(url);
  await world.clock.advance(5 * SECOND);
  expect(lastJoin(carol)).toMatchObject({ kind: 'joined' });
  expect(lastJoin(bob)).toEqual({ kind: 'waiting' });
});

test('where the contact can not be stored the invitation lives on', async () => {
  const world = new World();
  const [alice, bob] = (await people(world, 2)) as [Person, Person];
  const { url } = await alice.engine.createInvitation();
  alice.full = true;
  bob.join(url);
  await world.clock.advance(5 * SECOND);
  expect(alice.snapshot.invitations).toHaveLength(1);
  expect(bob.snapshot.conversations).toEqual([]);
  alice.full = false;
  await world.clock.advance(120 * SECOND);
  expect(lastJoin(bob)).toMatchObject({ kind: 'joined' });
  expect(alice.snapshot.invitations).toEqual([]);
});

test('twenty invitations may be open, not more', async () => {
  const world = new World();
  const [alice] = (await people(world, 1)) as [Person];
  for (let i = 0; i < 20; i++) await alice.engine.createInvitation();
  await expect(alice.engine.createInvitation()).rejects.toMatchObject({ code: 'too-many-invitations' });
});
