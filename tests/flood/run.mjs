/**
 * npm run test:flood [-- --seconds 5] [pings topics …]
 *
 * The built server with the limits that it has, forty honest pairs who talk through it, and one attack after the other
 * (attacks.mjs). It has to stay up and below its cap of memory, and the honest have to lose nothing and to wait less than
 * twice as long as in the quiet before and after each attack (the 99th of a hundred frames).
 * Attackers have addresses of their own on loopback, and the lowest priority: in the world they have their own machines.
 * On a machine that does other things it measures these, unless it goes before them: chrt --rr 2 npm run test:flood.
 */
import { fork, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { median, percentile, rounded } from '../bench/statistics.mjs';
import { ATTACKS } from './attacks.mjs';

/** Of the process: limits.ts says where it comes from; a third of it is reached here. */
const CAP_MB = 650;
const RATIO = 2;
const MAIN = fileURLToPath(new URL('../../build/server/signaling/main.js', import.meta.url));

/** Attackers come after the server and the honest, and with these before whatever else the machine does. */
const ROUND_ROBIN = 2;
const below = policy() === ROUND_ROBIN ? ['--rr', '1'] : ['--other', '0'];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: '5' } }
});
const seconds = Number(values.seconds);
const names = positionals.length === 0 ? Object.keys(ATTACKS) : positionals;
if (!existsSync(MAIN)) throw new Error('Nothing is built: run "npm run build" first.');

const server = spawn(process.execPath, [MAIN], {
  env: { ...process.env, PORT: '0', HOST: '127.0.0.1', SERVE_APP: 'off' },
  stdio: ['ignore', 'pipe', 'inherit']
});
const port = await new Promise((resolve) => {
  server.stdout.on('data', (text) => resolve(/:(\d+)\s*$/.exec(String(text))?.[1]));
});
let peak = 0;
const watch = setInterval(() => {
  const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
  peak = Math.max(peak, Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1_024);
}, 100);
const honest = await helper('honest.mjs', port);

const rows = [];
const quiet = [];
await measure();
let before = await measure();
for (const name of names) {
  peak = 0;
  const attack = await helper('attacks.mjs', port, name);
  // Of the attack at its height, and not of its beginning.
  await pause(1_000);
  const during = await measure();
  const { done } = await attack.ask({ stop: true });
  attack.end();
  await pause(1_500);
  const after = await measure();
  rows.push({ name, done, before, during, after, peak });
  quiet.push(after);
  before = after;
  console.log(`  ${name} is over`);
}
clearInterval(watch);
honest.end();
const alive = server.exitCode === null && (await fetch(`http://127.0.0.1:${port}/healthz`)).ok;
server.kill('SIGTERM');

const baseline = median(quiet.map((delays) => percentile(delays.ms, 0.99)));
let failed = alive ? 0 : 1;
console.log(`\nhonest p99 in the quiet: ${rounded(baseline, 1)} ms (median of ${quiet.length})\n`);
console.log('  attack                done      p99 ms  / quiet   lost  peak MB');
for (const { name, done, before, during, after, peak: memory } of rows) {
  const p99 = percentile(during.ms, 0.99);
  // Beside its own quiet: what else the machine did in these seconds is in both.
  const own = Math.max(percentile(before.ms, 0.99), percentile(after.ms, 0.99), baseline);
  const lost = before.lost + during.lost + after.lost;
  const bad = p99 / own >= RATIO || lost > 0 || memory >= CAP_MB;
  if (bad) failed++;
  const cells = [rounded(p99, 1), rounded(p99 / own, 2), lost, rounded(memory)];
  console.log(
    `${bad ? '✗' : ' '} ${name.padEnd(14)} ${String(done).padStart(11)} ${cells.map((cell) => String(cell).padStart(9)).join('')}`
  );
}
console.log(`\n${rows.length + 1 - failed} passed, ${failed} failed${alive ? '' : ': the server is down'}`);
process.exitCode = failed === 0 ? 0 : 1;

async function measure() {
  return honest.ask({ seconds });
}

async function helper(file, ...words) {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const isAttack = file === 'attacks.mjs';
  const child = fork(
    path,
    words,
    isAttack ? { execPath: 'chrt', execArgv: [...below, process.execPath] } : {}
  );
  if (isAttack) setPriority(child.pid, 19);
  await new Promise((resolve) => child.once('message', resolve));
  return {
    ask: (message) =>
      new Promise((resolve) => {
        child.once('message', resolve);
        child.send(message);
      }),
    end: () => child.kill()
  };
}

/** The scheduler's, of this process (proc(5), field 41). */
function policy() {
  return Number(readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ')[38]);
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
