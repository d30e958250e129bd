/** Seals and opens backups beside the page: neither the second that a passphrase takes nor the rest of it is felt there. */
/// <reference lib="webworker" />
import { openBackup, sealBackup } from './age.ts';
import type { CipherAnswer, CipherRequest } from './cipher.ts';
import { BackupError } from './error.ts';

declare const self: DedicatedWorkerGlobalScope;

self.addEventListener('message', ({ data }: MessageEvent<CipherRequest>) => {
  void answer(data);
});

async function answer({ kind, bytes, passphrase }: CipherRequest): Promise<void> {
  const tell = (answered: CipherAnswer, ...moved: ArrayBufferLike[]): void => {
    self.postMessage(answered, moved as ArrayBuffer[]);
  };
  try {
    const done = await (kind === 'seal' ? sealBackup : openBackup)(bytes, passphrase);
    tell({ bytes: done }, done.buffer);
  } catch (error) {
    tell({ failure: error instanceof BackupError ? error.code : null });
  }
}
