/**
 * npm run test:mutants -- [name …]
 *
 * Applies each named mutant in a copy of the sources, runs the tests that must notice it, and prints a table. Ends with
 * 1 when one survives, or no longer applies. With words only the mutants that have one of them in their name.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { withTypeScript } from '../bench/typescript.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { MUTANTS, patched } = await withTypeScript(async (load) => ({
  ...(await load('/tests/mutants/mutants.ts')),
  ...(await load('/tests/mutants/patch.ts'))
}));
const words = process.argv.slice(2);
const chosen = MUTANTS.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
if (chosen.length === 0) {
  console.error('Usage: npm run test:mutants -- [name …]');
  process.exit(2);
}

const copy = mkdtempSync(join(tmpdir(), 'aparte-mutants-'));
try {
  for (const name of ['src', 'tests', 'package.json'])
    cpSync(join(root, name), join(copy, name), { recursive: true });
  // The project's own extends one that SvelteKit generates.
  writeFileSync(join(copy, 'tsconfig.json'), '{}');
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'dir');
  const files = [...new Set(chosen.flatMap(({ tests }) => tests))];
  if (run(files).status !== 0) throw new Error('the tests fail without any mutant');
  let survivors = 0;
  for (const mutant of chosen) {
    const start = performance.now();
    const before = new Map();
    for (const [file, text] of patched(mutant, (name) => readFileSync(join(copy, name), 'utf8'))) {
      before.set(file, readFileSync(join(copy, file), 'utf8'));
      writeFileSync(join(copy, file), text);
    }
    const { failed } = run(mutant.tests);
    const killed = failed > 0;
    for (const [file, text] of before) writeFileSync(join(copy, file), text);
    if (!killed) survivors++;
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`  ${mutant.name.padEnd(64)}${killed ? 'killed' : 'SURVIVED'}${seconds.padStart(8)} s`);
  }
  console.log(`${chosen.length - survivors} of ${chosen.length} killed`);
  process.exitCode = survivors === 0 ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(copy, { recursive: true, force: true });
}

/** A test has to fail: a file that cannot even be loaded would say nothing of the mutant. */
function run(files) {
  const vitest = join(copy, 'node_modules', 'vitest', 'vitest.mjs');
  const report = join(copy, 'report.json');
  rmSync(report, { force: true });
  const options = ['run', '--config', 'tests/vitest.config.ts', '--bail', '1', '--reporter', 'json'];
  const { status, stderr } = spawnSync(
    process.execPath,
    [vitest, ...options, '--outputFile', report, ...files],
    { cwd: copy, stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' }
  );
  if (!existsSync(report)) throw new Error(`vitest did not run: ${stderr}`);
  return { status, failed: JSON.parse(readFileSync(report, 'utf8')).numFailedTests };
}
