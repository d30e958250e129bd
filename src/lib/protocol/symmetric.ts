/**
 * The symmetric state of the Noise Protocol Framework (rev. 34, section 5.2) and its HKDF (section 4.3), as a value.
 */
import { concat, EMPTY, utf8 } from '../bytes.ts';
import { KEY_BYTES, type HashFunction } from '../crypto/primitives.ts';
import { decryptWithAd, encryptWithAd, initializeKey, type CipherState } from './cipher.ts';

export interface SymmetricState {
  readonly hash: HashFunction;
  readonly ck: Uint8Array;
  readonly h: Uint8Array;
  /** null: no key yet, texts pass in the clear (section 5.1). */
  readonly cipher: CipherState | null;
}

export function initializeSymmetric(protocolName: string, hash: HashFunction): SymmetricState {
  const name = utf8(protocolName);
  const length = hash.hash(EMPTY).length;
  const h = name.length <= length ? concat(name, new Uint8Array(length - name.length)) : hash.hash(name);
  return { hash, ck: h, h, cipher: null };
}

export function mixKey(state: SymmetricState, ikm: Uint8Array): SymmetricState {
  const [ck, key] = hkdf(state.hash, state.ck, ikm);
  return { ...state, ck, cipher: initializeKey(key.slice(0, KEY_BYTES)) };
}

export function mixHash(state: SymmetricState, data: Uint8Array): SymmetricState {
  return { ...state, h: state.hash.hash(state.h, data) };
}

export function mixKeyAndHash(state: SymmetricState, ikm: Uint8Array): SymmetricState {
  const [ck, hashed, key] = hkdf(state.hash, state.ck, ikm);
  return { ...mixHash({ ...state, ck }, hashed), cipher: initializeKey(key.slice(0, KEY_BYTES)) };
}

export interface Mixed {
  readonly symmetric: SymmetricState;
  readonly text: Uint8Array;
}

export function encryptAndHash(state: SymmetricState, plaintext: Uint8Array): Mixed {
  if (state.cipher === null) return { symmetric: mixHash(state, plaintext), text: plaintext };
  const { cipher, text } = encryptWithAd(state.cipher, state.h, plaintext);
  return { symmetric: mixHash({ ...state, cipher }, text), text };
}

export function decryptAndHash(state: SymmetricState, sealed: Uint8Array): Mixed {
  if (state.cipher === null) return { symmetric: mixHash(state, sealed), text: sealed };
  const { cipher, text } = decryptWithAd(state.cipher, state.h, sealed);
  return { symmetric: mixHash({ ...state, cipher }, sealed), text };
}

/** HKDF of section 4.3 with three outputs; who needs two takes the first two. */
export function hkdf(
  hash: HashFunction,
  ck: Uint8Array,
  ikm: Uint8Array
): [Uint8Array, Uint8Array, Uint8Array] {
  const temporary = hash.hmac(ck, ikm);
  const first = hash.hmac(temporary, Uint8Array.of(1));
  const second = hash.hmac(temporary, first, Uint8Array.of(2));
  const third = hash.hmac(temporary, second, Uint8Array.of(3));
  return [first, second, third];
}
