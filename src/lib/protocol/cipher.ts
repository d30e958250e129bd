/**
 * The cipher state of the Noise Protocol Framework (rev. 34, section 5.1) with the ChaChaPoly functions (section
 * 12.3), as a value. The nonce is a count of messages: 32 zero bits and 64 bits, here little-endian.
 */
import { UsageError } from '../errors.ts';
import { chachaOpen, chachaSeal } from '../crypto/primitives.ts';

export interface CipherState {
  readonly key: Uint8Array;
  readonly n: number;
}

/** The two cipher states of a finished handshake, seen from one side. */
export interface Transport {
  readonly send: CipherState;
  readonly receive: CipherState;
}

export interface Ciphered {
  readonly cipher: CipherState;
  readonly text: Uint8Array;
}

export function initializeKey(key: Uint8Array): CipherState {
  return { key, n: 0 };
}

export function encryptWithAd({ key, n }: CipherState, ad: Uint8Array, plaintext: Uint8Array): Ciphered {
  return { cipher: { key, n: n + 1 }, text: chachaSeal(key, nonce(n), ad, plaintext) };
}

/** @throws AuthError; the state stays usable, as section 5.1 wants it. */
export function decryptWithAd({ key, n }: CipherState, ad: Uint8Array, sealed: Uint8Array): Ciphered {
  return { cipher: { key, n: n + 1 }, text: chachaOpen(key, nonce(n), ad, sealed) };
}

function nonce(n: number): Uint8Array {
  if (!Number.isSafeInteger(n)) throw new UsageError('nonces are used up');
  const out = new Uint8Array(12);
  new DataView(out.buffer, out.byteOffset).setBigUint64(4, BigInt(n), true);
  return out;
}
