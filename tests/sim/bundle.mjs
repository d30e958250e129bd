/**
 * Bundles the simulator into one plain module, so that it runs without a loader and as often as one likes. With
 * `cheap`, crypto/primitives.ts, the one file that has the real cryptography, is replaced by cheap-primitives.ts.
 */
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const here = fileURLToPath(new URL('.', import.meta.url));
const REAL = join('src', 'lib', 'crypto', 'primitives.ts').split(sep).join('/');

export async function bundle(outDir, cheap) {
  await build({
    root: here,
    configFile: false,
    logLevel: 'error',
    plugins: cheap ? [{ name: 'cheap-cryptography', enforce: 'pre', load: cheapPrimitives }] : [],
    ssr: { noExternal: true },
    build: {
      ssr: join(here, 'simulate.ts'),
      outDir,
      emptyOutDir: true,
      target: 'node20',
      rolldownOptions: { output: { entryFileNames: 'simulate.mjs', codeSplitting: false } }
    }
  });
  return join(outDir, 'simulate.mjs');
}

function cheapPrimitives(id) {
  if (!id.split(sep).join('/').endsWith(REAL)) return null;
  return `export * from ${JSON.stringify(join(here, 'cheap-primitives.ts'))};`;
}
