import { expect, test } from 'vitest';
import { World } from '../../support/people.ts';

test('two people meet through a link and write to each other', async () => {
  const world = new World();
  const [alice, bob] = await world.pair();
  expect(bob.joins.map(({ kind }) => kind)).toEqual(['waiting', 'connecting', 'joined']);
  expect(alice.snapshot.conversations).toHaveLength(1);
  expect(alice.snapshot.invitations).toHaveLength(0);
  expect(alice.snapshot.conversations[0]?.connection.kind).toBe('connected');
  expect(bob.snapshot.conversations[0]?.connection.kind).toBe('connected');
  await alice.engine.send(alice.conversation, 'Bonsoir');
  await bob.engine.send(bob.conversation, 'Good evening');
  await world.clock.advance(100);
  expect(await alice.texts()).toEqual(['Bonsoir', 'Good evening']);
  expect(await bob.texts()).toEqual(expect.arrayContaining(['Bonsoir', 'Good evening']));
  const { items } = await alice.timeline();
  expect(items[0]).toMatchObject({ kind: 'text', mine: true, state: 'delivered' });
});
