/**
 * npm run test:soak -- [--messages 10000] [--disconnects 200] [--seed 1]
 *
 * Two browsers, that many messages, that many interruptions in an order that the seed decides; then what became of the
 * messages, and how long each kind of interruption was felt. `npm test` runs a sample of it (e2e/soak.spec.ts).
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '10000' },
    disconnects: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' }
  }
});
const wanted = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]));
if (!Object.values(wanted).every((number) => Number.isInteger(number) && number > 0)) {
  console.error('Usage: npm run test:soak -- [--messages N] [--disconnects N] [--seed N]');
  process.exit(2);
}
const { status } = spawnSync('npm run --silent test:e2e -- e2e/soak.spec.ts', {
  shell: true,
  stdio: 'inherit',
  env: { ...process.env, SOAK: JSON.stringify(wanted) }
});
process.exitCode = status ?? 1;
