/**
 * Runs in a page of the app's own origin, beside the app: what it costs to keep one message, beside a bare put of as many
 * bytes. One after the other, in turns, so that a busy disk is slow for both.
 */
import { append } from '../../src/lib/conversation/log.ts';
import { beginLog } from '../../src/lib/conversation/own-logs.ts';
import { LOG_ID_BYTES } from '../../src/lib/wire/content.ts';
import { openVault, textOf } from './seed-history.ts';

export { seedHistory } from './seed-history.ts';

const BARE = 'aparte-bare';

export interface Writes {
  /** Sealing alone, which is the processor's; keeping it, with all that goes with it; the bare put. Milliseconds. */
  readonly seal: number[];
  readonly keep: number[];
  readonly bare: number[];
}

export async function compareWrites(count: number, writer: string): Promise<Writes> {
  const { vault, close } = await openVault(writer);
  const [found] = await vault.conversations();
  if (!found) throw new Error('no conversation');
  let conversation = beginLog(found, crypto.getRandomValues(new Uint8Array(LOG_ID_BYTES)));
  const bare = await openBare();
  const times: Writes = { seal: [], keep: [], bare: [] };
  for (let number = 1; number <= count; number++) {
    const now = Date.now();
    const change = append(conversation, { kind: 'text', text: textOf(number) }, 0, now);
    const start = performance.now();
    const writes = vault.changeWrites(change, conversation);
    times.seal.push(performance.now() - start);
    await vault.write(writes);
    times.keep.push(performance.now() - start);
    ({ conversation } = change);
    const bytes = writes.reduce((sum, write) => sum + sizeOf(write), 0);
    const begun = performance.now();
    await putBare(bare, { number, bytes: new Uint8Array(bytes) });
    times.bare.push(performance.now() - begun);
  }
  bare.close();
  indexedDB.deleteDatabase(BARE);
  close();
  return times;
}

function sizeOf(write: object): number {
  const inside = 'row' in write ? write.row : 'record' in write ? write.record : null;
  const sealed = typeof inside === 'object' && inside && 'sealed' in inside ? inside.sealed : null;
  return sealed instanceof Uint8Array ? sealed.length : 0;
}

function openBare(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(BARE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore('rows', { keyPath: 'number' });
    request.onsuccess = () => {
      resolve(request.result);
    };
    request.onerror = () => {
      reject(new Error('no database'));
    };
  });
}

/** As durable as what it is compared with. */
function putBare(database: IDBDatabase, value: object): Promise<void> {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction('rows', 'readwrite', { durability: 'strict' });
    transaction.objectStore('rows').put(value);
    transaction.oncomplete = () => {
      resolve();
    };
    transaction.onabort = () => {
      reject(new Error('not put'));
    };
  });
}
