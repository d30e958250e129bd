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
  /** Keeps one clause of a contract in the page, or fails with the sentence that says why not. */
  readonly keep: (suite: Suite, name: string) => Promise<void>;
}

const test = base.extend<{ site: Site }, { bundle: string }>({
  bundle: [
    async ({}, use) => {
      const folder = mkdtempSync(join(tmpdir(), 'aparte-contract-'));
      await build({
        configFile: false,
        logLevel: 'error',
        resolve: { alias: [{ find: /^simple-peer$/, replacement: 'simple-peer/simplepeer.min.js' }] },
        build: {
          outDir: folder,
          minify: false,
          lib: {
            entry: join(import.meta.dirname, '../contract/in-browser.ts'),
            formats: ['iife'],
            name: 'contract',
            fileName: () => 'contract.js'
          }
        }
      });
      writeFileSync(join(folder, 'index.html'), PAGE);
      await use(folder);
      rmSync(folder, { recursive: true });
    },
    { scope: 'worker' }
  ],

  site: async ({ page, bundle: app }, use) => {
    let server = createServer({ app });
    const port = await server.listen(0, '127.0.0.1');
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(String(error)));
    await page.exposeFunction('setServer', async (up: boolean) => {
      if (!up) {
        await server.close();
        return;
      }
      server = createServer({ app });
      await server.listen(port, '127.0.0.1');
    });
    await page.goto(`http://localhost:${String(port)}/`);
    await use({
      keep: (suite, name) =>
        page.evaluate(([suite, name]) => window.keep(suite, name), [suite, name] as const)
    });
    expect(faults, 'errors that nobody caught').toEqual([]);
    await server.close();
  }
});

function clauses(suite: Suite, contract: readonly { readonly name: string }[]): void {
  for (const { name } of contract) {
    test(name, async ({ site }) => {
      await site.keep(suite, name);
    });
  }
}

test.describe('the store on IndexedDB', () => {
  clauses('store', storeContract);
  clauses('IndexedDB', indexedDbContract);
});

test.describe('peers over WebRTC', () => {
  clauses('peer', peerContract);
});

test.describe('signaling over a WebSocket', () => {
  clauses('signaling', signalingContract);
});
