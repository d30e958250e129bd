/**
 * The master key under which everything at rest is sealed, and how it lies on the disk: sealed under what the browser
 * keeps (no lock), or under what only a person has (lock.ts), together with a slot that is overwritten in place when
 * that changes. So no older copy of a keyring opens anything, and a lock is set, changed or removed without sealing
 * anything else anew.
 *
 *   master ← sealed under H(X(slot, key), "wrap")      key: the browser's, a passphrase's, a passkey's
 *
 * Without a lock the browser's key is an AES key that it does not export. That is no protection from somebody who has
 * the device and the profile; the settings say so.
 */
import { equalBytes, utf8, wipe } from '../bytes.ts';
import { H, KDF } from '../crypto/kdf.ts';
import { sha256 } from '../crypto/primitives.ts';
import type { Random } from '../crypto/random.ts';
import { openRecord, sealRecord } from '../crypto/record.ts';
import { AuthError } from '../errors.ts';
import type { Secrets } from '../storage/secrets.ts';
import { StoreError, type Store, type Write } from '../storage/store.ts';
import { Problem } from './api.ts';
import { isLocked, isUsed, KEYRING } from './kept.ts';

export const KEY_BYTES = 32;
const CHECK_BYTES = 8;
/** Where it is tried whether the browser gives a CryptoKey back. */
const TRIAL = 'keyring trial';

/** A key that the browser keeps: wrapped by a CryptoKey, or, where a browser cannot store one, bare. */
type Guard =
  | {
      readonly kind: 'wrapped';
      readonly key: CryptoKey;
      readonly iv: Uint8Array;
      readonly wrapped: Uint8Array;
    }
  | { readonly kind: 'bare'; readonly secret: Uint8Array };

/** Where the secret lies without which a keyring opens nothing. */
export interface Place {
  readonly slot: number;
  /** Of the keyring before, and what it held in brief: to be destroyed, should that not have come to its end. */
  readonly before: { readonly slot: number; readonly check: Uint8Array } | null;
}

/** A keyring without a lock. What the first version wrote is read as well: a guard alone, of the master key itself. */
interface Unlocked extends Place {
  readonly kind: 'open';
  readonly guard: Guard;
  readonly sealed: Uint8Array;
}

/** The disk, as the one tab that may write to it. */
export interface Disk {
  readonly store: Store;
  /** What this tab has claimed, which `write` names. */
  readonly epoch: number;
  readonly write: (writes: readonly Write[]) => Promise<void>;
}

export interface KeyringOptions {
  readonly store: Store;
  readonly secrets: Secrets;
  readonly random: Random;
  /** The key of sealed records, where somebody has just opened the lock. */
  readonly unlocked?: Uint8Array | null;
}

/**
 * The key of sealed records: the one in the database, or a new one that `write` stores there first.
 * @throws Problem `storage-keyless` where something is kept whose key is gone: a new key would hide that.
 */
export async function openKeyring(
  { store, secrets, random, unlocked }: KeyringOptions,
  writing: Omit<Disk, 'store'>
): Promise<Uint8Array> {
  if (unlocked) return unlocked.slice();
  const stored = await store.meta(KEYRING);
  if (stored !== undefined) {
    await finish(placeOf(stored), writing.epoch, secrets);
    return recordKeyOf(await masterFrom(stored, secrets));
  }
  if (await isUsed(store)) throw new Problem('storage-keyless');
  const master = random(KEY_BYTES);
  await saveUnlocked(master, { store, ...writing }, { secrets, random });
  return recordKeyOf(master);
}

/** Puts a keyring without a lock in the place of the one that is there, which opens nothing any more then. */
export async function saveUnlocked(
  master: Uint8Array,
  disk: Disk,
  { secrets, random }: Pick<KeyringOptions, 'secrets' | 'random'>
): Promise<void> {
  const key = random(KEY_BYTES);
  const guard = await guardFor(key, disk, random);
  const { secret, ...place } = await newPlace(disk, secrets);
  const value: Unlocked = { kind: 'open', ...place, guard, sealed: sealMaster(master, key, secret, random) };
  await disk.write([
    { kind: 'put-meta', key: KEYRING, value },
    { kind: 'put-meta', key: TRIAL, value: null }
  ]);
  await finish(place, disk.epoch, secrets);
}

/** @throws Problem `storage-keyless`, and `storage-locked` where only a person can open it. */
export async function masterFrom(stored: unknown, secrets: Secrets): Promise<Uint8Array> {
  if (isLocked(stored)) throw new Problem('storage-locked');
  try {
    return await masterOf(stored, secrets);
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new Problem('storage-keyless');
  }
}

/** Of a master key, which is gone then. */
export function recordKeyOf(master: Uint8Array): Uint8Array {
  const key = H(master, 'rec', KEY_BYTES);
  wipe(master);
  return key;
}

/** A new slot, and what is to be destroyed when the keyring that names it is on the disk. */
export async function newPlace(
  { store, epoch }: Disk,
  secrets: Secrets
): Promise<Place & { readonly secret: Uint8Array }> {
  const now = placeOf(await store.meta(KEYRING));
  const held = now && (await secrets.read(now.slot));
  const { slot, bytes: secret } = await secrets.take(epoch, now?.slot ?? null);
  return { slot, secret, before: now && held ? { slot: now.slot, check: checkOf(held) } : null };
}

/** What is sealed under a key opens no more without the slot. */
export function sealMaster(
  master: Uint8Array,
  key: Uint8Array,
  secret: Uint8Array,
  random: Random
): Uint8Array {
  const wrapping = KDF(secret, key, 'wrap', KEY_BYTES);
  const sealed = sealRecord(wrapping, utf8(KEYRING), master, random);
  wipe(wrapping);
  return sealed;
}

/** @throws AuthError for any other key or slot: all of it or nothing. */
export function openMaster(sealed: Uint8Array, key: Uint8Array, secret: Uint8Array): Uint8Array {
  const wrapping = KDF(secret, key, 'wrap', KEY_BYTES);
  try {
    return openRecord(wrapping, utf8(KEYRING), sealed);
  } finally {
    wipe(wrapping);
  }
}

/** Destroys the slot of the keyring before: what was begun and not ended when the page went. */
export async function finish(place: Place | null, epoch: number, secrets: Secrets): Promise<void> {
  if (!place?.before) return;
  const held = await secrets.read(place.before.slot);
  // The slot may hold something else by now.
  if (held && equalBytes(checkOf(held), place.before.check)) await secrets.destroy(epoch, place.before.slot);
}

/** Some private windows accept a CryptoKey and give back nothing: believed is only what was read again. */
async function guardFor(key: Uint8Array, { store, write }: Disk, random: Random): Promise<Guard> {
  try {
    const guard = await wrap(key, random);
    await write([{ kind: 'put-meta', key: TRIAL, value: guard }]);
    const again = guardFrom(await store.meta(TRIAL));
    if (again && equalBytes(await unwrap(again), key)) return guard;
  } catch (error) {
    if (error instanceof StoreError) throw error;
    // No WebCrypto here, or no structured clone of a key.
  }
  return { kind: 'bare', secret: key };
}

async function wrap(secret: Uint8Array, random: Random): Promise<Guard> {
  const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, [
    'encrypt',
    'decrypt'
  ]);
  const iv = random(12);
  const wrapped = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: plain(iv) }, key, plain(secret));
  return { kind: 'wrapped', key, iv, wrapped: new Uint8Array(wrapped) };
}

async function unwrap(guard: Guard): Promise<Uint8Array> {
  if (guard.kind === 'bare') return guard.secret.slice();
  const { key, iv, wrapped } = guard;
  return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv: plain(iv) }, key, plain(wrapped)));
}

async function masterOf(stored: unknown, secrets: Secrets): Promise<Uint8Array> {
  const { kind, guard, sealed } = fieldsOf(stored);
  if (kind !== 'open') {
    const master = await unwrap(guardFrom(stored) ?? fail());
    return master.length === KEY_BYTES ? master : fail();
  }
  const place = placeOf(stored) ?? fail();
  const [key, secret] = [await unwrap(guardFrom(guard) ?? fail()), await secrets.read(place.slot)];
  return openMaster(bytes(sealed) ?? fail(), key, secret ?? fail());
}

function guardFrom(value: unknown): Guard | null {
  const { kind, key, iv, wrapped, secret } = fieldsOf(value);
  if (kind === 'bare' && secret instanceof Uint8Array && secret.length === KEY_BYTES) return { kind, secret };
  const isKey = typeof CryptoKey !== 'undefined' && key instanceof CryptoKey;
  if (kind !== 'wrapped' || !isKey || !(iv instanceof Uint8Array) || !(wrapped instanceof Uint8Array))
    return null;
  return { kind, key, iv, wrapped };
}

/** null: a keyring of the first version has none, and garbage has none that can be used. */
export function placeOf(stored: unknown): Place | null {
  const { slot, before } = fieldsOf(stored);
  if (!isSlot(slot)) return null;
  const { slot: earlier, check } = fieldsOf(before);
  return { slot, before: isSlot(earlier) && check instanceof Uint8Array ? { slot: earlier, check } : null };
}

function isSlot(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

/** The properties of whatever lies on the disk. */
export function fieldsOf(value: unknown): Partial<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? value : {};
}

function bytes(value: unknown): Uint8Array | null {
  return value instanceof Uint8Array ? value : null;
}

function checkOf(secret: Uint8Array): Uint8Array {
  return sha256(secret).slice(0, CHECK_BYTES);
}

function fail(): never {
  throw new AuthError();
}

/** WebCrypto's types want a buffer that is not shared; ours never are. */
function plain(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(bytes);
}
