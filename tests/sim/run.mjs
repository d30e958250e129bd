/**
 * npm run test:sim -- [--seeds N] [--seed S] [--from S] [--jobs J] [--ops N] [--crypto cheap|real] [--history FILE]
 *
 * So many seeds, from `--from` on, over `--jobs` processes' worth of threads; a failing one prints what is wrong and how to
 * replay it. `--seed S` runs that one alone; `--history` writes down what happened, one JSON object a line.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { bundle } from './bundle.mjs';

const MAX_SHOWN = 20;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    seed: { type: 'string' },
    from: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '2' },
    ops: { type: 'string', default: '200' },
    seconds: { type: 'string', default: 'Infinity' },
    crypto: { type: 'string', default: 'cheap' },
    history: { type: 'string' }
  }
});
const alone = values.seed !== undefined;
const from = Number(values.seed ?? values.from);
const count = alone ? 1 : Number(values.seeds);
const [jobs, operations, seconds] = [Number(values.jobs), Number(values.ops), Number(values.seconds)];
if (![from, count, jobs, operations].every((number) => Number.isSafeInteger(number) && number >= 1)) {
  console.error('Usage: npm run test:sim -- [--seeds N] [--seed S] [--from S] [--jobs J] [--ops N]');
  process.exit(2);
}

const outDir = mkdtempSync(join(tmpdir(), 'aparte-sim-'));
process.on('exit', () => rmSync(outDir, { recursive: true, force: true }));
const cheap = values.crypto !== 'real';
const module = await bundle(outDir, cheap);

if (alone) {
  const { simulate, judge } = await import(pathToFileURL(module));
  const history = await simulate(from, operations);
  if (values.history !== undefined) writeFileSync(values.history, `${history.join('\n')}\n`);
  report(from, judge(history));
  console.log(`seed ${from}: ${history.length} lines`);
} else {
  const start = performance.now();
  const totals = await Promise.all(Array.from({ length: jobs }, (_, job) => work(job)));
  const done = totals.reduce((sum, total) => sum + total.done, 0);
  const failed = totals.reduce((sum, total) => sum + total.failed, 0);
  const ms = performance.now() - start;
  console.log(
    `${done} seeds from ${from} x ${operations} operations, ${failed} failed, ` +
      `${(ms / 1000).toFixed(0)} s, ${((ms * jobs) / Math.max(1, done)).toFixed(1)} ms a seed and core`
  );
}

function work(job) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('worker.mjs', import.meta.url), {
      // Most of what a seed makes is garbage soon.
      resourceLimits: { maxYoungGenerationSizeMb: 192 },
      workerData: {
        module: pathToFileURL(module).href,
        cheap,
        from: from + job,
        step: jobs,
        end: from + count,
        operations,
        seconds
      }
    });
    worker.on('error', reject);
    worker.on('message', (message) => {
      if ('faults' in message) report(message.seed, message.faults);
      else resolve(message);
    });
  });
}

function report(seed, faults) {
  if (faults.length === 0) return;
  process.exitCode = 1;
  for (const fault of faults.slice(0, MAX_SHOWN)) console.log(`seed ${seed}: ${fault}`);
  const ops = operations === 200 ? '' : ` --ops ${operations}`;
  const crypto = values.crypto === 'real' ? ' --crypto real' : '';
  console.log(
    `seed ${seed}: replay with  npm run test:sim -- --seed ${seed}${ops}${crypto} --history seed.jsonl`
  );
}
