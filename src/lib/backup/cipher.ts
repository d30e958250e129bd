/** The port to what seals and opens backups; in-worker.ts is its adapter. */
import type { BackupErrorCode } from './error.ts';

/** The bytes that are handed in are used up. */
export interface BackupCipher {
  readonly seal: (plain: Uint8Array, passphrase: string) => Promise<Uint8Array>;
  /** @throws BackupError */
  readonly open: (file: Uint8Array, passphrase: string) => Promise<Uint8Array>;
}

/** What the worker is asked. */
export interface CipherRequest {
  readonly kind: 'seal' | 'open';
  readonly bytes: Uint8Array;
  readonly passphrase: string;
}

/** What it answers; a failure without a code is a fault of ours, or no memory. */
export type CipherAnswer = { readonly bytes: Uint8Array } | { readonly failure: BackupErrorCode | null };
