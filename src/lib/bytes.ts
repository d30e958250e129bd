/**
 * Byte plumbing: big-endian integers, total readers and text forms. Pure, no imports but the errors.
 */
import { UsageError, WireError } from './errors.ts';

const utf8Encoder = new TextEncoder();
// fatal: malformed UTF-8 is refused, not replaced; ignoreBOM: a leading U+FEFF is text and survives a round trip.
const utf8Decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export const EMPTY: Uint8Array = new Uint8Array(0);

/** UTF-8 bytes of `text`. Lone surrogates become U+FFFD, as everywhere on the web. */
export function utf8(text: string): Uint8Array {
  return utf8Encoder.encode(text);
}

/** The text of UTF-8 `bytes`. @throws WireError when they are not well-formed UTF-8. */
export function fromUtf8(bytes: Uint8Array): string {
  try {
    return utf8Decoder.decode(bytes);
  } catch {
    throw new WireError('not UTF-8');
  }
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}

/** Equality in time that depends on the length only. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}

/** -1, 0 or 1 as for big-endian numbers of equal length. For public values only: it stops at the first difference. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return Math.sign(difference);
  }
  return Math.sign(a.length - b.length);
}

/** Overwrites secrets that are no longer needed. Best effort: an engine may have copied them before. */
export function wipe(...secrets: readonly Uint8Array[]): void {
  for (const secret of secrets) secret.fill(0);
}

export function hex(bytes: Uint8Array): string {
  let out = '';
  for (const byte of bytes) out += byte.toString(16).padStart(2, '0');
  return out;
}

/** @throws WireError when `text` is not an even number of hexadecimal digits. */
export function fromHex(text: string): Uint8Array {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(text)) throw new WireError('not hexadecimal');
  const out = new Uint8Array(text.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return out;
}

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** RFC 4648 section 5, without padding. */
export function base64url(bytes: Uint8Array): string {
  let out = '';
  let buffer = 0;
  let bits = 0;
  for (const byte of bytes) {
    buffer = (buffer << 8) | byte;
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      out += BASE64URL[(buffer >> bits) & 63] ?? '';
    }
    buffer &= (1 << bits) - 1;
  }
  if (bits > 0) out += BASE64URL[(buffer << (6 - bits)) & 63] ?? '';
  return out;
}

/** Strict inverse of {@link base64url}: one text for each byte string. @throws WireError for anything else. */
export function fromBase64url(text: string): Uint8Array {
  const out = new Uint8Array(Math.floor((text.length * 6) / 8));
  let buffer = 0;
  let bits = 0;
  let at = 0;
  for (const character of text) {
    const value = BASE64URL.indexOf(character);
    if (value < 0) throw new WireError('not base64url');
    buffer = (buffer << 6) | value;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out[at++] = (buffer >> bits) & 255;
    }
    buffer &= (1 << bits) - 1;
  }
  // What is left over must be fewer than six bits, and zero (section 3.5).
  if (bits >= 6 || buffer !== 0) throw new WireError('not base64url');
  return out;
}

/** Reads a byte string from front to back and cannot overrun: every take is checked. */
export class Reader {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  /** The next `length` bytes, copied. @throws WireError when there are fewer. */
  take(length: number): Uint8Array {
    return this.view(length).slice();
  }

  /** The same, not copied: whoever keeps it keeps all of the input. */
  view(length: number): Uint8Array {
    if (length > this.remaining) throw new WireError('too short');
    const out = this.#bytes.subarray(this.#offset, this.#offset + length);
    this.#offset += length;
    return out;
  }

  rest(): Uint8Array {
    return this.take(this.remaining);
  }

  u8(): number {
    return this.#uint(1);
  }

  u16(): number {
    return this.#uint(2);
  }

  u32(): number {
    return this.#uint(4);
  }

  u48(): number {
    return this.#uint(6);
  }

  /** A byte string behind its one-byte length, of at most `max` bytes. */
  short(max: number): Uint8Array {
    const length = this.u8();
    if (length > max) throw new WireError('too long');
    return this.take(length);
  }

  /** @throws WireError when anything is left: a parser that ends with this accepts no trailing bytes. */
  end(): void {
    if (this.remaining !== 0) throw new WireError('too long');
  }

  #uint(width: number): number {
    let value = 0;
    for (const byte of this.view(width)) value = value * 256 + byte;
    return value;
  }
}

/** Collects the fields of a message. Values that do not fit their field are a bug of ours, not input. */
export class Writer {
  readonly #parts: Uint8Array[] = [];

  bytes(part: Uint8Array): this {
    this.#parts.push(part);
    return this;
  }

  u8(value: number): this {
    return this.#uint(value, 1);
  }

  u16(value: number): this {
    return this.#uint(value, 2);
  }

  u32(value: number): this {
    return this.#uint(value, 4);
  }

  u48(value: number): this {
    return this.#uint(value, 6);
  }

  /** A byte string behind its one-byte length. */
  short(part: Uint8Array): this {
    return this.u8(part.length).bytes(part);
  }

  done(): Uint8Array {
    return concat(...this.#parts);
  }

  #uint(value: number, width: number): this {
    if (!Number.isSafeInteger(value) || value < 0 || value >= 256 ** width) {
      throw new UsageError(`${value.toString()} does not fit ${width.toString()} bytes`);
    }
    const out = new Uint8Array(width);
    for (let i = width - 1, rest = value; i >= 0; i--, rest = Math.floor(rest / 256)) out[i] = rest % 256;
    this.#parts.push(out);
    return this;
  }
}
