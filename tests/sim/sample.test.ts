/** A sample of the simulator, run as a person runs it; and that a seed is a history, byte for byte. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';

const SEEDS = 25;
const SEEDS_WITH_REAL_CRYPTOGRAPHY = 2;

const folder = mkdtempSync(join(tmpdir(), 'aparte-sample-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** What it printed; rejects with it when a seed failed. */
async function simulator(...options: readonly string[]): Promise<string> {
  const script = new URL('run.mjs', import.meta.url).pathname;
  return (await promisify(execFile)(process.execPath, [script, ...options])).stdout;
}

test(`${SEEDS.toString()} seeds: nothing lost, doubled, out of order or revived, and both sides agree`, async () => {
  expect(await simulator('--seeds', SEEDS.toString())).toContain(`${SEEDS.toString()} seeds`);
});

test('the same with real cryptography', async () => {
  const seeds = SEEDS_WITH_REAL_CRYPTOGRAPHY.toString();
  expect(await simulator('--seeds', seeds, '--crypto', 'real')).toContain(`${seeds} seeds`);
});

test('a seed is one history, byte for byte, in every process', async () => {
  const [one, again] = [join(folder, 'one.jsonl'), join(folder, 'again.jsonl')];
  await simulator('--seed', '7', '--history', one);
  await simulator('--seed', '7', '--history', again);
  const history = readFileSync(one, 'utf8');
  expect(history.split('\n').length).toBeGreaterThan(200);
  expect(readFileSync(again, 'utf8')).toBe(history);
});
