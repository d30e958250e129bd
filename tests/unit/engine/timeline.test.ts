/** What a screen shows of a message while it is being written down. */
import { expect, test } from 'vitest';
import { World } from '../../support/people.ts';

test('a message whose commit was not heard of yet is not shown as delivered', async () => {
  const world = new World();
  const [alice, bob] = await world.pair();
  bob.session.stop();
  await alice.reload();
  let hear = (): void => undefined;
  alice.slow = new Promise((resolve) => {
    hear = resolve;
  });
  const sent = alice.engine.send(alice.conversation, 'on its way');
  await world.clock.advance(50);
  // It is on the disk, in a log of this page that nobody has heard of.
  expect([...alice.disk.rows.values()].some(({ order }) => order !== null)).toBe(true);
  expect((await alice.timeline()).items).toEqual([]);
  hear();
  await sent;
  expect((await alice.timeline()).items).toMatchObject([{ text: 'on its way', state: 'queued' }]);
});
