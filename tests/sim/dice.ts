/** Repeatable dice (sfc32), cheap enough for millions of draws. The same name gives the same throws. */
export class Dice {
  #a: number;
  #b: number;
  #c = 0x9e3779b9;
  #counter = 1;

  constructor(stream: string, seed: number) {
    this.#a = seed | 0;
    this.#b = 0;
    for (const character of stream) this.#b = Math.imul(this.#b, 31) + character.charCodeAt(0);
    for (let i = 0; i < 12; i++) this.#next();
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    return Math.floor((this.#next() / 2 ** 32) * limit);
  }

  chance(probability: number): boolean {
    return this.#next() < probability * 2 ** 32;
  }

  pick<T>(from: readonly T[]): T | undefined {
    return from[this.below(from.length)];
  }

  readonly bytes = (length: number): Uint8Array => {
    const out = new Uint8Array(length);
    for (let at = 0; at < length; at += 4) {
      const word = this.#next();
      out[at] = word;
      if (at + 1 < length) out[at + 1] = word >>> 8;
      if (at + 2 < length) out[at + 2] = word >>> 16;
      if (at + 3 < length) out[at + 3] = word >>> 24;
    }
    return out;
  };

  #next(): number {
    const sum = (this.#a + this.#b + this.#counter++) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum >>> 0;
  }
}
