/** The key file in memory: for tests. */
import { createIn, overwriteAll, parseFile, writeIn, type KeyFile, type OpenFile } from './key-file.ts';

/** What lies on the disk; two key files on one state are two tabs of one browser. null: there is no file. */
export interface MemoryFile {
  bytes: Uint8Array | null;
}

export function openMemoryKeyFile(state: MemoryFile = { bytes: null }): KeyFile {
  const when = <T>(work: () => T): Promise<T> => Promise.resolve().then(work);
  return {
    read: () => when(() => (state.bytes === null ? null : parseFile(state.bytes))),
    create: (epoch, contents) =>
      when(() => {
        state.bytes = new Uint8Array(0);
        createIn(handleOf(state), epoch, contents);
      }),
    write: (epoch, runs) => {
      // Cloned now, as on the way to a worker.
      const cloned = runs.map(({ at, bytes }) => ({ at, bytes: bytes.slice() }));
      return when(() => {
        writeIn(handleOf(state), epoch, cloned);
      });
    },
    destroy: () =>
      when(() => {
        overwriteAll(handleOf(state), (length) => new Uint8Array(length));
        state.bytes = null;
      })
  };
}

function handleOf(state: MemoryFile): OpenFile {
  const bytes = (): Uint8Array => state.bytes ?? new Uint8Array(0);
  return {
    getSize: () => bytes().length,
    read(to, { at }) {
      const found = bytes().subarray(at, at + to.length);
      to.set(found);
      return found.length;
    },
    write(from, { at }) {
      const end = Math.max(bytes().length, at + from.length);
      // Replaced, never changed: an image of this disk keeps what it had.
      const next = new Uint8Array(end);
      next.set(bytes());
      next.set(from, at);
      state.bytes = next;
      return from.length;
    },
    truncate(size) {
      const next = new Uint8Array(size);
      next.set(bytes().subarray(0, size));
      state.bytes = next;
    },
    flush: () => undefined
  };
}
