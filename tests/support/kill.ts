/** Kills a real browser at a chosen write to its database or its key file: SIGKILL for every process of it, as from outside. */
/* eslint-disable @typescript-eslint/unbound-method -- the browser's methods, called with the object that they are of */
import { readdirSync, readFileSync } from 'node:fs';
import type { BrowserContext, Page } from 'playwright/test';

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
    /** And those of the worker that writes the key file. */
    filePoints: number;
    stopFileAt: (point: number) => void;
  }
}

/** Where a page can be stopped: in its own script, or in the worker that writes the key file. */
export type Where = 'page' | 'file';

/**
 * From now on the page counts its write points: before every put and delete, where a commit is on disk and nobody has
 * heard of it yet, before the key file's worker is asked and where it has answered and nobody has heard of it yet. At the
 * `stopAt`th it does not go on.
 */
export function countWrites(): void {
  window.writePoints = 0;
  window.stopAt = Infinity;
  const stop = (): void => {
    document.cookie = 'write-point=reached';
    // Nothing of this page runs any more.
    for (;;);
  };
  const point = (): void => {
    if (++window.writePoints === window.stopAt) stop();
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
  window.filePoints = 0;
  let fileStop = Infinity;
  const writers: Worker[] = [];
  const { postMessage } = Worker.prototype;
  window.stopFileAt = (at) => {
    fileStop = at;
    for (const worker of writers) postMessage.call(worker, { stopAt: at });
  };
  window.Worker = class extends Worker {
    constructor(...what: ConstructorParameters<typeof Worker>) {
      super(...what);
      if (!String(what[0]).includes('key-file.worker')) return;
      writers.push(this);
      postMessage.call(this, { stopAt: fileStop });
      this.addEventListener('message', (event: MessageEvent<{ point?: 'passed' | 'reached' }>) => {
        if (event.data.point === undefined) point();
        else event.stopImmediatePropagation();
        if (event.data.point === 'passed') window.filePoints++;
        if (event.data.point === 'reached') stop();
      });
    }
    override postMessage(...what: unknown[]) {
      point();
      postMessage.apply(this, what as Parameters<typeof postMessage>);
    }
  };
}

/**
 * The worker that writes the key file has write points from now on: before each write to it, before what was written is
 * flushed, and before the file is closed. Of a context without a service worker, which would answer for it.
 */
export async function countFileWrites(context: BrowserContext): Promise<void> {
  await context.route(/key-file\.worker[^/]*\.js$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `(${inWorker.toString()})();${await response.text()}` });
  });
}

function inWorker(): void {
  let left = Infinity;
  self.addEventListener('message', (event: MessageEvent<{ stopAt?: number }>) => {
    if (event.data.stopAt === undefined) return;
    event.stopImmediatePropagation();
    left = event.data.stopAt;
  });
  const point = (): void => {
    const reached = --left === 0;
    self.postMessage({ point: reached ? 'reached' : 'passed' });
    // Nothing of this worker runs any more.
    while (reached);
  };
  type Method = (...what: unknown[]) => unknown;
  const { prototype: handles } = Reflect.get(self, 'FileSystemSyncAccessHandle') as {
    prototype: Record<'write' | 'flush' | 'close', Method>;
  };
  for (const name of ['write', 'flush', 'close'] as const) {
    const method = handles[name];
    handles[name] = function (this: unknown, ...what) {
      point();
      return method.apply(this, what);
    };
  }
}

/** Resolves when the page has come to its `stopAt`th write point from now on and the browser is dead. */
export async function killedAt(
  page: Page,
  profile: string,
  stopAt: number,
  where: Where = 'page'
): Promise<void> {
  const context = page.context();
  let alive = true;
  const dead = new Promise<void>((resolve) => {
    context.once('close', () => {
      alive = false;
      resolve();
    });
  });
  await context.clearCookies();
  await page.evaluate(
    ([at, where]) => {
      if (where === 'page') window.stopAt = window.writePoints + at;
      else window.stopFileAt(at);
    },
    [stopAt, where] as const
  );
  const look = async (): Promise<void> => {
    // It may close while it is asked.
    const cookies = await context.cookies().catch(() => []);
    if (cookies.some(({ name }) => name === HERE)) kill(profile);
    else if (alive) setTimeout(() => void look(), OFTEN_MS);
  };
  void look();
  await dead;
}
