/**
 * Bodies of the data channel's frames (protocol, section 8), between which protocol/session.ts puts the cipher.
 *
 *   body = 0 BIND: ver u8 | fp_local 32 | fp_remote 32 | nothing, or one padded message
 *          1 MSG: padded message        3 ALIVE        5 CLOSE: reason u8
 *   padded message = len u16 | data | zeros
 *
 * Types 2 and 4 are reserved for the re-handshake and for files, and refused.
 */
import { Reader, Writer } from '../bytes.ts';
import { UsageError, WireError } from '../errors.ts';

/** With the tag: what a data channel of every browser takes in one piece. */
export const MAX_FRAME = 16_384;
/** Texts, receipts, typing and deletions look alike: a message has one of these lengths. */
export const PAD_CLASSES = [256, 512, 1024, 2048, 4096, 8192] as const;
const LENGTH_BYTES = 2;
/** 8,190. */
export const MAX_MESSAGE_BYTES = PAD_CLASSES[5] - LENGTH_BYTES;
const FINGERPRINT_BYTES = 32;

const BIND = 0;
const MESSAGE = 1;
const ALIVE = 3;
const CLOSE = 5;

export type ChannelBody =
  | {
      readonly kind: 'bind';
      readonly version: number;
      /** SHA-256 of the DTLS certificates, as the sender sees them: its own and ours. */
      readonly local: Uint8Array;
      readonly remote: Uint8Array;
      /** The initiator's first message, if it has one already. */
      readonly message: Uint8Array | null;
    }
  | { readonly kind: 'message'; readonly data: Uint8Array }
  | { readonly kind: 'alive' }
  | { readonly kind: 'close'; readonly reason: number };

export function encodeBody(body: ChannelBody): Uint8Array {
  const writer = new Writer();
  switch (body.kind) {
    case 'bind':
      if (body.local.length !== FINGERPRINT_BYTES || body.remote.length !== FINGERPRINT_BYTES) {
        throw new UsageError('fingerprint');
      }
      writer.u8(BIND).u8(body.version).bytes(body.local).bytes(body.remote);
      if (body.message !== null) writer.bytes(pad(body.message));
      return writer.done();
    case 'message':
      return writer.u8(MESSAGE).bytes(pad(body.data)).done();
    case 'alive':
      return writer.u8(ALIVE).done();
    case 'close':
      return writer.u8(CLOSE).u8(body.reason).done();
  }
}

/** @throws WireError */
export function decodeBody(bytes: Uint8Array): ChannelBody {
  const reader = new Reader(bytes);
  const body = readBody(reader);
  reader.end();
  return body;
}

function readBody(reader: Reader): ChannelBody {
  switch (reader.u8()) {
    case BIND:
      return {
        kind: 'bind',
        version: reader.u8(),
        local: reader.take(FINGERPRINT_BYTES),
        remote: reader.take(FINGERPRINT_BYTES),
        message: reader.remaining === 0 ? null : unpad(reader.rest())
      };
    case MESSAGE:
      return { kind: 'message', data: unpad(reader.rest()) };
    case ALIVE:
      return { kind: 'alive' };
    case CLOSE:
      return { kind: 'close', reason: reader.u8() };
    default:
      throw new WireError('body type');
  }
}

export function pad(data: Uint8Array): Uint8Array {
  const length = paddedLength(data.length);
  if (length === undefined) throw new UsageError('message too long');
  const out = new Uint8Array(length);
  out.set(new Writer().u16(data.length).bytes(data).done());
  return out;
}

/** The one inverse of {@link pad}. @throws WireError for zeros that are none, and for a class too large. */
export function unpad(padded: Uint8Array): Uint8Array {
  const reader = new Reader(padded);
  const data = reader.take(reader.u16());
  if (padded.length !== paddedLength(data.length)) throw new WireError('padding');
  if (reader.rest().some((byte) => byte !== 0)) throw new WireError('padding');
  return data;
}

function paddedLength(length: number): number | undefined {
  return PAD_CLASSES.find((size) => length + LENGTH_BYTES <= size);
}
