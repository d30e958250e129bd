/**
 * The plaintext of a backup: a head, frames, and zeros up to one of few lengths (README.md). Nothing is compressed: how
 * well words compress tells of them.
 */
import { equalBytes, Reader, utf8, Writer } from '../bytes.ts';
import { WireError } from '../errors.ts';
import { BackupError } from './error.ts';

const MAGIC = utf8('aparte-backup');
const VERSION = 1;
const END = 0;
/** A conversation with the longest outbox has less than half of it; a row with all versions of a text, a tenth. */
export const MAX_FRAME_BYTES = 2 ** 18;
/** What a phone can hold a few times over. */
export const MAX_PLAIN_BYTES = 2 ** 26;
/** age adds 16 bytes for each 64 KiB, a header and a nonce. */
export const MAX_FILE_BYTES = MAX_PLAIN_BYTES + 2 ** 15;
/** The least that a backup is: who has talked to nobody yet has the same as who has just begun. */
const MIN_PLAIN_BYTES = 2 ** 16;

export interface Frame {
  readonly type: number;
  readonly body: Uint8Array;
}

/** Collects frames. */
export class FrameWriter {
  readonly #parts: Uint8Array[] = [MAGIC, Uint8Array.of(VERSION)];
  #length = MAGIC.length + 1;

  /** @throws BackupError `large` */
  add(type: number, body: Uint8Array): void {
    const head = new Writer().u8(type).u32(body.length).done();
    this.#length += head.length + body.length;
    // The end takes one more.
    if (body.length > MAX_FRAME_BYTES || padded(this.#length + 1) > MAX_PLAIN_BYTES)
      throw new BackupError('large');
    this.#parts.push(head, body);
  }

  done(): Uint8Array {
    // There may be more frames than a function takes arguments.
    const plain = new Uint8Array(padded(this.#length + 1));
    let at = 0;
    for (const part of this.#parts) {
      plain.set(part, at);
      at += part.length;
    }
    return plain;
  }
}

/** All frames, as views of the plaintext. @throws BackupError `unknown`, `newer`; WireError for any other fault */
export function* framesOf(plain: Uint8Array): Generator<Frame> {
  if (plain.length > MAX_PLAIN_BYTES) throw new BackupError('large');
  const reader = new Reader(plain);
  if (reader.remaining < MAGIC.length + 1 || !equalBytes(reader.view(MAGIC.length), MAGIC))
    throw new BackupError('unknown');
  const version = reader.u8();
  if (version > VERSION) throw new BackupError('newer');
  if (version !== VERSION) throw new BackupError('unknown');
  for (let type = reader.u8(); type !== END; type = reader.u8()) {
    const length = reader.u32();
    if (length > MAX_FRAME_BYTES) throw new WireError('frame too long');
    yield { type, body: reader.view(length) };
  }
  // One form: what hides behind the end is no padding.
  if (padded(plain.length - reader.remaining) !== plain.length) throw new WireError('padding');
  if (reader.view(reader.remaining).some((byte) => byte !== 0)) throw new WireError('padding');
}

/**
 * PADMÉ (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs", 2019): at most 12 %
 * more, and O(log log n) bits told of the length.
 */
export function padded(length: number): number {
  if (length <= MIN_PLAIN_BYTES) return MIN_PLAIN_BYTES;
  const exponent = Math.floor(Math.log2(length));
  const step = 2 ** (exponent - Math.floor(Math.log2(exponent)) - 1);
  return Math.ceil(length / step) * step;
}
