/**
 * npm run test:fuzz -- [--runs 100000] [--seed 1]
 *
 * That many mutated and that many random inputs over every parser, then a table, the time and the heap. Ends with 1 when
 * a parser throws what it may not, a state has changed, or the heap has grown. `npm test` runs a sample of it.
 */
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { withTypeScript } from '../bench/typescript.mjs';

const MAX_GROWTH_MB = 8;

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } }
});
const [runs, seed] = [Number(values.runs), Number(values.seed)];
if (!Number.isInteger(runs) || runs < 1 || !Number.isInteger(seed)) {
  console.error('Usage: npm run test:fuzz -- [--runs N] [--seed N]');
  process.exit(2);
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
const heap = () => {
  collect();
  return process.memoryUsage().heapUsed / 2 ** 20;
};

await withTypeScript(async (load) => {
  const { fuzz } = await load('/tests/fuzz/fuzz.ts');
  // Compiled code and caches are there before the heap is looked at.
  fuzz(2_000, seed + 1);
  const before = heap();
  const start = performance.now();
  let last = start;
  try {
    const done = fuzz(runs, seed, ({ name, mutated, understood }) => {
      const now = performance.now();
      const seconds = ((now - last) / 1000).toFixed(1);
      last = now;
      console.log(
        `  ${name.padEnd(56)}${String(2 * mutated).padStart(9)} inputs${String(understood).padStart(8)} understood${seconds.padStart(7)} s${heap().toFixed(1).padStart(7)} MB`
      );
    });
    const inputs = done.reduce((sum, { mutated, random }) => sum + mutated + random, 0);
    const growth = heap() - before;
    const seconds = ((performance.now() - start) / 1000).toFixed(0);
    console.log(
      `${inputs} inputs, seed ${seed}, ${seconds} s, heap ${growth >= 0 ? '+' : ''}${growth.toFixed(1)} MB`
    );
    if (growth > MAX_GROWTH_MB) throw new Error('the heap has grown');
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
});
