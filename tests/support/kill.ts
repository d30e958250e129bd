/** Kills a real browser at a chosen write to its database: SIGKILL for every process of it, as from outside. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Page } from 'playwright/test';

/** A page asks for this address, and waits for ever: its browser is killed meanwhile. */
const HERE = '/killed-here';

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
export function countWrites(address: string): void {
  window.writePoints = 0;
  window.stopAt = Infinity;
  const point = (): void => {
    if (++window.writePoints !== window.stopAt) return;
    // Nothing of this page runs until there is an answer, which never comes.
    const request = new XMLHttpRequest();
    request.open('GET', address, false);
    request.send();
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

/** Resolves when the page has come to its `stopAt`th write point and the browser is dead. */
export async function killedAt(page: Page, profile: string, stopAt: number): Promise<void> {
  const dead = new Promise<void>((resolve) => {
    page.context().once('close', () => {
      resolve();
    });
  });
  await page.route(`**${HERE}`, () => {
    kill(profile);
  });
  await page.evaluate((at) => {
    window.stopAt = window.writePoints + at;
  }, stopAt);
  await dead;
}

export const KILL_ADDRESS = HERE;
