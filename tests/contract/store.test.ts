import 'fake-indexeddb/auto';
import { deleteDB, openDB } from 'idb';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { openIndexedDbStore, readRemains } from '../../src/lib/storage/indexeddb.ts';
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

  test.each([
    ['whose site data is blocked has none', 'SecurityError', 'unavailable'],
    ['that fails to open one has one', null, 'closed']
  ] as const)('a browser %s', async (_, refusal, code) => {
    vi.stubGlobal('localStorage', {
      getItem() {
        if (refusal !== null) throw new DOMException('denied', refusal);
        return null;
      }
    });
    vi.stubGlobal('indexedDB', {
      open() {
        throw new DOMException('denied', 'UnknownError');
      }
    });
    onTestFinished(() => void vi.unstubAllGlobals());
    await expect(openIndexedDbStore(() => undefined)).rejects.toMatchObject({ code });
  });

  test('what is left of a database that somebody holds is not waited for, nor held when it opens after all', async () => {
    const name = freshName();
    const holder = await openDB(name, 1);
    const upgraded = openDB(name, 2);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const refused = expect(readRemains(name)).rejects.toMatchObject({ name: 'StoreError', code: 'blocked' });
    await vi.advanceTimersByTimeAsync(10_000);
    await refused;
    vi.useRealTimers();
    holder.close();
    (await upgraded).close();
    // Nobody has to give way.
    await deleteDB(name, { blocked: () => expect.unreachable('somebody holds it') });
  });
});
