import { expect, test } from 'vitest';
import { Room } from '../../../src/lib/engine/room.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

test('what waits is tried again after a while, once, and at once when there may be room', async () => {
  const clock = new VirtualClock();
  const room = new Room(clock);
  const tried: string[] = [];
  room.later(() => tried.push('one'));
  room.later(() => tried.push('two'));
  await clock.advance(5_000);
  expect(tried).toEqual(['one', 'two']);
  room.later(() => tried.push('three'));
  room.retry();
  expect(tried).toEqual(['one', 'two', 'three']);
  await clock.advance(60_000);
  expect(tried).toHaveLength(3);
});

test('nothing is tried for an engine that is closed, whatever comes after that', async () => {
  const clock = new VirtualClock();
  const room = new Room(clock);
  const tried: string[] = [];
  room.later(() => tried.push('before'));
  room.close();
  room.later(() => tried.push('after'));
  room.retry();
  await clock.advance(60_000);
  expect(tried).toEqual([]);
  expect(clock.pending).toBe(0);
});
