/**
 * Who wrote, in the order in which the database says it happened: every writing transaction of the app puts a line
 * into a log of its own inside that same transaction. A line is there if and only if the rest of it is.
 */
/* eslint-disable @typescript-eslint/unbound-method -- the browser's methods, called with the object that they are of */
import type { Page } from 'playwright/test';

export interface Written {
  readonly tab: string;
  /** The epoch that was valid when this was written. */
  readonly epoch: number;
  /** This is a tab taking the lease: the next epoch is its own. */
  readonly claims: boolean;
}

/** For an init script: before the app's own script. */
export function logWriters(): void {
  const LOG = 'fencing log of the tests';
  const tab = `${String(performance.timeOrigin)} ${String(crypto.getRandomValues(new Uint32Array(1))[0])}`;
  const { transaction } = IDBDatabase.prototype;
  const { put, get } = IDBObjectStore.prototype;
  const claiming = new WeakMap<IDBTransaction, boolean>();
  IDBObjectStore.prototype.put = function (this: IDBObjectStore, ...value) {
    if (value[1] === 'epoch') claiming.set(this.transaction, true);
    return put.apply(this, value);
  };
  IDBDatabase.prototype.transaction = function (this: IDBDatabase, ...what) {
    const begun = transaction.apply(this, what);
    if (what[1] !== 'readwrite' || !begun.objectStoreNames.contains('meta')) return begun;
    const meta = begun.objectStore('meta');
    const epoch = get.call(meta, 'epoch');
    const log = get.call(meta, LOG);
    log.onsuccess = () => {
      // The app has asked for the epoch after this, and acts on the answer: whether it claims is known one request later.
      get.call(meta, LOG).onsuccess = () => {
        get.call(meta, LOG).onsuccess = () => {
          const lines = (log.result as Written[] | undefined) ?? [];
          const line = { tab, epoch: Number(epoch.result ?? 0), claims: claiming.get(begun) === true };
          put.call(meta, [...lines, line], LOG);
        };
      };
    };
    return begun;
  };
}

export function readWriters(page: Page): Promise<Written[]> {
  return page.evaluate(
    () =>
      new Promise<Written[]>((resolve, reject) => {
        const request = indexedDB.open('aparte');
        request.onerror = reject;
        request.onsuccess = () => {
          const found = request.result
            .transaction('meta')
            .objectStore('meta')
            .get('fencing log of the tests');
          found.onerror = reject;
          found.onsuccess = () => {
            request.result.close();
            resolve(found.result as Written[]);
          };
        };
      })
  );
}

/** What is wrong with a log: somebody wrote who did not hold the lease at that time. */
export function faults(log: readonly Written[]): string[] {
  const found: string[] = [];
  let holder: string | null = null;
  let valid: number | null = null;
  for (const [at, { tab, epoch, claims }] of log.entries()) {
    if (valid !== null && epoch !== valid)
      found.push(`line ${String(at)}: epoch ${String(epoch)}, not ${String(valid)}`);
    if (claims) {
      holder = tab;
      valid = epoch + 1;
    } else if (tab !== holder)
      found.push(`line ${String(at)}: ${tab} wrote, and ${String(holder)} holds the lease`);
  }
  return found;
}
