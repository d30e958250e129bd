/** Looks for many byte strings at once in much memory. */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { base64url, hex } from '../../src/lib/bytes.ts';

const CHUNK = 1 << 24;
const START = 4;
const SLOTS = 1 << 20;

export class Needles {
  /** By their first four bytes. */
  readonly #byStart = new Map<number, { name: string; bytes: Buffer }[]>();
  readonly #starts = new Uint8Array(SLOTS);
  longest = 0;

  /** As UTF-8, and as the two-byte strings of JavaScript. */
  text(name: string, text: string): this {
    for (const encoding of ['utf8', 'utf16le'] as const)
      this.#add(`${name}, ${encoding}`, Buffer.from(text, encoding));
    return this;
  }

  /** As they are, in hexadecimal and in base64, with either alphabet. */
  bytes(name: string, bytes: Uint8Array): this {
    this.#add(`${name}, raw`, Buffer.from(bytes));
    this.text(`${name}, hex`, hex(bytes));
    this.text(`${name}, HEX`, hex(bytes).toUpperCase());
    this.text(`${name}, base64url`, base64url(bytes));
    return this.text(`${name}, base64`, Buffer.from(bytes).toString('base64'));
  }

  /** The names of those that are in the haystack. */
  in(haystack: Uint8Array, found = new Set<string>()): Set<string> {
    let start = 0;
    for (let at = 0; at < haystack.length; at += 1) {
      start = ((start << 8) | (haystack[at] ?? 0)) >>> 0;
      if (this.#starts[slotOf(start)] === 0 || at < START - 1) continue;
      const from = at - START + 1;
      for (const { name, bytes } of this.#byStart.get(start) ?? [])
        if (bytes.equals(haystack.subarray(from, from + bytes.length))) found.add(name);
    }
    return found;
  }

  /** In everything that a child of this process can write to. Null where the system does not show it: Linux mostly does. */
  inProcess(pid: number): { found: Set<string>; searched: number } | null {
    const found = new Set<string>();
    let searched = 0;
    let memory: number;
    try {
      memory = openSync(`/proc/${String(pid)}/mem`, 'r');
    } catch {
      return null;
    }
    try {
      for (const [from, to] of writable(pid)) {
        // What lies across the edge of two chunks is in the second one whole.
        for (let at = from; at < to; at += CHUNK - this.longest) {
          const chunk = Buffer.alloc(Math.min(CHUNK, to - at));
          const length = read(memory, chunk, at);
          searched += length;
          this.in(chunk.subarray(0, length), found);
        }
      }
    } finally {
      closeSync(memory);
    }
    return { found, searched };
  }

  #add(name: string, bytes: Buffer): void {
    const start = bytes.readUInt32BE(0);
    this.#starts[slotOf(start)] = 1;
    this.#byStart.set(start, [...(this.#byStart.get(start) ?? []), { name, bytes }]);
    this.longest = Math.max(this.longest, bytes.length);
  }
}

function slotOf(start: number): number {
  return Math.imul(start, 0x9e3779b1) >>> 12;
}

function writable(pid: number): [number, number][] {
  return readFileSync(`/proc/${String(pid)}/maps`, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, from = '', to = '', mode = ''] = /^([0-9a-f]+)-([0-9a-f]+) (\S+)/.exec(line) ?? [];
      return mode.startsWith('rw') ? [[parseInt(from, 16), parseInt(to, 16)] satisfies [number, number]] : [];
    });
}

function read(memory: number, into: Buffer, at: number): number {
  try {
    return readSync(memory, into, 0, into.length, at);
  } catch {
    // Reserved and not there, or of a device.
    return 0;
  }
}
