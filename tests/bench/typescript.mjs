/**
 * Loads the project's own TypeScript: Node does not run it everywhere, Vite, which builds the app, is there anyway.
 * @param {(load: (path: string) => Promise<any>) => Promise<T>} use paths are given from the root: `/src/lib/bytes.ts`
 * @returns {Promise<T>}
 * @template T
 */
import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';

export async function withTypeScript(use) {
  const vite = await createServer({
    root: fileURLToPath(new URL('../..', import.meta.url)),
    configFile: false,
    logLevel: 'error',
    server: { middlewareMode: true, watch: null, ws: false },
    optimizeDeps: { noDiscovery: true }
  });
  try {
    return await use((path) => vite.ssrLoadModule(path));
  } finally {
    await vite.close();
  }
}
