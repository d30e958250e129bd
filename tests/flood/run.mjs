/**
 * npm run test:flood [-- --seconds 6 --rounds 3] [pings topics …]
 *
 * The built server with the limits that it has, a node's honest load (honest.mjs), and one attack after the other
 * (attacks.mjs). It has to stay up and below its cap of memory, and the honest have to lose nothing and to wait less than
 * twice as long as in the quiet, from the first moment of each attack: the 99th of a hundred frames, beside the median of
 * that in the quiet before the first and after each attack. All attacks come in three rounds, and each is judged by its
 * median too: what the machine did once is not the attack's. And the 99th of a hundred newcomers, of all attacks and of all
 * the quiet in between.
 *
 * Attackers have addresses of their own on loopback, and they come after the server and the honest: in the world they have
 * their own machines. On a machine that does other things it measures these, unless it goes before them, as root:
 * chrt --rr 2 npm run test:flood. Attackers then come after it, and before whatever else the machine does; and the threads
 * in which Node compiles and collects garbage come after those that serve and measure, as they do by themselves elsewhere:
 * in real time nobody interrupts them, and one compilation is felt for ten milliseconds.
 */
import { execFileSync, fork, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { median, percentile, rounded } from '../bench/statistics.mjs';
import { ATTACKS } from './attacks.mjs';

/** Of the process: limits.ts says where it comes from; a third of it is reached here. */
const CAP_MB = 650;
const RATIO = 2;
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Node's own options and the file, as they stand in the script that starts it. */
const SERVE = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  .scripts.serve.split(' ')
  .slice(1);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: '6' }, rounds: { type: 'string', default: '3' } }
});
const [seconds, rounds] = [Number(values.seconds), Number(values.rounds)];
const names = positionals.length === 0 ? Object.keys(ATTACKS) : positionals;
if (!existsSync(join(ROOT, 'build/server'))) throw new Error('Nothing is built: run "npm run build" first.');

const server = spawn(process.execPath, SERVE, {
  cwd: ROOT,
  env: { ...process.env, PORT: '0', HOST: '127.0.0.1', SERVE_APP: 'off' },
  stdio: ['ignore', 'pipe', 'inherit']
});
const port = await new Promise((resolve) => {
  server.stdout.on('data', (text) => resolve(/:(\d+)\s*$/.exec(String(text))?.[1]));
});
first(server);
let peak = 0;
const watch = setInterval(() => {
  const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
  peak = Math.max(peak, Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1_024);
}, 100);
const honest = [await helper('honest.mjs', 'talk'), await helper('honest.mjs', 'come')];

await measure(1);
const quiet = [await measure(seconds)];
const rows = [];
for (const name of Array.from({ length: rounds }, () => names).flat()) {
  peak = 0;
  const attack = await helper('attacks.mjs', name);
  await attack.ask({ begin: true });
  const during = await measure(seconds);
  const { done } = await attack.ask({ begin: false });
  attack.end();
  rows.push({ name, done, during, peak });
  // The sockets that it leaves behind are closed.
  await pause(500);
  quiet.push(await measure(seconds / 2));
}
clearInterval(watch);
for (const one of honest) one.end();
const alive = server.exitCode === null && (await fetch(`http://127.0.0.1:${port}/healthz`)).ok;
server.kill('SIGTERM');

const all = (measures, n) => measures.flatMap((both) => both[n].ms);
const p99 = (ms) => (ms.length === 0 ? Infinity : percentile(ms, 0.99));
const baseline = median(quiet.map(([frames]) => p99(frames.ms)));
let failed = alive ? 0 : 1;
console.log(`\nhonest p99 in the quiet: ${rounded(baseline, 2)} ms (median of ${quiet.length})\n`);
console.log('  attack                done     p99 ms  / quiet   lost  peak MB');
for (const name of names) {
  const own = rows.filter((row) => row.name === name);
  const done = own.reduce((sum, row) => sum + row.done, 0);
  const lost = own.reduce((sum, { during }) => sum + during[0].lost + during[1].lost, 0);
  const memory = Math.max(...own.map((row) => row.peak));
  const wait = median(own.map(({ during }) => p99(during[0].ms)));
  judge(wait / baseline < RATIO && lost === 0 && memory < CAP_MB, [
    ...[name.padEnd(14), String(done).padStart(11), wait.toFixed(2).padStart(10)],
    ...[
      (wait / baseline).toFixed(2).padStart(8),
      String(lost).padStart(6),
      String(rounded(memory)).padStart(8)
    ]
  ]);
}
// There are too few of them for a 99th of a hundred in each attack.
const during = rows.map((row) => row.during);
const [came, before] = [p99(all(during, 1)), p99(all(quiet, 1))];
judge(came / before < RATIO, [
  'newcomers'.padEnd(14),
  ...[String(all(during, 1).length).padStart(11), came.toFixed(2).padStart(10)],
  ...[(came / before).toFixed(2).padStart(8), '', ` in the quiet ${before.toFixed(2)} ms`]
]);
console.log(`\n${names.length + 2 - failed} passed, ${failed} failed${alive ? '' : ': the server is down'}`);
process.exitCode = failed === 0 ? 0 : 1;

function judge(good, cells) {
  if (!good) failed++;
  console.log(`${good ? ' ' : '✗'} ${cells.join(' ')}`);
}

function measure(length) {
  return Promise.all(honest.map((one) => one.ask({ seconds: length })));
}

async function helper(file, task) {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const isAttack = file === 'attacks.mjs';
  const options = isAttack
    ? { execPath: 'chrt', execArgv: ['--other', '0', process.execPath] }
    : // A main thread that goes first and waits for another of its own would wait for ever.
      { execArgv: ['--single-threaded'] };
  const child = fork(path, [port, task], options);
  if (isAttack) setPriority(child.pid, isRealTime() ? -20 : 19);
  await new Promise((resolve) => child.once('message', resolve));
  if (!isAttack) first(child);
  return {
    ask: (message) =>
      new Promise((resolve) => {
        child.once('message', resolve);
        child.send(message);
      }),
    end: () => child.kill()
  };
}

/** Its main thread, before the others that it has. */
function first({ pid }) {
  if (isRealTime()) execFileSync('chrt', ['--rr', '--pid', '3', String(pid)]);
}

/** The scheduler's policy for this process (proc(5), field 41): round robin. */
function isRealTime() {
  return readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ')[38] === '2';
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
