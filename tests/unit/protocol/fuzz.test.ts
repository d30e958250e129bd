import { describe, expect, test } from 'vitest';
import { Dice, fuzz } from '../../fuzz/fuzz.ts';

describe('any bytes, at every parser', () => {
  test('are understood or refused, and change nothing: a sample of npm run test:fuzz', () => {
    const done = fuzz(20_000, 1);
    expect(done.length).toBeGreaterThanOrEqual(25);
    for (const { name, mutated, random } of done)
      expect(Math.min(mutated, random), name).toBeGreaterThanOrEqual(20);
    // Mutations that nothing survives would not get behind the first check.
    expect(done.reduce((sum, { understood }) => sum + understood, 0)).toBeGreaterThan(1_000);
  }, 60_000);

  test('the same seed gives the same inputs', () => {
    expect(new Dice(7).bytes(40)).toEqual(new Dice(7).bytes(40));
    expect(new Dice(7).bytes(40)).not.toEqual(new Dice(9).bytes(40));
  });
});
