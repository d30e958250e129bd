/**
 * The safety number of two contacts (protocol, section 6): Signal's numeric fingerprint, version 0 (libsignal,
 * rust/protocol/src/fingerprint.rs). Each side's half is SHA-512, iterated 5,200 times, over its public key and a
 * stable id; ours is SHA-256 of RDV, the same for both.
 */
import { compareBytes, concat, equalBytes, hex, Reader } from '../bytes.ts';
import { sha256, sha512 } from '../crypto/primitives.ts';
import { WireError } from '../errors.ts';

const VERSION = Uint8Array.of(0, 0);
const ITERATIONS = 5_200;
/** The type byte that Signal puts before an X25519 public key. */
const KEY_TYPE = Uint8Array.of(5);
const HALF_BYTES = 30;
/** What our QR codes begin with: "AP", version 1. */
const QR_PREFIX = Uint8Array.of(0x41, 0x50, 1);

/** One side's half, 30 bytes. About a hundredth of a second on a desktop: not for a hot path. */
export function fingerprintHalf(publicKey: Uint8Array, stableId: Uint8Array): Uint8Array {
  const key = concat(KEY_TYPE, publicKey);
  let digest = concat(VERSION, key, stableId);
  for (let i = 0; i < ITERATIONS; i++) digest = sha512(digest, key);
  return digest.slice(0, HALF_BYTES);
}

export function stableIdOf(rdv: Uint8Array): Uint8Array {
  return sha256(rdv);
}

/** 60 digits; the smaller half first, so that both sides read the same. */
export function safetyNumber(a: Uint8Array, b: Uint8Array): string {
  const [first, second] = [digits(a), digits(b)];
  return first < second ? first + second : second + first;
}

/** What this side's QR code holds: who it is, and who it takes the other one for. */
export function safetyCode(own: Uint8Array, peer: Uint8Array): string {
  return hex(concat(QR_PREFIX, own, peer)).toUpperCase();
}

/**
 * Whether a scanned code is that of the contact.
 * @throws WireError when it is no such code at all; `false` means that somebody is in between, or it is another contact.
 */
export function matchesSafetyCode(scanned: Uint8Array, own: Uint8Array, peer: Uint8Array): boolean {
  const reader = new Reader(scanned);
  if (compareBytes(reader.take(QR_PREFIX.length), QR_PREFIX) !== 0) throw new WireError('no safety code');
  const theirs = reader.take(HALF_BYTES);
  const ours = reader.take(HALF_BYTES);
  reader.end();
  return equalBytes(theirs, peer) && equalBytes(ours, own);
}

/** The four symbols of the short authentication string: numbers 0 to 63, the high bits first. */
export function sasSymbols(sas: number): readonly [number, number, number, number] {
  const at = (shift: number): number => Math.floor(sas / 2 ** shift) % 64;
  return [at(18), at(12), at(6), at(0)];
}

/** Six groups of five digits: each five bytes, big-endian, modulo 100,000. */
function digits(half: Uint8Array): string {
  let out = '';
  for (let i = 0; i < HALF_BYTES; i += 5) {
    let value = 0;
    for (const byte of half.subarray(i, i + 5)) value = value * 256 + byte;
    out += (value % 100_000).toString().padStart(5, '0');
  }
  return out;
}
