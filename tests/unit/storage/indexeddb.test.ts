import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readRemains } from '../../../src/lib/storage/indexeddb.ts';

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** What is left of a request that is answered when the test says so. */
class Request extends EventTarget {
  readonly result = { close: vi.fn(), addEventListener: () => undefined };
}

beforeEach(() => {
  for (const name of [
    'IDBRequest',
    'IDBDatabase',
    'IDBObjectStore',
    'IDBIndex',
    'IDBCursor',
    'IDBTransaction'
  ])
    vi.stubGlobal(name, Request);
});

test('a database that another tab holds for an upgrade is said to be blocked, and let go of when it opens after all', async () => {
  vi.useFakeTimers();
  const request = new Request();
  vi.stubGlobal('indexedDB', { open: () => request });
  const refused = expect(readRemains()).rejects.toMatchObject({ name: 'StoreError', code: 'blocked' });
  await vi.advanceTimersByTimeAsync(10_000);
  await refused;
  request.dispatchEvent(new Event('success'));
  await vi.advanceTimersByTimeAsync(0);
  expect(request.result.close).toHaveBeenCalledOnce();
});
