// Bytes for the second implementation (see README.md beside this file). Nothing here comes from src.

/** Everything that the second implementation refuses, for whatever reason. */
export class Refused extends Error {}

export function refuse(why: string): never {
  throw new Refused(why);
}

/** Joins bytes; text stands for its UTF-8. */
export function join(...parts: (Uint8Array | string)[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat(parts.map((part) => Buffer.from(part as Uint8Array))));
}

/** A big-endian unsigned integer of `size` bytes. */
export function uint(value: number | bigint, size: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(size);
  let rest = BigInt(value);
  for (let i = size - 1; i >= 0; i--) {
    out[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  if (rest !== 0n) throw new RangeError(`${value} does not fit ${size} bytes`);
  return out;
}

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

export const unhex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));

export const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** A short string (protocol page): one byte of length, then the bytes. */
export function short(content: Uint8Array | string, most: number): Uint8Array {
  const bytes = join(content);
  if (bytes.length > most) refuse('too long');
  return join(uint(bytes.length, 1), bytes);
}

/** Takes bytes from the front, and insists at the end that none are left. */
export class Taker {
  private readonly bytes: Uint8Array<ArrayBuffer>;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = join(bytes);
  }

  take(length: number): Uint8Array<ArrayBuffer> {
    if (this.left() < length) refuse('too short');
    this.at += length;
    return this.bytes.slice(this.at - length, this.at);
  }

  uint(size: number): number {
    return this.take(size).reduce((sum, byte) => sum * 256 + byte, 0);
  }

  /** A number below `limit`. */
  below(limit: number, size = 1): number {
    const value = this.uint(size);
    return value < limit ? value : refuse('number out of range');
  }

  short(most: number): Uint8Array {
    return this.take(this.below(most + 1));
  }

  left(): number {
    return this.bytes.length - this.at;
  }

  rest(): Uint8Array {
    return this.take(this.left());
  }

  end(): void {
    if (this.left() !== 0) refuse('bytes left over');
  }
}

/** Text of at most `most` bytes that is UTF-8 in truth. */
export function text(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return refuse('not UTF-8');
  }
}
