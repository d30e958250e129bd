/** Kills a real browser at a chosen write to its database: SIGKILL for every process of it, as from outside. */
/* eslint-disable @typescript-eslint/unbound-method -- the browser's methods, called with the object that they are of */
import { readdirSync, readFileSync } from 'node:fs';
import type { Page } from 'playwright/test';

/** A page that has come to its point says so by this cookie: the one thing that leaves a page which never goes on. */
const HERE = 'write-point';
const OFTEN_MS = 10;

/** Every process that was started with this profile, and all of their groups. */
function processesOf(profile: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((id) => {
      if (!Number.isInteger(id)) return false;
      try {
        return readFileSync(`/proc/${String(id)}/cmdline`, 'utf8')
          .split('\0')
          .includes(`--user-data-dir=${profile}`);
      } catch {
        // It has ended meanwhile.
        return false;
      }
    });
}

export function kill(profile: string): void {
  for (const id of processesOf(profile)) {
    for (const target of [-id, id]) {
      try {
        process.kill(target, 'SIGKILL');
      } catch {
        // It leads no group, or is gone already.
      }
    }
  }
}

declare global {
  interface Window {
    /** Write points that this page has passed. */
    writePoints: number;
    /** The one at which it stops. */
    stopAt: number;
  }
}

/**
 * From now on the page counts its write points: before every put and delete, and where a commit is on disk and nobody
 * has heard of it yet. At the `stopAt`th it does not go on.
 */
export function countWrites(): void {
  window.writePoints = 0;
  window.stopAt = Infinity;
  const point = (): void => {
    if (++window.writePoints !== window.stopAt) return;
    document.cookie = 'write-point=reached';
    // Nothing of this page runs any more.
    for (;;);
  };
  const { put, delete: remove } = IDBObjectStore.prototype;
  IDBObjectStore.prototype.put = function (this: IDBObjectStore, ...value) {
    point();
    return put.apply(this, value);
  };
  IDBObjectStore.prototype.delete = function (this: IDBObjectStore, key) {
    point();
    return remove.call(this, key);
  };
  const { transaction } = IDBDatabase.prototype;
  IDBDatabase.prototype.transaction = function (this: IDBDatabase, ...what) {
    const begun = transaction.apply(this, what);
    if (what[1] === 'readwrite') begun.addEventListener('complete', point);
    return begun;
  };
}

/** Resolves when the page has come to its `stopAt`th write point from now on and the browser is dead. */
export async function killedAt(page: Page, profile: string, stopAt: number): Promise<void> {
  const context = page.context();
  let alive = true;
  const dead = new Promise<void>((resolve) => {
    context.once('close', () => {
      alive = false;
      resolve();
    });
  });
  await context.clearCookies();
  await page.evaluate((at) => {
    window.stopAt = window.writePoints + at;
  }, stopAt);
  const look = async (): Promise<void> => {
    // It may close while it is asked.
    const cookies = await context.cookies().catch(() => []);
    if (cookies.some(({ name }) => name === HERE)) kill(profile);
    else if (alive) setTimeout(() => void look(), OFTEN_MS);
  };
  void look();
  await dead;
}
