/**
 * Bodies of the data channel's frames (protocol, section 8), around which protocol/session.ts puts the cipher.
 *
 *   body    = 0 BIND: ver u8 | fp_local 32 | fp_remote 32 | nothing, or one message
 *             1 MSG: message        2 REHS: step u8 | data        5 CLOSE: reason u8
 *   message = dh 32 | pn u32 | n u32 | sealed            (Double Ratchet, protocol/ratchet.ts)
 *   padded  = len u16 | body | zeros
 *
 * Every body is padded, whatever it is, so that texts, receipts, keepalives and handshakes look alike. A keepalive is a
 * message of nothing. Type 4 is reserved for files.
 */
import { concat, Reader, Writer } from '../bytes.ts';
import { UsageError, WireError } from '../errors.ts';

/** With the tag: what a data channel of every browser takes in one piece. */
export const MAX_FRAME = 16_384;
/** A padded body has one of these lengths. */
export const PAD_CLASSES = [256, 512, 1024, 2048, 4096, 8192] as const;
const LENGTH_BYTES = 2;
const FINGERPRINT_BYTES = 32;
/** dh 32 | pn u32 | n u32. */
export const HEADER_BYTES = 40;

const BIND = 0;
const MESSAGE = 1;
const REHANDSHAKE = 2;
const CLOSE = 5;
// The wire numbers are the positions.
const STEPS = ['a', 'b', 'switch'] as const;

/** A message of the Double Ratchet: its header, which is authenticated, and its ciphertext with the tag. */
export interface RatchetMessage {
  readonly header: Uint8Array;
  readonly sealed: Uint8Array;
}

export type ChannelBody =
  | {
      readonly kind: 'bind';
      readonly version: number;
      /** SHA-256 of the DTLS certificates, as the sender sees them: its own and ours. */
      readonly local: Uint8Array;
      readonly remote: Uint8Array;
      /** The Noise initiator's first message: only with it can the responder's ratchet send. */
      readonly message: RatchetMessage | null;
    }
  | { readonly kind: 'message'; readonly message: RatchetMessage }
  /** Messages A and B of an in-band handshake; `switch` is the last frame of its sender under the old keys. */
  | { readonly kind: 'rehandshake'; readonly step: (typeof STEPS)[number]; readonly data: Uint8Array }
  | { readonly kind: 'close'; readonly reason: number };

/** The padded body. @throws UsageError when it is longer than the largest class. */
export function encodeBody(body: ChannelBody): Uint8Array {
  const writer = new Writer();
  switch (body.kind) {
    case 'bind':
      if (body.local.length !== FINGERPRINT_BYTES || body.remote.length !== FINGERPRINT_BYTES) {
        throw new UsageError('fingerprint');
      }
      writer.u8(BIND).u8(body.version).bytes(body.local).bytes(body.remote);
      if (body.message !== null) writer.bytes(body.message.header).bytes(body.message.sealed);
      break;
    case 'message':
      writer.u8(MESSAGE).bytes(body.message.header).bytes(body.message.sealed);
      break;
    case 'rehandshake':
      writer.u8(REHANDSHAKE).u8(STEPS.indexOf(body.step)).bytes(body.data);
      break;
    case 'close':
      writer.u8(CLOSE).u8(body.reason);
      break;
  }
  return pad(writer.done());
}

/** @throws WireError */
export function decodeBody(padded: Uint8Array): ChannelBody {
  const reader = new Reader(unpad(padded));
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
        message: reader.remaining === 0 ? null : readMessage(reader)
      };
    case MESSAGE:
      return { kind: 'message', message: readMessage(reader) };
    case REHANDSHAKE: {
      const step = STEPS[reader.u8()];
      if (step === undefined) throw new WireError('step');
      return { kind: 'rehandshake', step, data: reader.rest() };
    }
    case CLOSE:
      return { kind: 'close', reason: reader.u8() };
    default:
      throw new WireError('body type');
  }
}

function readMessage(reader: Reader): RatchetMessage {
  return { header: reader.take(HEADER_BYTES), sealed: reader.rest() };
}

export function pad(data: Uint8Array): Uint8Array {
  const length = paddedLength(data.length);
  if (length === undefined) throw new UsageError('body too long');
  const head = new Writer().u16(data.length).done();
  return concat(head, data, new Uint8Array(length - head.length - data.length));
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
