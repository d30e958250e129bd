/**
 * A sealed record of the local database: nonce24 ‖ XChaCha20-Poly1305(key, nonce, ad = "AP1/rec" ‖ context, text).
 * The nonce is random, which 24 bytes allow without a counter to keep. The context names the place of the record
 * (table and key), so that whoever writes to the disk cannot move one record to the place of another.
 *
 * Whatever has to die has a key of its own, of two halves: the record key, which opens nothing without a slot of the key
 * file, and the slot, which opens nothing without the record key and can be overwritten.
 */
import { concat } from '../bytes.ts';
import { AuthError } from '../errors.ts';
import { context as labelled, X } from './kdf.ts';
import { TAG_BYTES, XNONCE_BYTES, xchachaOpen, xchachaSeal } from './primitives.ts';
import type { Random } from './random.ts';

export function sealRecord(
  key: Uint8Array,
  context: Uint8Array,
  plaintext: Uint8Array,
  random: Random
): Uint8Array {
  const nonce = random(XNONCE_BYTES);
  return concat(nonce, xchachaSeal(key, nonce, concat(labelled('rec'), context), plaintext));
}

/** @throws AuthError for another key, another context, or bytes that no {@link sealRecord} made. */
export function openRecord(key: Uint8Array, context: Uint8Array, sealed: Uint8Array): Uint8Array {
  if (sealed.length < XNONCE_BYTES + TAG_BYTES) throw new AuthError();
  const nonce = sealed.slice(0, XNONCE_BYTES);
  return xchachaOpen(key, nonce, concat(labelled('rec'), context), sealed.slice(XNONCE_BYTES));
}

/** The key of what is sealed with this slot. */
export function slotKey(recordKey: Uint8Array, slot: Uint8Array): Uint8Array {
  return X(slot, recordKey);
}
