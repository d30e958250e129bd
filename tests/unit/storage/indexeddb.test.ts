import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openIndexedDbStore, readRemains } from '../../../src/lib/storage/indexeddb.ts';

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

test.each([
  ['whose site data is blocked has no database', 'SecurityError', 'unavailable'],
  ['that cannot open its database has one', null, 'closed']
] as const)('a browser %s', async (_, refusal, code) => {
  const getItem = (): null => {
    if (refusal !== null) throw new DOMException('denied', refusal);
    return null;
  };
  vi.stubGlobal('localStorage', { getItem });
  const request = Object.assign(new Request(), { error: new DOMException('denied', 'UnknownError') });
  vi.stubGlobal('indexedDB', { open: () => request });
  const refused = expect(openIndexedDbStore(() => undefined)).rejects.toMatchObject({ code });
  request.dispatchEvent(new Event('error'));
  await refused;
});
