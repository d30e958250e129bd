import 'fake-indexeddb/auto';
import { deleteDB } from 'idb';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { openIndexedDbStore } from '../../src/lib/storage/indexeddb.ts';
import { memoryState, openMemoryStore } from '../../src/lib/storage/memory.ts';
import type { Store } from '../../src/lib/storage/store.ts';
import { indexedDbContract } from './indexeddb.ts';
import { storeContract } from './store.ts';

let databases = 0;

/** A name that is nobody's, deleted after the test. */
function freshName(): string {
  const name = `contract ${String(databases++)}`;
  onTestFinished(() => deleteDB(name));
  return name;
}

describe('the store in memory', () => {
  test.each(storeContract)('$name', async ({ run }) => {
    const state = memoryState();
    await run({ open: () => Promise.resolve(openMemoryStore(state)) });
  });
});

describe('the store on IndexedDB', () => {
  test.each(storeContract)('$name', async ({ run }) => {
    const name = freshName();
    const stores: Store[] = [];
    await run({
      async open(onClosed = () => undefined) {
        const store = await openIndexedDbStore(onClosed, name);
        stores.push(store);
        return store;
      }
    });
    for (const store of stores) store.close();
  });

  test.each(indexedDbContract)('$name', async ({ run }) => {
    await run(freshName());
  });

  test('there is none without IndexedDB', async () => {
    vi.stubGlobal('indexedDB', undefined);
    onTestFinished(() => void vi.unstubAllGlobals());
    await expect(openIndexedDbStore(() => undefined)).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('a window whose IndexedDB refuses to open has none', async () => {
    vi.stubGlobal('indexedDB', {
      open() {
        throw new DOMException('private', 'SecurityError');
      }
    });
    onTestFinished(() => void vi.unstubAllGlobals());
    await expect(openIndexedDbStore(() => undefined)).rejects.toMatchObject({ code: 'unavailable' });
  });
});
