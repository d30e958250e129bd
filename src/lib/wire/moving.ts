/**
 * What two devices of one person say to each other, each as one message of a session, while everything moves from the old
 * one to the new one (backup/README.md, "Moving").
 *
 *   from the old one    OFFER 1 | ver u8 = 1 | length u32      PART 2 | 1 to 8,000 bytes      YOURS 3
 *   from the new one    GOT 4 | upto u32      READY 5      DONE 6 | conversations u32
 *   from either         STOP 7 | reason u8
 */
import { Reader, Writer } from '../bytes.ts';
import { UsageError, WireError } from '../errors.ts';

const OFFER = 1;
const PART = 2;
const YOURS = 3;
const GOT = 4;
const READY = 5;
const DONE = 6;
const STOP = 7;
export const MOVE_VERSION = 1;
/** With its type it fits the largest message of a session. */
export const MAX_PART_BYTES = 8_000;

// The wire numbers are the positions. One that is not known says no more than the first.
const REASONS = ['failed', 'stopped', 'newer', 'damaged', 'full', 'not-empty'] as const;
export type StopReason = (typeof REASONS)[number];

export type Moving =
  /** So much is to come. Of another version nothing but that is known. */
  | { readonly kind: 'offer'; readonly version: number; readonly length: number }
  | { readonly kind: 'part'; readonly bytes: Uint8Array }
  /** From now on it belongs to the new device. */
  | { readonly kind: 'yours' }
  /** So many bytes have come. */
  | { readonly kind: 'got'; readonly upto: number }
  /** All of it has come, and can be read. */
  | { readonly kind: 'ready' }
  /** It is on the new device's disk. */
  | { readonly kind: 'done'; readonly conversations: number }
  | { readonly kind: 'stop'; readonly reason: StopReason };

export function encodeMoving(moving: Moving): Uint8Array {
  const writer = new Writer();
  switch (moving.kind) {
    case 'offer':
      return writer.u8(OFFER).u8(moving.version).u32(moving.length).done();
    case 'part':
      if (moving.bytes.length === 0 || moving.bytes.length > MAX_PART_BYTES) throw new UsageError('part');
      return writer.u8(PART).bytes(moving.bytes).done();
    case 'yours':
      return writer.u8(YOURS).done();
    case 'got':
      return writer.u8(GOT).u32(moving.upto).done();
    case 'ready':
      return writer.u8(READY).done();
    case 'done':
      return writer.u8(DONE).u32(moving.conversations).done();
    case 'stop':
      return writer.u8(STOP).u8(REASONS.indexOf(moving.reason)).done();
  }
}

/** @throws WireError for anything else. */
export function decodeMoving(bytes: Uint8Array): Moving {
  const reader = new Reader(bytes);
  const moving = read(reader);
  reader.end();
  return moving;
}

function read(reader: Reader): Moving {
  switch (reader.u8()) {
    case OFFER: {
      const version = reader.u8();
      if (version === MOVE_VERSION) return { kind: 'offer', version, length: reader.u32() };
      reader.rest();
      return { kind: 'offer', version, length: 0 };
    }
    case PART: {
      const bytes = reader.rest();
      if (bytes.length === 0 || bytes.length > MAX_PART_BYTES) throw new WireError('part');
      return { kind: 'part', bytes };
    }
    case YOURS:
      return { kind: 'yours' };
    case GOT:
      return { kind: 'got', upto: reader.u32() };
    case READY:
      return { kind: 'ready' };
    case DONE:
      return { kind: 'done', conversations: reader.u32() };
    case STOP:
      return { kind: 'stop', reason: REASONS[reader.u8()] ?? 'failed' };
    default:
      throw new WireError('type of moving');
  }
}
