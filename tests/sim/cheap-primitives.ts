/**
 * Stands in for crypto/primitives.ts in the simulator: same names, same lengths, the same algebra (both sides of a DH
 * or KEM agree, a seal opens only with its key, nonce and associated data), and no secrecy at all. The schedules are
 * about what is lost, doubled or revived; a hundred thousand of them with real cryptography would take days.
 * `--crypto real` runs the same schedules with the real file.
 */
import { concat } from '../../src/lib/bytes.ts';
import { AuthError, UsageError } from '../../src/lib/errors.ts';
import type * as Primitives from '../../src/lib/crypto/primitives.ts';

export const KEY_BYTES = 32;
export const TAG_BYTES = 16;
export const XNONCE_BYTES = 24;
export const KEM_PUBLIC_KEY_BYTES = 1184;
export const KEM_CIPHERTEXT_BYTES = 1088;
export const KEM_SEED_BYTES = 64;
export const KEM_M_BYTES = 32;

export const generateKeyPair: typeof Primitives.generateKeyPair = (random) => keyPairFrom(random(KEY_BYTES));

export const keyPairFrom: typeof Primitives.keyPairFrom = (secretKey) => ({
  secretKey,
  publicKey: times(secretKey, GENERATOR)
});

export const dh: typeof Primitives.dh = times;

export const sha256: typeof Primitives.sha256 = (...parts) => digest(1, parts);
export const sha512: typeof Primitives.sha512 = (...parts) => concat(digest(2, parts), digest(3, parts));
export const hmacSha256: typeof Primitives.hmacSha256 = (key, ...parts) =>
  digest(4 + key.length, [key, ...parts]);
export const SHA256: Primitives.HashFunction = { name: 'SHA256', hash: sha256, hmac: hmacSha256 };

export const chachaSeal: typeof Primitives.chachaSeal = (key, nonce, ad, text) => {
  const out = new Uint8Array(text.length + TAG_BYTES);
  out.set(text);
  out.set(tag(key, nonce, ad, text.length), text.length);
  return out;
};

export const chachaOpen: typeof Primitives.chachaOpen = (key, nonce, ad, sealed) => {
  const length = sealed.length - TAG_BYTES;
  if (length < 0) throw new AuthError();
  const expected = tag(key, nonce, ad, length);
  for (let i = 0; i < TAG_BYTES; i++) if (sealed[length + i] !== expected[i]) throw new AuthError();
  return sealed.slice(0, length);
};

export const xchachaSeal = chachaSeal;
export const xchachaOpen = chachaOpen;

export const kemKeyPair: typeof Primitives.kemKeyPair = (seed) => {
  const secretKey = digest(5, [seed]);
  return { secretKey, publicKey: padded(digest(6, [secretKey]), KEM_PUBLIC_KEY_BYTES) };
};

export const kemEncapsulate: typeof Primitives.kemEncapsulate = (publicKey, m) => ({
  cipherText: padded(m, KEM_CIPHERTEXT_BYTES),
  sharedSecret: digest(7, [m, publicKey.subarray(0, 32)])
});

export const kemDecapsulate: typeof Primitives.kemDecapsulate = (cipherText, secretKey) =>
  digest(7, [cipherText.subarray(0, 32), digest(6, [secretKey])]);

const GENERATOR = Uint8Array.from({ length: KEY_BYTES }, (_, i) => (i * 37 + 11) | 1);

/** Multiplication in eight lanes of 32 bits: commutative, and never zero because every factor is odd. */
function times(secret: Uint8Array, point: Uint8Array): Uint8Array {
  if (secret.length !== KEY_BYTES || point.length !== KEY_BYTES) throw new UsageError('32 bytes expected');
  const out = new Uint8Array(KEY_BYTES);
  for (let at = 0; at < KEY_BYTES; at += 4)
    put(out, at, Math.imul(word(secret, at) | 1, word(point, at) | 1));
  return out;
}

/** The text itself is not in it: nothing in memory changes bytes on their way. */
function tag(key: Uint8Array, nonce: Uint8Array, ad: Uint8Array, length: number): Uint8Array {
  return digest(length, [key, nonce, ad]).subarray(0, TAG_BYTES);
}

function digest(domain: number, parts: readonly Uint8Array[]): Uint8Array {
  let one = 0x9e3779b1 ^ domain;
  let two = 0x85ebca6b;
  for (const part of parts) {
    for (const byte of part) {
      one = Math.imul(one ^ byte, 0x01000193);
      two = Math.imul((two + byte) ^ (one >>> 15), 0x27d4eb2f);
    }
  }
  const out = new Uint8Array(32);
  for (let at = 0; at < 32; at += 4) {
    one = Math.imul(one ^ (two >>> 13) ^ at, 0x85ebca6b);
    two = Math.imul(two ^ (one >>> 16), 0xc2b2ae35);
    put(out, at, one ^ (two >>> 11));
  }
  return out;
}

function padded(start: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  out.set(start);
  return out;
}

function word(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] ?? 0) |
    ((bytes[at + 1] ?? 0) << 8) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24)
  );
}

function put(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}
