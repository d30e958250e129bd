/**
 * npm run test:kill -- [--rounds 20] [name of a test]
 *
 * kill -9 of a real browser at every point of writing of an exchange, so many times each (threats R3), and at every step
 * of a destruction; then a line each: points, kills, and what came of them. `npm test` does it at three points.
 * APARTE_BUILD=1: it is built already.
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '20' } }
});
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) {
  console.error('Usage: npm run test:kill -- [--rounds N] [name of a test]');
  process.exit(2);
}
const only = positionals.flatMap((name) => ['-g', name]);
const { status } = spawnSync('npm', ['run', '--silent', 'test:e2e', '--', 'tests/e2e/kill', ...only], {
  stdio: 'inherit',
  env: { ...process.env, APARTE_KILL_ROUNDS: String(rounds) }
});
process.exitCode = status ?? 1;
