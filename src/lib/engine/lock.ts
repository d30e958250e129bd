/**
 * A locked keyring: the master key, sealed once for each thing that opens it. There are always the same three seals of
 * the same size, whatever is set: where something is not, its seal is made with a key that nobody has. So the disk does
 * not tell whether there is a second passphrase, and nor does the app when it is open: it does not know.
 *
 * The keys themselves are kept under the master key, so that one of them can be changed, and all of it sealed with a
 * new slot, by somebody who has shown another. What is sealed for panic holds a key of nothing.
 */
import { concat, utf8, wipe } from '../bytes.ts';
import { H } from '../crypto/kdf.ts';
import type { ScryptCost } from '../crypto/primitives.ts';
import type { Random } from '../crypto/random.ts';
import { openRecord, sealRecord } from '../crypto/record.ts';
import { AuthError } from '../errors.ts';
import { fieldsOf, KEY_BYTES, openMaster, placeOf, sealMaster, type Place } from './keyring.ts';

const SALT_BYTES = 16;
const WAYS = ['passphrase', 'panic', 'passkey'] as const;
export type Way = (typeof WAYS)[number];

/** What new locks cost to try: 128 MiB and half a second; and what is believed of those on the disk. */
export const COST: ScryptCost = { n: 2 ** 17, r: 8, p: 1 };
const LEAST_N = 2 ** 15;
const MOST_N = 2 ** 18;

/** What a passphrase is stretched with. A passkey is given the salt as well. */
export interface Stretching extends ScryptCost {
  readonly salt: Uint8Array;
}

/** What only a person has, of each way; random where there is no such way. */
export type WayKeys = Readonly<Record<Way, Uint8Array>>;

export interface Locked extends Place {
  readonly kind: 'locked';
  readonly stretching: Stretching;
  /** Whether there is a passphrase. */
  readonly passphrase: boolean;
  /** The passkey's name, as the authenticator knows it. */
  readonly passkey: Uint8Array | null;
  readonly seals: WayKeys;
  /** The keys of all ways, under the master key. */
  readonly keys: Uint8Array;
}

export function newStretching(random: Random): Stretching {
  return { ...COST, salt: random(SALT_BYTES) };
}

export function randomKeys(random: Random): WayKeys {
  return { passphrase: random(KEY_BYTES), panic: random(KEY_BYTES), passkey: random(KEY_BYTES) };
}

interface Locking {
  readonly master: Uint8Array;
  readonly keys: WayKeys;
  readonly place: Place & { readonly secret: Uint8Array };
  readonly random: Random;
}

export function locked(
  known: Pick<Locked, 'stretching' | 'passphrase' | 'passkey'>,
  { master, keys, place: { secret, ...place }, random }: Locking
): Locked {
  const nothing = random(KEY_BYTES);
  const seal = (way: Way, held: Uint8Array): Uint8Array => sealMaster(held, keys[way], secret, random);
  const all = concat(...WAYS.map((way) => keys[way]));
  const keyring: Locked = {
    kind: 'locked',
    ...place,
    ...known,
    seals: {
      passphrase: seal('passphrase', master),
      panic: seal('panic', nothing),
      passkey: seal('passkey', master)
    },
    keys: sealRecord(keyOfKeys(master), utf8('keyring/keys'), all, random)
  };
  wipe(all, nothing);
  return keyring;
}

/** null: this key opens this way's seal not at all. @throws nothing else: a wrong key gives no byte. */
export function openWay(keyring: Locked, way: Way, key: Uint8Array, secret: Uint8Array): Uint8Array | null {
  try {
    return openMaster(keyring.seals[way], key, secret);
  } catch (error) {
    if (error instanceof AuthError) return null;
    throw error;
  }
}

/** @throws AuthError */
export function keysOf({ keys }: Locked, master: Uint8Array): WayKeys {
  const all = openRecord(keyOfKeys(master), utf8('keyring/keys'), keys);
  if (all.length !== WAYS.length * KEY_BYTES) throw new AuthError();
  const [passphrase, panic, passkey] = WAYS.map((_, i) => all.slice(i * KEY_BYTES, (i + 1) * KEY_BYTES));
  if (!passphrase || !panic || !passkey) throw new AuthError();
  return { passphrase, panic, passkey };
}

/** null: garbage, or a cost that would hang the browser or make a lock of paper. */
export function lockedFrom(value: unknown): Locked | null {
  const { kind, stretching, passphrase, passkey, seals, keys } = fieldsOf(value);
  const place = placeOf(value);
  const { n, r, p, salt } = fieldsOf(stretching);
  const sealed = fieldsOf(seals);
  if (kind !== 'locked' || !place || !(keys instanceof Uint8Array)) return null;
  if (!isCost(n) || r !== COST.r || p !== COST.p || !(salt instanceof Uint8Array)) return null;
  if (salt.length !== SALT_BYTES || typeof passphrase !== 'boolean') return null;
  if (passkey !== null && !(passkey instanceof Uint8Array)) return null;
  if (!isBytes(sealed.passphrase) || !isBytes(sealed.panic) || !isBytes(sealed.passkey)) return null;
  return {
    ...place,
    kind,
    stretching: { n, r, p, salt },
    passphrase,
    passkey,
    seals: { passphrase: sealed.passphrase, panic: sealed.panic, passkey: sealed.passkey },
    keys
  };
}

function isCost(n: unknown): n is number {
  return (
    Number.isInteger(n) &&
    Number(n) >= LEAST_N &&
    Number(n) <= MOST_N &&
    Number.isInteger(Math.log2(Number(n)))
  );
}

function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array;
}

function keyOfKeys(master: Uint8Array): Uint8Array {
  return H(master, 'wrap', KEY_BYTES);
}
