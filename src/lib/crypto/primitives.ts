/**
 * The primitives, and the one file that imports the noble libraries: X25519 (RFC 7748), ChaCha20-Poly1305 (RFC 8439),
 * XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03), SHA-2, BLAKE2s (RFC 7693), HMAC (RFC 2104), ML-KEM-768 (FIPS 203),
 * scrypt (RFC 7914).
 *
 * Errors: what a peer can cause is AuthError, a key or nonce of the wrong length is our own bug, hence UsageError.
 */
import { chacha20poly1305, xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { x25519 } from '@noble/curves/ed25519.js';
import { blake2s } from '@noble/hashes/blake2.js';
import { hmac } from '@noble/hashes/hmac.js';
import { scrypt as nobleScrypt } from '@noble/hashes/scrypt.js';
import { sha256 as nobleSha256, sha512 as nobleSha512 } from '@noble/hashes/sha2.js';
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import { concat } from '../bytes.ts';
import { AuthError, UsageError } from '../errors.ts';
import type { Random } from './random.ts';

export const KEY_BYTES = 32;
export const TAG_BYTES = 16;
export const XNONCE_BYTES = 24;
/** FIPS 203, table 3. */
export const KEM_PUBLIC_KEY_BYTES = 1184;
export const KEM_CIPHERTEXT_BYTES = 1088;
/** FIPS 203, sections 7.1 and 7.2: the randomness of key generation (d ‖ z) and of encapsulation (m). */
export const KEM_SEED_BYTES = 64;
export const KEM_M_BYTES = 32;

/** Of X25519, or of ML-KEM where the type says so. */
export interface KeyPair {
  readonly secretKey: Uint8Array;
  readonly publicKey: Uint8Array;
}

export function generateKeyPair(random: Random): KeyPair {
  return keyPairFrom(random(KEY_BYTES));
}

export function keyPairFrom(secretKey: Uint8Array): KeyPair {
  mustBe(secretKey, KEY_BYTES);
  return { secretKey, publicKey: x25519.getPublicKey(secretKey) };
}

/**
 * X25519. @throws AuthError when the output is all zero, that is for a public key of small order (RFC 7748, section
 * 6.1): the shared secret would be known to everybody.
 */
export function dh(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  mustBe(secretKey, KEY_BYTES);
  mustBe(publicKey, KEY_BYTES);
  return authentic(() => x25519.getSharedSecret(secretKey, publicKey));
}

export interface HashFunction {
  /** As it is spelled in a Noise protocol name (Noise rev. 34, section 12). */
  readonly name: string;
  hash(...parts: readonly Uint8Array[]): Uint8Array;
  hmac(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array;
}

export const SHA256: HashFunction = {
  name: 'SHA256',
  hash: (...parts) => nobleSha256(concat(...parts)),
  hmac: (key, ...parts) => hmac(nobleSha256, key, concat(...parts))
};

/** Not used by the app: it lets the Noise engine run the published vectors of a second hash function. */
export const BLAKE2S: HashFunction = {
  name: 'BLAKE2s',
  hash: (...parts) => blake2s(concat(...parts)),
  hmac: (key, ...parts) => hmac(blake2s, key, concat(...parts))
};

export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  return SHA256.hash(...parts);
}

export function hmacSha256(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  return SHA256.hmac(key, ...parts);
}

export function sha512(...parts: readonly Uint8Array[]): Uint8Array {
  return nobleSha512(concat(...parts));
}

/** What scrypt costs (RFC 7914, section 2): 128 · n · r bytes of memory, p times. */
export interface ScryptCost {
  readonly n: number;
  readonly r: number;
  readonly p: number;
}

/** A key out of a passphrase. It takes as long as it should: half a second, and not on the thread that paints. */
export function scrypt(
  passphrase: Uint8Array,
  salt: Uint8Array,
  { n, r, p }: ScryptCost,
  length: number = KEY_BYTES
): Uint8Array {
  return nobleScrypt(passphrase, salt, { N: n, r, p, dkLen: length });
}

export function chachaSeal(key: Uint8Array, nonce: Uint8Array, ad: Uint8Array, text: Uint8Array): Uint8Array {
  mustBe(key, KEY_BYTES);
  mustBe(nonce, 12);
  return chacha20poly1305(key, nonce, ad).encrypt(text);
}

/** @throws AuthError when `sealed` was not made with the same key, nonce and associated data. */
export function chachaOpen(
  key: Uint8Array,
  nonce: Uint8Array,
  ad: Uint8Array,
  sealed: Uint8Array
): Uint8Array {
  mustBe(key, KEY_BYTES);
  mustBe(nonce, 12);
  return authentic(() => chacha20poly1305(key, nonce, ad).decrypt(sealed));
}

export function xchachaSeal(
  key: Uint8Array,
  nonce: Uint8Array,
  ad: Uint8Array,
  text: Uint8Array
): Uint8Array {
  mustBe(key, KEY_BYTES);
  mustBe(nonce, XNONCE_BYTES);
  return xchacha20poly1305(key, nonce, ad).encrypt(text);
}

/** @throws AuthError when `sealed` was not made with the same key, nonce and associated data. */
export function xchachaOpen(
  key: Uint8Array,
  nonce: Uint8Array,
  ad: Uint8Array,
  sealed: Uint8Array
): Uint8Array {
  mustBe(key, KEY_BYTES);
  mustBe(nonce, XNONCE_BYTES);
  return authentic(() => xchacha20poly1305(key, nonce, ad).decrypt(sealed));
}

export function kemKeyPair(seed: Uint8Array): KeyPair {
  mustBe(seed, KEM_SEED_BYTES);
  const { secretKey, publicKey } = ml_kem768.keygen(seed);
  return { secretKey, publicKey };
}

/** @throws AuthError for a public key that is not canonical (FIPS 203, section 7.2: the modulus check). */
export function kemEncapsulate(
  publicKey: Uint8Array,
  m: Uint8Array
): { readonly cipherText: Uint8Array; readonly sharedSecret: Uint8Array } {
  mustBe(publicKey, KEM_PUBLIC_KEY_BYTES);
  mustBe(m, KEM_M_BYTES);
  return authentic(() => ml_kem768.encapsulate(publicKey, m));
}

/**
 * A wrong ciphertext gives a wrong secret and no error (FIPS 203, section 6.3: implicit rejection). Only the
 * authenticated text that follows tells.
 */
export function kemDecapsulate(cipherText: Uint8Array, secretKey: Uint8Array): Uint8Array {
  mustBe(cipherText, KEM_CIPHERTEXT_BYTES);
  return authentic(() => ml_kem768.decapsulate(cipherText, secretKey));
}

function mustBe(bytes: Uint8Array, length: number): void {
  if (bytes.length !== length) throw new UsageError(`${length.toString()} bytes expected`);
}

/** Lengths are checked before, so whatever the library refuses here came from a peer. */
function authentic<T>(run: () => T): T {
  try {
    return run();
  } catch {
    throw new AuthError();
  }
}
