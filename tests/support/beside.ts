import { openBackup, sealBackup } from '../../src/lib/backup/age.ts';
/** What a browser has beside its database; in memory there is none of it. */
import { StoreError } from '../../src/lib/storage/store.ts';

export const BESIDE_THE_STORE = {
  readRemains: () => Promise.reject(new StoreError('closed')),
  durability: {
    facts: () => Promise.resolve({ persisted: null, used: null, available: null }),
    persist: () => Promise.resolve(false),
    askOnce: () => undefined,
    leaveTrace: () => undefined,
    wasKept: () => false
  },
  /** As the worker does it, with next to no work for a passphrase. */
  backupCipher: () =>
    Promise.resolve({
      seal: (plain: Uint8Array, passphrase: string) => sealBackup(plain, passphrase, 1),
      open: openBackup
    }),
  erase: () => Promise.resolve(),
  keyFile: null
};
