/** Hiding the own address, and being told why there is no connection. */
import { expect, test } from 'vitest';
import type { Candidate } from '../../../src/lib/wire/ice.ts';
import { World, type Person } from '../../support/people.ts';

const SECOND = 1_000;

async function examine(person: Person): Promise<unknown> {
  return person.engine.examine(person.conversation);
}

function connection(person: Person): unknown {
  return person.snapshot.conversations[0]?.connection;
}

function hides(person: Person): boolean | undefined {
  return person.snapshot.conversations[0]?.relayOnly;
}

/** Every candidate that leaves somebody's browser from now on. */
function watchCandidates(world: World): Candidate[] {
  const sent: Candidate[] = [];
  const { connectPeer } = world.network;
  Object.defineProperty(world.network, 'connectPeer', {
    value: (options: Parameters<typeof connectPeer>[0]) =>
      connectPeer({
        ...options,
        listener: (event) => {
          if (event.kind === 'candidates') sent.push(...event.candidates);
          options.listener(event);
        }
      })
  });
  return sent;
}

test('who hides the address goes on through the relay at once, and after a reload', async () => {
  const world = new World();
  world.network.setWays({ relay: true });
  const [alice, bob] = await world.pair();
  expect(await examine(alice)).toEqual({ kind: 'connected', path: 'local', rtt: 2 });
  await alice.engine.setRelayOnly(alice.conversation, true);
  await world.clock.advance(5 * SECOND);
  for (const person of [alice, bob]) expect(await examine(person)).toMatchObject({ path: 'relayed' });
  expect([hides(alice), hides(bob)]).toEqual([true, false]);
  await alice.reload();
  await world.clock.advance(5 * SECOND);
  expect(hides(alice)).toBe(true);
  expect(await examine(bob)).toMatchObject({ path: 'relayed' });
  await alice.engine.send(alice.conversation, 'aside');
  await world.clock.advance(SECOND);
  expect(await bob.texts()).toEqual(['aside']);
  // And in the open again.
  await alice.engine.setRelayOnly(alice.conversation, false);
  await world.clock.advance(5 * SECOND);
  expect(await examine(bob)).toMatchObject({ path: 'local' });
});

test('who hides the address from everybody new shows it in no first contact, whichever side they are on', async () => {
  for (const hidden of [0, 1]) {
    const world = new World(`first contact ${String(hidden)}`);
    world.network.setWays({ relay: true });
    const sent = watchCandidates(world);
    const people = [world.person(), world.person()] as const;
    const [alice, bob] = people;
    await Promise.all(people.map((person) => person.opened()));
    await people[hidden]?.engine.setSettings({ relayOnly: true });
    expect(people.map(({ snapshot }) => snapshot.settings.relayOnly)).toEqual([hidden === 0, hidden === 1]);
    const { url } = await alice.engine.createInvitation();
    bob.join(url);
    await world.clock.advance(SECOND);
    for (const person of people) expect(await examine(person)).toMatchObject({ path: 'relayed' });
    expect(hides(people[hidden] ?? alice)).toBe(true);
    const types = new Set(sent.map(({ type }) => type));
    // A link that hides its maker hides who follows it as well.
    expect(types).toEqual(new Set(hidden === 0 ? ['relay'] : ['relay', 'host']));
  }
});

test('a link that was made hidden stays so, and one that was not is hidden from now on', async () => {
  for (const first of [true, false]) {
    const world = new World(`link ${String(first)}`);
    world.network.setWays({ relay: true });
    const [alice, bob] = [world.person(), world.person()];
    await Promise.all([alice.opened(), bob.opened()]);
    await alice.engine.setSettings({ relayOnly: first });
    const { url } = await alice.engine.createInvitation();
    await alice.engine.setSettings({ relayOnly: !first });
    await alice.reload();
    expect(alice.snapshot.settings.relayOnly).toBe(!first);
    bob.join(url);
    await world.clock.advance(SECOND);
    expect([hides(alice), hides(bob)]).toEqual([true, first]);
    expect(await examine(alice)).toMatchObject({ path: 'relayed' });
  }
});

test('without a relay nothing of the address is said, and the user hears why there is no connection', async () => {
  const world = new World();
  const [alice] = await world.pair();
  // From here on everything that Alice's browser finds; Bob's is another one.
  const sent = watchCandidates(world);
  await alice.reload();
  await world.clock.advance(5 * SECOND);
  expect(sent.map(({ type }) => type)).toEqual(['host']);
  expect(await examine(alice)).toMatchObject({ path: 'local' });
  sent.length = 0;
  await alice.engine.setRelayOnly(alice.conversation, true);
  await world.clock.advance(60 * SECOND);
  expect(await examine(alice)).toEqual({ kind: 'relay-missing' });
  expect(sent).toEqual([]);
  expect(alice.snapshot.relay).toBe(false);
});

test('two who are there and do not reach each other hear so, until they do', async () => {
  const world = new World();
  const [alice, bob] = await world.pair();
  world.network.setWays({ direct: false });
  world.network.cutPeers();
  await world.clock.advance(60 * SECOND);
  for (const person of [alice, bob]) {
    expect(await examine(person)).toEqual({ kind: 'no-path' });
    expect(connection(person)).toMatchObject({ kind: 'waiting', noPath: true });
  }
  // A relay comes up: they go on by themselves.
  world.network.setWays({ relay: true });
  await alice.engine.reconnect(alice.conversation, false);
  await world.clock.advance(5 * SECOND);
  for (const person of [alice, bob]) expect(await examine(person)).toMatchObject({ path: 'relayed' });
});

test('who is alone is not told of failures', async () => {
  const world = new World();
  const [alice, bob] = await world.pair();
  world.network.setWays({ direct: false });
  world.network.cutPeers();
  await world.clock.advance(60 * SECOND);
  bob.session.stop();
  await world.clock.advance(180 * SECOND);
  expect(await examine(alice)).toEqual({ kind: 'away' });
  world.network.setServer(false);
  await world.clock.advance(SECOND);
  expect(await examine(alice)).toEqual({ kind: 'server-unreachable' });
});

test('trying again through the relay lasts until it is tried again', async () => {
  const world = new World();
  world.network.setWays({ relay: true });
  const [alice, bob] = await world.pair();
  await alice.engine.reconnect(alice.conversation, true);
  await world.clock.advance(5 * SECOND);
  expect(await examine(bob)).toMatchObject({ path: 'relayed' });
  expect(hides(alice)).toBe(false);
  world.network.cutPeers();
  await world.clock.advance(5 * SECOND);
  expect(await examine(alice)).toMatchObject({ path: 'relayed' });
  await alice.engine.reconnect(alice.conversation, false);
  await world.clock.advance(5 * SECOND);
  expect(await examine(bob)).toMatchObject({ path: 'local' });
});
