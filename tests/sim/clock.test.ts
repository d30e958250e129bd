/** What the clock of the simulator has in common with a browser's. */
import { expect, test } from 'vitest';
import { VirtualClock } from '../support/virtual-clock.ts';

test('it says whole milliseconds, though what passes is no whole number of them', async () => {
  const clock = new VirtualClock(1_000);
  await clock.advance(0.75);
  expect([clock.now(), clock.elapsed()]).toEqual([1_000, 1_000.75]);
  clock.set(-5_000);
  await clock.advance(0.5);
  expect([clock.now(), clock.elapsed()]).toEqual([-3_999, 1_001.25]);
});
