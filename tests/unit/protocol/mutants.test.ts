import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { MUTANTS } from '../../mutants/mutants.ts';
import { patched } from '../../mutants/patch.ts';

const top = new URL('../../../', import.meta.url);
const read = (file: string): string => readFileSync(new URL(file, top), 'utf8');

test.each(MUTANTS)('"$name" applies to the source, and names tests that are there', (mutant) => {
  for (const [file, text] of patched(mutant, read)) expect(text).not.toBe(read(file));
  expect(mutant.tests.length).toBeGreaterThan(0);
  for (const file of mutant.tests) expect(existsSync(new URL(file, top)), file).toBe(true);
});

test('names are names', () => {
  expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
});

test('a text that is gone, or is there twice, is said', () => {
  const mutant = { name: 'x', patches: [['file', 'gone', '']] } as const;
  expect(() => patched(mutant, () => 'text')).toThrow('not exactly once');
  expect(() => patched(mutant, () => 'gone, gone')).toThrow('not exactly once');
});
