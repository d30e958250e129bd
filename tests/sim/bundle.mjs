/**
 * Bundles the simulator into one plain module, so that it runs without a loader and as often as one likes. With
 * `cheap`, crypto/primitives.ts, the one file that has the real cryptography, is replaced by cheap-primitives.ts, and
 * wire/cbor.ts by cheap-cbor.ts.
 */
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const here = fileURLToPath(new URL('.', import.meta.url));
/** What is replaced by what. */
const CHEAP = [
  ['src/lib/crypto/primitives.ts', 'cheap-primitives.ts'],
  ['src/lib/wire/cbor.ts', 'cheap-cbor.ts']
];

export async function bundle(outDir, cheap) {
  await build({
    root: here,
    configFile: false,
    logLevel: 'error',
    plugins: cheap ? [{ name: 'cheap', enforce: 'pre', load: loadCheap }] : [],
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

function loadCheap(id) {
  const found = CHEAP.find(([real]) => id.split(sep).join('/').endsWith(real));
  return found ? `export * from ${JSON.stringify(join(here, found[1]))};` : null;
}
