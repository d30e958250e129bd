/**
 * `npm test`: everything that must pass, and one line at the end: `N passed, N failed`. One suite after the other, but for
 * types and lint, which are beside the first and say what they have to say after it. A suite that ends badly without a
 * failed test of its own (it could not start) counts as one failure.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const reports = mkdtempSync(join(tmpdir(), 'aparte-tests-'));
const report = (name) => join(reports, `${name}.json`);

const BESIDE = {
  name: 'types and lint',
  command: '{ npm run --silent check:lint & npm run --silent types; types=$?; wait $! && exit $types; } 2>&1'
};

const SUITES = [
  {
    name: 'unit, contract, vectors, signaling',
    command: `npm run --silent test:unit -- --reporter=dot --reporter=json --outputFile.json=${report('vitest')}`,
    count: () => {
      const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(
        readFileSync(report('vitest'), 'utf8')
      );
      return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests };
    }
  },
  {
    name: 'two browsers',
    command: 'npm run --silent test:e2e -- --reporter=list,json',
    env: { PLAYWRIGHT_JSON_OUTPUT_NAME: report('chromium') },
    count: () => countPlaywright('chromium')
  },
  {
    name: 'Firefox and Chromium',
    // A sample: the two mixed pairs. The suite before has built the app.
    command: 'npm run --silent test:firefox -- --grep Chromium --reporter=list,json',
    env: { PLAYWRIGHT_JSON_OUTPUT_NAME: report('firefox'), APARTE_BUILD: '1' },
    count: () => countPlaywright('firefox')
  }
];

const total = { passed: 0, failed: 0, skipped: 0 };

// Both read it. The build writes it anew, after them.
const generated = spawnSync('npm', ['run', '--silent', 'generate'], { stdio: 'inherit' });
if (generated.status !== 0) total.failed++;
let said = '';
const beside = start(BESIDE, 'pipe');
beside.child.stdout.on('data', (data) => (said += data));
const [first, ...others] = SUITES;
await run(first);
const ended = await beside.ended;
heading(BESIDE);
process.stdout.write(said);
judge(BESIDE, ended);
for (const suite of others) await run(suite);
rmSync(reports, { recursive: true, force: true });

console.log(
  `\n${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`
);
process.exitCode = total.failed === 0 ? 0 : 1;

function heading({ name }) {
  console.log(`\n— ${name}`);
}

function start({ command, env }, stdout) {
  const child = spawn(command, {
    shell: true,
    stdio: ['inherit', stdout, 'inherit'],
    env: { ...process.env, ...env }
  });
  return { child, ended: once(child, 'close').then(([status]) => status) };
}

async function run(suite) {
  heading(suite);
  judge(suite, await start(suite, 'inherit').ended);
}

function judge({ count }, status) {
  const result = counted(count) ?? { passed: status === 0 ? 1 : 0, failed: 0, skipped: 0 };
  if (status !== 0 && result.failed === 0) result.failed = 1;
  for (const key of Object.keys(total)) total[key] += result[key];
}

/** What a suite's own report says; null where it has none, or died before it wrote one. */
function counted(count) {
  try {
    return count?.() ?? null;
  } catch {
    return null;
  }
}

function countPlaywright(name) {
  const { stats } = JSON.parse(readFileSync(report(name), 'utf8'));
  return { passed: stats.expected, failed: stats.unexpected + stats.flaky, skipped: stats.skipped };
}
