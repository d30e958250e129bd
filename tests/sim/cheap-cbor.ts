/**
 * Stands in for wire/cbor.ts in the simulator: the same bytes (cheap-cbor.test.ts compares them with cborg's), several times
 * as fast, for the values that are written here: maps with short names, lists, text, bytes, whole numbers, true, false, null.
 * It reads what it has written; that nothing else is read is the real one's to show (fuzz/).
 */
import { fromUtf8, utf8 } from '../../src/lib/bytes.ts';
import { UsageError, WireError } from '../../src/lib/errors.ts';
import type * as Cbor from '../../src/lib/wire/cbor.ts';

const UINT = 0;
const NEGATIVE = 1;
const BYTES = 2;
const TEXT = 3;
const LIST = 4;
const MAP = 5;
const FALSE = 0xf4;
const TRUE = 0xf5;
const NULL = 0xf6;

let out = new Uint8Array(1 << 20);
let end = 0;

export const encodeCbor: typeof Cbor.encodeCbor = (value) => {
  end = 0;
  write(value);
  return out.slice(0, end);
};

export const decodeCbor: typeof Cbor.decodeCbor = (bytes) => {
  const reader = { bytes, at: 0 };
  const value = read(reader);
  if (reader.at !== bytes.length) throw new WireError('not canonical CBOR');
  return value;
};

function write(value: unknown): void {
  if (end + 16 > out.length) grow(16);
  if (typeof value === 'string') writeText(value);
  else if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new UsageError('a whole number expected');
    if (value >= 0) head(UINT, value);
    else head(NEGATIVE, -1 - value);
  } else if (value === null) out[end++] = NULL;
  else if (typeof value === 'boolean') out[end++] = value ? TRUE : FALSE;
  else if (value instanceof Uint8Array) {
    head(BYTES, value.length);
    put(value);
  } else if (Array.isArray(value)) {
    head(LIST, value.length);
    for (const item of value as readonly unknown[]) write(item);
  } else if (typeof value === 'object') {
    const map = value instanceof Map ? Object.fromEntries(value as Map<string, unknown>) : value;
    const names = sorted(map);
    head(MAP, names.length);
    for (const name of names) {
      writeText(name);
      write((map as Record<string, unknown>)[name]);
    }
  } else throw new UsageError(`no CBOR for ${typeof value}`);
}

/** Shorter names first, then by their letters (RFC 7049, section 3.9, as cborg has it). */
function sorted(map: object): readonly string[] {
  const names = Object.keys(map);
  const shape = names.join();
  let order = orders.get(shape);
  if (!order) {
    order = names.sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
    orders.set(shape, order);
  }
  return order;
}

const orders = new Map<string, readonly string[]>();

function head(major: number, count: number): void {
  const type = major << 5;
  if (count < 24) out[end++] = type | count;
  else if (count < 0x100) {
    out[end++] = type | 24;
    out[end++] = count;
  } else if (count < 0x10000) {
    out[end++] = type | 25;
    out[end++] = count >>> 8;
    out[end++] = count;
  } else if (count < 0x100000000) {
    out[end++] = type | 26;
    word(count);
  } else {
    out[end++] = type | 27;
    word(Math.floor(count / 0x100000000));
    word(count % 0x100000000);
  }
}

function word(value: number): void {
  out[end++] = value >>> 24;
  out[end++] = value >>> 16;
  out[end++] = value >>> 8;
  out[end++] = value;
}

function writeText(text: string): void {
  if (end + text.length + 16 > out.length) grow(text.length + 16);
  const start = end;
  head(TEXT, text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) {
      const encoded = utf8(text);
      end = start;
      head(TEXT, encoded.length);
      put(encoded);
      return;
    }
    out[end++] = code;
  }
}

function put(bytes: Uint8Array): void {
  if (end + bytes.length > out.length) grow(bytes.length);
  out.set(bytes, end);
  end += bytes.length;
}

function grow(by: number): void {
  const more = new Uint8Array(2 * (out.length + by));
  more.set(out);
  out = more;
}

interface Reader {
  readonly bytes: Uint8Array;
  at: number;
}

function read(reader: Reader): unknown {
  const first = next(reader);
  if (first === NULL) return null;
  if (first === TRUE || first === FALSE) return first === TRUE;
  const count = countOf(reader, first & 31);
  switch (first >>> 5) {
    case UINT:
      return count;
    case NEGATIVE:
      return -1 - count;
    case BYTES:
      return take(reader, count).slice();
    case TEXT:
      return text(take(reader, count));
    case LIST: {
      const list: unknown[] = [];
      for (let i = 0; i < count; i++) list.push(read(reader));
      return list;
    }
    case MAP: {
      const map = new Map<unknown, unknown>();
      for (let i = 0; i < count; i++) map.set(read(reader), read(reader));
      return map;
    }
    default:
      throw new WireError('not canonical CBOR');
  }
}

function text(bytes: Uint8Array): string {
  let found = '';
  for (const byte of bytes) {
    if (byte > 0x7f) return fromUtf8(bytes);
    found += String.fromCharCode(byte);
  }
  return found;
}

function countOf(reader: Reader, short: number): number {
  if (short < 24) return short;
  let count = 0;
  for (let i = 1 << (short - 24); i > 0; i--) count = count * 256 + next(reader);
  return count;
}

function next(reader: Reader): number {
  const byte = reader.bytes[reader.at++];
  if (byte === undefined) throw new WireError('not canonical CBOR');
  return byte;
}

function take(reader: Reader, length: number): Uint8Array {
  const start = reader.at;
  reader.at += length;
  if (reader.at > reader.bytes.length) throw new WireError('not canonical CBOR');
  return reader.bytes.subarray(start, reader.at);
}
