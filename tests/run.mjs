/**
 * `npm test`: everything that must pass, one suite after the other, and one line at the end: `N passed, N failed`.
 * A suite that ends badly without a failed test of its own (it could not start) counts as one failure.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const reports = mkdtempSync(join(tmpdir(), 'aparte-tests-'));
const report = (name) => join(reports, `${name}.json`);

const SUITES = [
  // Each of the two has work for one core only.
  {
    name: 'types and lint',
    command:
      'npm run --silent generate && { npm run --silent check:lint & npm run --silent types; types=$?; wait $! && exit $types; }'
  },
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
for (const { name, command, env, count } of SUITES) {
  console.log(`\n— ${name}`);
  const { status } = spawnSync(command, { shell: true, stdio: 'inherit', env: { ...process.env, ...env } });
  const result = counted(count) ?? { passed: status === 0 ? 1 : 0, failed: 0, skipped: 0 };
  if (status !== 0 && result.failed === 0) result.failed = 1;
  for (const key of Object.keys(total)) total[key] += result[key];
}
rmSync(reports, { recursive: true, force: true });

console.log(
  `\n${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`
);
process.exitCode = total.failed === 0 ? 0 : 1;

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
