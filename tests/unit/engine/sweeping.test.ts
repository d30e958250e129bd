/** What dies while the app is closed. */
import { expect, test } from 'vitest';
import { World } from '../../support/people.ts';

const SECOND = 1_000;

test('nobody waits for it to be destroyed, and nobody sees it before', async () => {
  const world = new World('closed for weeks');
  const [alice, bob] = await world.pair();
  await bob.engine.send(bob.conversation, 'canary', { ttl: 60 });
  await bob.engine.send(bob.conversation, 'lasting');
  await world.clock.advance(SECOND);
  const mortal = () => [...alice.disk.rows.values()].filter(({ deadline }) => deadline !== null).length;
  expect(mortal()).toBe(1);
  const handle = alice.engine.openTimeline(alice.conversation, () => undefined);
  const { items } = await alice.timeline();
  handle.seen(items.flatMap((item) => ('mine' in item && !item.mine ? [item.id] : [])));
  await world.clock.advance(SECOND);
  bob.session.stop();
  alice.session.stop();
  await world.clock.advance(3_600 * SECOND);
  // A disk that takes its time.
  let free = (): void => undefined;
  alice.busy = new Promise((resolve) => (free = resolve));
  const opening = alice.reload();
  while (alice.snapshot.phase !== 'active') {
    await new Promise((resolve) => setTimeout(resolve, 5));
    await world.clock.advance(SECOND / 10);
  }
  await opening;
  expect(await alice.texts()).toEqual(['lasting']);
  expect(mortal()).toBe(1);
  alice.busy = null;
  free();
  await world.clock.advance(SECOND);
  expect(mortal()).toBe(0);
});

test('what dies at one moment is read at once, wherever it lies: each transaction costs a browser more than it reads', async () => {
  const world = new World('many at once');
  const [alice, bob] = await world.pair();
  for (let i = 0; i < 40; i++) {
    await bob.engine.send(bob.conversation, 'canary', { ttl: 60 });
    await bob.engine.send(bob.conversation, 'lasting');
  }
  await world.clock.advance(SECOND);
  const mortal = () => [...alice.disk.rows.values()].filter(({ deadline }) => deadline !== null).length;
  const handle = alice.engine.openTimeline(alice.conversation, () => undefined);
  const { items } = await alice.timeline();
  handle.seen(items.flatMap((item) => ('mine' in item && !item.mine ? [item.id] : [])));
  await world.clock.advance(59 * SECOND);
  expect(mortal()).toBe(40);
  const before = alice.reads;
  await world.clock.advance(2 * SECOND);
  expect(mortal()).toBe(0);
  expect(alice.reads - before).toBeLessThan(10);
  handle.close();
});
