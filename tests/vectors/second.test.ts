/**
 * The vectors of this protocol, frozen: with the same values for everything that is random, the second implementation
 * (tests/second, written from the protocol page) and src make these very bytes. `FREEZE_VECTORS=1` writes the outputs
 * of the second implementation into the file; that is a new version of the protocol.
 */
import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readVectors } from './aparte.ts';
import { byReal } from './aparte-real.ts';
import { bySecond } from './aparte-second.ts';

if (process.env.FREEZE_VECTORS === '1') {
  const { about, inputs } = readVectors();
  const frozen = JSON.stringify({ about, inputs, outputs: bySecond(inputs) }, null, 2) + '\n';
  writeFileSync(new URL('./aparte.json', import.meta.url), frozen);
}

const { inputs, outputs } = readVectors();

test.each([
  ['the second implementation', bySecond],
  ['src', byReal]
])('%s makes the frozen bytes', (_, produce) => {
  const made = produce(inputs);
  expect(made.session).toHaveLength(20);
  expect(made).toEqual(outputs);
});
