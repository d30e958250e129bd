/**
 * Key derivation of protocol, "Notation": HKDF-SHA-256 (RFC 5869) and the registry of labels. Every context string
 * of the protocol begins with "AP1/" and a label of this list, and is made here; nothing else may spell one.
 */
import { concat, utf8 } from '../bytes.ts';
import { UsageError } from '../errors.ts';
import { hmacSha256 } from './primitives.ts';

export const LABELS = [
  'topic',
  'frame',
  'psk',
  'psk pair',
  'sas',
  'sas commit',
  'root',
  'chan i2r',
  'chan r2i',
  'rs',
  'rsid',
  'rdv',
  'rk',
  'msg',
  'ad',
  'sig',
  'invite',
  'rec',
  'wrap',
  'file',
  'backup',
  'move'
] as const;

export type Label = (typeof LABELS)[number];

const HASH_BYTES = 32;

/** The bytes "AP1/" ‖ label. */
export function context(label: Label): Uint8Array {
  return utf8(`AP1/${label}`);
}

/** HKDF-Extract (RFC 5869, section 2.2). An empty salt equals one of 32 zero bytes. */
export function X(salt: Uint8Array, ikm: Uint8Array): Uint8Array {
  return hmacSha256(salt, ikm);
}

/** HKDF-Expand (RFC 5869, section 2.3) with info "AP1/" ‖ label ‖ suffix. */
export function H(
  prk: Uint8Array,
  label: Label,
  length: number,
  suffix: Uint8Array = new Uint8Array(0)
): Uint8Array {
  if (length > 255 * HASH_BYTES) throw new UsageError('HKDF output too long');
  const info = concat(context(label), suffix);
  const blocks: Uint8Array[] = [];
  let block: Uint8Array = new Uint8Array(0);
  for (let counter = 1; (counter - 1) * HASH_BYTES < length; counter++) {
    block = hmacSha256(prk, block, info, Uint8Array.of(counter));
    blocks.push(block);
  }
  return concat(...blocks).slice(0, length);
}

/** HKDF whole: X, then H. */
export function KDF(salt: Uint8Array, ikm: Uint8Array, label: Label, length: number): Uint8Array {
  const prk = X(salt, ikm);
  const out = H(prk, label, length);
  prk.fill(0);
  return out;
}
