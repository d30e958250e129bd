/** What the adapters in memory promise under Vitest, the browser's own adapters keep in a real browser. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test as base } from 'playwright/test';
import { build } from 'vite';
import { createServer } from '../../signaling/server.ts';
import type { Suite } from '../contract/in-browser.ts';
import { peerContract } from '../contract/peer.ts';
import { signalingContract } from '../contract/signaling.ts';
import { indexedDbContract } from '../contract/indexeddb.ts';
import { keyFileContract, ownFileContract } from '../contract/key-file.ts';
import { storeContract } from '../contract/store.ts';

const PAGE = `<!doctype html>
<html lang="en">
  <meta http-equiv="content-security-policy" content="default-src 'none'; script-src 'self'; connect-src 'self'" />
  <title>Contract</title>
  <link rel="icon" href="data:," />
  <script src="/contract.js"></script>
</html>
`;

interface Site {
  /** Errors that nobody caught. */
  readonly faults: string[];
  /** Keeps one clause of a contract in the page, or fails with the sentence that says why not. */
  readonly keep: (suite: Suite, name: string) => Promise<void>;
}

/** One page for all clauses of a worker: each has a database of its own, and finds the server running. */
const test = base.extend<object, { bundle: string; site: Site }>({
  bundle: [
    async ({}, use) => {
      const folder = mkdtempSync(join(tmpdir(), 'aparte-contract-'));
      await script(folder, 'contract.js', '../contract/in-browser.ts');
      await script(folder, 'key-file.worker.js', '../../src/lib/storage/key-file.worker.ts');
      writeFileSync(join(folder, 'index.html'), PAGE);
      await use(folder);
      rmSync(folder, { recursive: true });
    },
    { scope: 'worker' }
  ],

  site: [
    async ({ browser, bundle: app }, use) => {
      let server: ReturnType<typeof createServer> | null = createServer({ app });
      const port = await server.listen(0, '127.0.0.1');
      const setServer = async (up: boolean) => {
        if (up === (server !== null)) return;
        const running = server;
        server = up ? createServer({ app }) : null;
        await (server?.listen(port, '127.0.0.1') ?? running?.close());
      };
      const page = await browser.newPage();
      const faults: string[] = [];
      page.on('pageerror', (error) => faults.push(String(error)));
      await page.exposeFunction('setServer', setServer);
      await page.goto(`http://localhost:${String(port)}/`);
      let count = 0;
      await use({
        faults,
        keep: async (suite, name) => {
          await setServer(true);
          await page.evaluate(([suite, name, database]) => window.keep(suite, name, database), [
            suite,
            name,
            `contract ${String(++count)}`
          ] as const);
        }
      });
      await page.close();
      await setServer(false);
    },
    { scope: 'worker' }
  ]
});

/** Bundles a module into one script in this folder. */
async function script(folder: string, name: string, module: string): Promise<void> {
  await build({
    configFile: false,
    logLevel: 'error',
    resolve: { alias: [{ find: /^simple-peer$/, replacement: 'simple-peer/simplepeer.min.js' }] },
    build: {
      outDir: folder,
      emptyOutDir: false,
      minify: false,
      lib: {
        entry: join(import.meta.dirname, module),
        formats: ['iife'],
        name: 'contract',
        fileName: () => name
      }
    }
  });
}

function clauses(suite: Suite, contract: readonly { readonly name: string }[]): void {
  for (const { name } of contract) {
    test(name, async ({ site }) => {
      await site.keep(suite, name);
      expect(site.faults.splice(0), 'errors that nobody caught').toEqual([]);
    });
  }
}

test.describe('the store on IndexedDB', () => {
  clauses('store', storeContract);
  clauses('IndexedDB', indexedDbContract);
});

test.describe('the key file in the private file system', () => {
  clauses('key file', [...keyFileContract, ...ownFileContract]);
});

test.describe('peers over WebRTC', () => {
  clauses('peer', peerContract);
});

test.describe('signaling over a WebSocket', () => {
  clauses('signaling', signalingContract);
});
