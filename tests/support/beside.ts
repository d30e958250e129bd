import { openBackup, sealBackup } from '../../src/lib/backup/age.ts';
/** What a browser has beside its database; in memory there is none of it. */
import { utf8 } from '../../src/lib/bytes.ts';
import { hmacSha256 } from '../../src/lib/crypto/primitives.ts';
import type { Passkeys, Stretch } from '../../src/lib/engine/app-lock.ts';
import { StoreError } from '../../src/lib/storage/store.ts';

/** A key of its own for each passphrase, and no work: the browser's worker does that (e2e/lock.spec.ts). */
const stretch: Stretch = (passphrase, { salt }) => Promise.resolve(hmacSha256(salt, utf8(passphrase)));

/** An authenticator that nobody has to touch: its secret is the passkey's name. */
const passkeys: Passkeys = {
  work: () => Promise.resolve(true),
  create: async (salt) => {
    const id = crypto.getRandomValues(new Uint8Array(16));
    return { id, key: await passkeys.use(id, salt) };
  },
  use: (id, salt) => Promise.resolve(hmacSha256(id, salt))
};

export const BESIDE_THE_STORE = {
  readRemains: () => Promise.reject(new StoreError('closed')),
  durability: {
    facts: () => Promise.resolve({ persisted: null, used: null, available: null }),
    persist: () => Promise.resolve(false),
    askOnce: () => undefined,
    leaveTrace: () => undefined,
    wasKept: () => false
  },
  lockFile: null,
  stretch,
  passkeys,
  reload: () => undefined,
  eraseData: () => Promise.resolve(),
  /** As the worker does it, with next to no work for a passphrase. */
  backupCipher: () =>
    Promise.resolve({
      seal: (plain: Uint8Array, passphrase: string) => sealBackup(plain, passphrase, 1),
      open: openBackup
    }),
  erase: () => Promise.resolve(),
  keyFile: null
};
