/** A path on which everything takes seconds delays a meeting, and does not prevent it. */
import { expect, test } from 'vitest';
import { World } from '../../support/people.ts';

const SECOND = 1_000;

test.each([
  [1_000, 20],
  [2_000, 60]
])('with %i ms each way two meet within %i s, for the first time and again', async (latency, most) => {
  const world = new World('slow', { latency });
  const [alice, bob] = [world.person(), world.person()];
  const people = [alice, bob];
  await Promise.all(people.map((person) => person.opened()));
  await world.clock.advance(5 * SECOND);
  const meet = async (): Promise<void> => {
    const began = world.clock.elapsed();
    const kinds = () => people.map(({ snapshot }) => snapshot.conversations[0]?.connection.kind);
    while (kinds().some((kind) => kind !== 'connected')) {
      if (world.clock.elapsed() - began > most * SECOND) throw new Error(`not met: ${kinds().join()}`);
      await world.clock.advance(100);
    }
  };
  const { url } = await alice.engine.createInvitation();
  bob.join(url);
  await meet();
  for (const person of people) {
    await person.reload();
    // The old channel's end is heard.
    await world.clock.advance(2 * latency);
    await meet();
  }
  await alice.engine.send(alice.conversation, 'slowly');
  await world.clock.advance(60 * SECOND);
  expect(await bob.texts()).toEqual(['slowly']);
});
