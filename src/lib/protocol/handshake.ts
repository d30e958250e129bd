/**
 * What both handshakes share: suite, prologue, and the fields that open a payload (protocol, section 5).
 */
import { concat, type Reader, utf8, Writer } from '../bytes.ts';
import { SHA256 } from '../crypto/primitives.ts';
import type { Suite } from './noise.ts';

/** No hyphen inside MLKEM768: the name enters the handshake hash. */
export const SUITE: Suite = { name: '25519+MLKEM768_ChaChaPoly_SHA256', hash: SHA256 };

const VERSION = 1;
const PATTERN_NUMBERS = { XK: 1, KK: 2 } as const;
/** Nothing is optional in version 1. */
const CAPS = 0;

/** "AP1" ‖ ver u8 ‖ pattern u8 ‖ T_e: both sides mean the same protocol, on the same topic. */
export function prologue(pattern: keyof typeof PATTERN_NUMBERS, topic: Uint8Array): Uint8Array {
  return concat(utf8('AP1'), Uint8Array.of(VERSION, PATTERN_NUMBERS[pattern]), topic);
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
