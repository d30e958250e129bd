/**
 * The master key under which everything at rest is sealed. It is wrapped by an AES key that the browser keeps and
 * does not export: whoever copies the files needs the browser's own key store as well. Without an app lock this is no
 * protection from somebody who has the device and the profile; the settings say so.
 */
import { equalBytes, wipe } from '../bytes.ts';
import { H } from '../crypto/kdf.ts';
import type { Random } from '../crypto/random.ts';
import { StoreError, type Store, type Write } from '../storage/store.ts';
import { Problem } from './api.ts';
import { isUsed, KEYRING } from './kept.ts';

const KEY_BYTES = 32;

/** What the database holds: the wrapped key with its CryptoKey, or, where a browser cannot store one, the bare key. */
type Stored =
  | {
      readonly kind: 'wrapped';
      readonly key: CryptoKey;
      readonly iv: Uint8Array;
      readonly wrapped: Uint8Array;
    }
  | { readonly kind: 'bare'; readonly secret: Uint8Array };

/**
 * The key of sealed records: the one in the database, or a new one that `write` stores there first.
 * @throws Problem `storage-keyless` where something is kept whose key is gone: a new key would hide that.
 */
export async function openKeyring(
  store: Store,
  random: Random,
  write: (writes: readonly Write[]) => Promise<void>
): Promise<Uint8Array> {
  const stored = await store.meta(KEYRING);
  if (stored !== undefined) return keyFrom(stored);
  if (await isUsed(store)) throw new Problem('storage-keyless');
  return recordKey(await create(store, random(KEY_BYTES), random, write));
}

/** The key that what lies in the database as its keyring gives. @throws Problem `storage-keyless` */
export async function keyFrom(stored: unknown): Promise<Uint8Array> {
  const keyring = parse(stored);
  const master = keyring && (await unwrap(keyring).catch(() => null));
  if (!master) throw new Problem('storage-keyless');
  return recordKey(master);
}

function recordKey(master: Uint8Array): Uint8Array {
  const key = H(master, 'rec', KEY_BYTES);
  wipe(master);
  return key;
}

async function create(
  store: Store,
  master: Uint8Array,
  random: Random,
  write: (writes: readonly Write[]) => Promise<void>
): Promise<Uint8Array> {
  const save = (value: Stored): Promise<void> => write([{ kind: 'put-meta', key: KEYRING, value }]);
  try {
    await save(await wrap(master, random));
    // Some private windows accept a CryptoKey and give back nothing: believe only what was read again.
    const again = parse(await store.meta(KEYRING));
    if (again && equalBytes(await unwrap(again), master)) return master;
  } catch (error) {
    if (error instanceof StoreError) throw error;
    // No WebCrypto here, or no structured clone of a key.
  }
  await save({ kind: 'bare', secret: master.slice() });
  return master;
}

async function wrap(master: Uint8Array, random: Random): Promise<Stored> {
  const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, [
    'encrypt',
    'decrypt'
  ]);
  const iv = random(12);
  const wrapped = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: plain(iv) }, key, plain(master));
  return { kind: 'wrapped', key, iv, wrapped: new Uint8Array(wrapped) };
}

async function unwrap(stored: Stored): Promise<Uint8Array> {
  if (stored.kind === 'bare') return stored.secret.slice();
  const { key, iv, wrapped } = stored;
  return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv: plain(iv) }, key, plain(wrapped)));
}

function parse(value: unknown): Stored | null {
  if (typeof value === 'object' && value !== null) {
    const { kind, key, iv, wrapped, secret } = value as Partial<Record<string, unknown>>;
    if (kind === 'bare' && secret instanceof Uint8Array && secret.length === KEY_BYTES)
      return { kind, secret };
    const isKey = typeof CryptoKey !== 'undefined' && key instanceof CryptoKey;
    if (kind === 'wrapped' && isKey && iv instanceof Uint8Array && wrapped instanceof Uint8Array) {
      return { kind, key, iv, wrapped };
    }
  }
  return null;
}

/** WebCrypto's types want a buffer that is not shared; ours never are. */
function plain(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(bytes);
}
