/**
 * The key file in the origin private file system. Reading needs no worker, so that a start waits for none; the worker that
 * writes (key-file.worker.ts) comes with the first need for it.
 */
import { parseFile, type KeyFile, type KeyFileContents, type Run } from './key-file.ts';
import { StoreError, type StoreErrorCode } from './store.ts';

export const KEY_FILE_NAME = 'aparte-keys';
/**
 * In a private window Chromium loses the files of an origin, though not its databases, when nobody has asked for one of
 * them for ten minutes: whoever said nothing for so long, and reloaded, had no keys any more. Seen in a bare page: a file was gone
 * after eleven minutes, and one that was asked for like this was there.
 */
const ASK_AGAIN_MS = 4 * 60_000;
/** Some browsers give no file that somebody writes; nobody writes for long. */
const TRIES = 10;
const PAUSE_MS = 20;

export type Question =
  | {
      readonly kind: 'create';
      readonly name: string;
      readonly epoch: number;
      readonly contents: KeyFileContents;
    }
  | { readonly kind: 'write'; readonly name: string; readonly epoch: number; readonly runs: readonly Run[] }
  | { readonly kind: 'destroy'; readonly name: string };

export interface Asked {
  readonly id: number;
  readonly question: Question;
}

export interface Answer {
  readonly id: number;
  readonly error: StoreErrorCode | null;
}

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: StoreError) => void;
}

/** null: this browser has no such file system. Whether its files can be overwritten shows when one is created. */
export function openOpfsKeyFile(startWorker: () => Worker, name: string = KEY_FILE_NAME): KeyFile | null {
  if (typeof (navigator.storage as Partial<StorageManager> | undefined)?.getDirectory !== 'function')
    return null;
  let worker: Worker | null = null;
  let asked = 0;
  const waiting = new Map<number, Waiting>();
  const started = (): Worker => {
    const begun = startWorker();
    let loaded = false;
    begun.addEventListener('message', ({ data: { id, error } }: MessageEvent<Answer>) => {
      const one = waiting.get(id);
      waiting.delete(id);
      loaded = true;
      if (error === null) one?.resolve();
      else one?.reject(new StoreError(error));
    });
    // Most likely its script could not be loaded: there may be a network the next time.
    begun.addEventListener('error', () => {
      worker = null;
      begun.terminate();
      for (const { reject } of waiting.values()) reject(new StoreError(loaded ? 'closed' : 'not-loaded'));
      waiting.clear();
    });
    return begun;
  };
  const handle = async (): Promise<FileSystemFileHandle> =>
    (await navigator.storage.getDirectory()).getFileHandle(name);
  setInterval(() => void handle().catch(() => undefined), ASK_AGAIN_MS);
  const ask = (question: Question): Promise<void> =>
    new Promise((resolve, reject) => {
      worker ??= started();
      const id = asked++;
      waiting.set(id, { resolve, reject });
      worker.postMessage({ id, question } satisfies Asked);
    });
  return {
    async read() {
      for (let tries = 1; ; tries++) {
        try {
          const file = await (await handle()).getFile();
          return parseFile(new Uint8Array(await file.arrayBuffer()));
        } catch (error) {
          // Only this is no file. Any other is one whose keys are there.
          if (error instanceof Error && error.name === 'NotFoundError') return null;
          if (tries === TRIES) throw new StoreError('closed');
          await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * tries));
        }
      }
    },
    create: (epoch, contents) => ask({ kind: 'create', name, epoch, contents }),
    write: (epoch, runs) => ask({ kind: 'write', name, epoch, runs }),
    destroy: () => ask({ kind: 'destroy', name })
  };
}
