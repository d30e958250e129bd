/** Every so many-th seed, one after the other. */
import { performance } from 'node:perf_hooks';
import { parentPort, workerData } from 'node:worker_threads';

const { module, cheap, from, step, end, operations, seconds } = workerData;
// What fails here is looked at where its seed runs alone: there errors have their stacks.
if (cheap) {
  await import('./cheap-bytes.mjs');
  Error.stackTraceLimit = 0;
}
const { simulate, judge } = await import(module);
const total = { done: 0, failed: 0 };
/** Work that nobody waited for, and that failed. */
let unheard = [];
process.on('unhandledRejection', (reason) => {
  unheard.push(`nobody heard of: ${reason instanceof Error ? reason.stack : String(reason)}`);
});
const until = performance.now() + seconds * 1_000;
for (let seed = from; seed < end && performance.now() < until; seed += step) {
  let faults;
  try {
    faults = judge(await simulate(seed, operations));
  } catch (error) {
    faults = [`thrown: ${error instanceof Error ? error.stack : String(error)}`];
  }
  faults.push(...unheard);
  unheard = [];
  total.done++;
  if (faults.length === 0) continue;
  total.failed++;
  parentPort.postMessage({ seed, faults });
}
parentPort.postMessage(total);
