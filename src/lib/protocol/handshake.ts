/**
 * What both handshakes share: suite, prologue, and the fields that open a payload (protocol, section 5).
 */
import { concat, type Reader, utf8, Writer } from '../bytes.ts';
import { SHA256 } from '../crypto/primitives.ts';
import type { Suite } from './noise.ts';

/** No hyphen inside MLKEM768: the name enters the handshake hash. */
export const SUITE: Suite = { name: '25519+MLKEM768_ChaChaPoly_SHA256', hash: SHA256 };

const VERSION = 1;
/** The third is a KK inside an open session (section 8). */
const PATTERN_NUMBERS = { XK: 1, KK: 2, 'KK in band': 3 } as const;
/** Nothing is optional in version 1. */
const CAPS = 0;

/**
 * "AP1" ‖ ver u8 ‖ pattern u8 ‖ place 32: both sides mean the same protocol, at the same place. That is the topic T_e,
 * or, in band, the handshake hash of the session that carries the handshake.
 */
export function prologue(pattern: keyof typeof PATTERN_NUMBERS, place: Uint8Array): Uint8Array {
  return concat(utf8('AP1'), Uint8Array.of(VERSION, PATTERN_NUMBERS[pattern]), place);
}

/** A payload that begins with our capabilities. */
export function withCaps(): Writer {
  return new Writer().u32(CAPS);
}

/** A reader behind the peer's capabilities. Bits that we do not know are those of a newer version: ignored. */
export function skipCaps(reader: Reader): Reader {
  reader.u32();
  return reader;
}
