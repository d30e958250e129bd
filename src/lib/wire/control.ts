/**
 * What travels inside a channel message (protocol, sections 8 and 9): an entry, or one of the controls that are
 * no entries because nobody keeps them. All are padded alike, so that their sizes tell nothing.
 *
 *   ENTRY 1 | entry     SYNC 2 | n u8 <= 32 | n x (logId 8 | upto u48 | head 8)     ACK 3 | logId 8 | upto u48     TYPING 4
 */
import { Reader, Writer } from '../bytes.ts';
import { WireError } from '../errors.ts';
import { HASH_BYTES, LOG_ID_BYTES } from './content.ts';

const ENTRY = 1;
const SYNC = 2;
const ACK = 3;
const TYPING = 4;
/** Logs of one writer that a SYNC names, those heard last: every page that writes begins one. */
export const MAX_LOGS = 32;

/** All entries of `log` up to and with `upto` are safely stored. */
export interface Position {
  readonly log: Uint8Array;
  readonly upto: number;
}

/** What one side holds of a log of the other's: the hash of its last entry tells whether it is still the same log. */
export interface Held extends Position {
  readonly head: Uint8Array;
}

export type Control =
  | { readonly kind: 'entry'; readonly entry: Uint8Array }
  | { readonly kind: 'sync'; readonly positions: readonly Held[] }
  | { readonly kind: 'ack'; readonly position: Position }
  | { readonly kind: 'typing' };

export function encodeControl(control: Control): Uint8Array {
  const writer = new Writer();
  switch (control.kind) {
    case 'entry':
      return writer.u8(ENTRY).bytes(control.entry).done();
    case 'sync':
      writer.u8(SYNC).u8(control.positions.length);
      for (const { log, upto, head } of control.positions) writer.bytes(log).u48(upto).bytes(head);
      return writer.done();
    case 'ack':
      return writer.u8(ACK).bytes(control.position.log).u48(control.position.upto).done();
    case 'typing':
      return writer.u8(TYPING).done();
  }
}

/** @throws WireError for anything else. */
export function decodeControl(bytes: Uint8Array): Control {
  const reader = new Reader(bytes);
  switch (reader.u8()) {
    case ENTRY:
      return { kind: 'entry', entry: reader.rest() };
    case SYNC: {
      const count = reader.u8();
      if (count > MAX_LOGS) throw new WireError('too many logs');
      const positions = Array.from({ length: count }, () => ({
        ...readPosition(reader),
        head: reader.take(HASH_BYTES)
      }));
      reader.end();
      return { kind: 'sync', positions };
    }
    case ACK: {
      const position = readPosition(reader);
      reader.end();
      return { kind: 'ack', position };
    }
    case TYPING:
      reader.end();
      return { kind: 'typing' };
    default:
      throw new WireError('message type');
  }
}

function readPosition(reader: Reader): Position {
  return { log: reader.take(LOG_ID_BYTES), upto: reader.u48() };
}
