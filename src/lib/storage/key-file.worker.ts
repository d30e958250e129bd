/**
 * Writes the key file: only a worker may overwrite a file of the origin private file system in place. The file is open
 * for one piece of work alone, so that a page that stands still holds nothing that another needs.
 */
/// <reference lib="webworker" />
import { createIn, overwriteAll, writeIn, type OpenFile } from './key-file.ts';
import type { Answer, Asked, Question } from './key-file-opfs.ts';
import { StoreError, type StoreErrorCode } from './store.ts';

declare const self: DedicatedWorkerGlobalScope;

/** crypto.getRandomValues gives no more at once. */
const NOISE_BYTES = 65_536;
/** Another tab may have it open; nobody has it open for long. */
const TRIES = 40;
const PAUSE_MS = 5;

self.addEventListener('message', ({ data: { id, question } }: MessageEvent<Asked>) => {
  const answer = (error: StoreErrorCode | null): void => {
    self.postMessage({ id, error } satisfies Answer);
  };
  perform(question).then(
    () => {
      answer(null);
    },
    (error: unknown) => {
      answer(codeOf(error));
    }
  );
});

async function perform(question: Question): Promise<void> {
  const folder = await navigator.storage.getDirectory();
  switch (question.kind) {
    case 'create':
      return opened(await folder.getFileHandle(question.name, { create: true }), (file) => {
        createIn(file, question.epoch, question.contents);
      });
    case 'write':
      return opened(await folder.getFileHandle(question.name), (file) => {
        writeIn(file, question.epoch, question.runs);
      });
    case 'destroy': {
      const handle = await folder.getFileHandle(question.name).catch(() => null);
      if (!handle) return;
      await opened(handle, (file) => {
        overwriteAll(file, noise);
      });
      await folder.removeEntry(question.name);
    }
  }
}

async function opened(handle: FileSystemFileHandle, work: (file: OpenFile) => void): Promise<void> {
  const file = await openHandle(handle);
  try {
    work(file);
  } finally {
    file.close();
  }
}

async function openHandle(handle: FileSystemFileHandle): Promise<FileSystemSyncAccessHandle> {
  for (let tries = 1; ; tries++) {
    try {
      return await handle.createSyncAccessHandle();
    } catch (error) {
      if (tries === TRIES || nameOf(error) !== 'NoModificationAllowedError') throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * tries));
    }
  }
}

function noise(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += NOISE_BYTES)
    crypto.getRandomValues(bytes.subarray(at, at + NOISE_BYTES));
  return bytes;
}

/** `unavailable`: no such file system here, or none whose files can be overwritten. */
const REASONS: Readonly<Record<string, StoreErrorCode>> = {
  QuotaExceededError: 'full',
  NotFoundError: 'damaged',
  NoModificationAllowedError: 'blocked',
  TypeError: 'unavailable',
  SecurityError: 'unavailable',
  UnknownError: 'unavailable'
};

function codeOf(error: unknown): StoreErrorCode {
  return error instanceof StoreError ? error.code : (REASONS[nameOf(error)] ?? 'closed');
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}
