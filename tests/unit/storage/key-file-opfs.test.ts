import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openMemoryKeyFile } from '../../../src/lib/storage/key-file-memory.ts';
import { openOpfsKeyFile } from '../../../src/lib/storage/key-file-opfs.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const contents = { id: new Uint8Array(16).fill(1), slots: new Uint8Array(64).fill(2) };

/** The file system of a browser in which a key file lies, and that throws these one after the other. */
async function fileThatThrows(...names: string[]) {
  const disk = { bytes: null as Uint8Array | null };
  await openMemoryKeyFile(disk).create(1, contents);
  const reads = { count: 0 };
  const getFile = (): Promise<Blob> => {
    const name = names[reads.count++];
    if (name !== undefined) return Promise.reject(new DOMException('no', name));
    return Promise.resolve(new Blob([Uint8Array.from(disk.bytes ?? [])]));
  };
  const folder = { getFileHandle: () => Promise.resolve({ getFile }) };
  vi.stubGlobal('navigator', { storage: { getDirectory: () => Promise.resolve(folder) } });
  const file = openOpfsKeyFile(() => {
    throw new Error('nothing is written here');
  });
  if (!file) throw new Error('no file system');
  return { file, reads };
}

test('no file is no keys, and that is said at once', async () => {
  const { file, reads } = await fileThatThrows('NotFoundError');
  expect(await file.read()).toBeNull();
  expect(reads.count).toBe(1);
});

test.each(['NotReadableError', 'NoModificationAllowedError', 'InvalidStateError'])(
  'a file that somebody writes just now is read again: %s',
  async (name) => {
    const { file } = await fileThatThrows(name, name);
    const read = file.read();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await read).toEqual(contents);
  }
);

test('a file that cannot be read is not a file that is gone', async () => {
  const { file, reads } = await fileThatThrows(...Array<string>(100).fill('NotReadableError'));
  const refused = expect(file.read()).rejects.toMatchObject({ name: 'StoreError', code: 'closed' });
  await vi.advanceTimersByTimeAsync(5_000);
  await refused;
  expect(reads.count).toBeLessThan(20);
});

/** A worker whose script comes when there is a network. */
class Script extends EventTarget {
  static loads = true;
  static terminated = 0;

  postMessage({ id }: { readonly id: number }): void {
    const event = Script.loads
      ? new MessageEvent('message', { data: { id, error: null } })
      : new Event('error');
    queueMicrotask(() => this.dispatchEvent(event));
  }

  terminate(): void {
    Script.terminated++;
  }
}

test('a script that did not come is not a broken storage, and is asked for again', async () => {
  vi.stubGlobal('navigator', { storage: { getDirectory: () => Promise.reject(new Error('not read here')) } });
  const file = openOpfsKeyFile(() => new Script() as unknown as Worker);
  Script.loads = false;
  await expect(file?.create(1, contents)).rejects.toMatchObject({ code: 'not-loaded' });
  expect(Script.terminated).toBe(1);
  Script.loads = true;
  await file?.create(1, contents);
  // One that has come, and fails, is another matter.
  Script.loads = false;
  await expect(file?.write(1, [])).rejects.toMatchObject({ code: 'closed' });
});
