/** Mutated and random inputs for every target, the same for the same seed. */
import { equalBytes, hex } from '../../src/lib/bytes.ts';
import { AuthError, WireError } from '../../src/lib/errors.ts';
import { snapshot } from '../support/bytes.ts';
import { targets, type Target } from './targets.ts';

export interface Fuzzed {
  readonly name: string;
  readonly mutated: number;
  readonly random: number;
  /** Inputs that were understood. */
  readonly understood: number;
}

/** xorshift32: fast, and the same everywhere. Nothing here is a secret. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 1;
  }

  below(limit: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % limit;
  }

  bytes(length: number): Uint8Array {
    const out = new Uint8Array(length);
    for (let i = 0; i < length; i++) out[i] = this.below(256);
    return out;
  }
}

const EDGES = [0, 1, 2, 3, 4, 5, 7, 8, 16, 20, 21, 31, 32, 63, 64, 65, 127, 128, 254, 255];

/**
 * @param runs so many mutated inputs, and as many random ones, over all targets together
 * @param each is called after each target
 * @throws Error that names target and input, for an exception of another kind, a state that has changed, or a second
 * form of one value.
 */
export function fuzz(runs: number, seed: number, each: (done: Fuzzed) => void = () => undefined): Fuzzed[] {
  const all = targets();
  const weights = all.reduce((sum, { weight }) => sum + weight, 0);
  return all.map((target, index) => {
    const count = Math.max(20, Math.ceil((runs * target.weight) / weights));
    const dice = new Dice(seed * 1_000 + index * 7_919);
    const before = snapshot(target.state);
    let understood = 0;
    for (let i = 0; i < count; i++) {
      understood += Number(read(target, mutated(target.seeds, dice)));
      understood += Number(read(target, randomBytes(target.seeds, dice)));
    }
    for (const good of target.seeds) read(target, good);
    if (snapshot(target.state) !== before) throw new Error(`${target.name}: the state has changed`);
    const done = { name: target.name, mutated: count, random: count, understood };
    each(done);
    return done;
  });
}

function read(target: Target, bytes: Uint8Array): boolean {
  const given = bytes.slice();
  let value: unknown;
  try {
    value = target.read(bytes);
  } catch (error) {
    if (error instanceof WireError || error instanceof AuthError) return false;
    throw new Error(`${target.name}: ${String(error)} for ${hex(given)}`, { cause: error });
  }
  if (!equalBytes(given, bytes)) throw new Error(`${target.name}: the input was changed, ${hex(given)}`);
  if (target.write && !equalBytes(target.write(value as never), given))
    throw new Error(`${target.name}: a second form, ${hex(given)}`);
  return true;
}

/** A good input with one to four faults. */
function mutated(seeds: readonly Uint8Array[], dice: Dice): Uint8Array {
  let bytes: Uint8Array = pick(seeds, dice).slice();
  for (let faults = 1 + dice.below(4); faults > 0; faults--) {
    const at = dice.below(bytes.length + 1);
    const length = dice.below(8) === 0 ? dice.below(300) : dice.below(5);
    switch (dice.below(8)) {
      case 0:
        if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << dice.below(8));
        break;
      case 1:
        if (at < bytes.length) bytes[at] = EDGES[dice.below(EDGES.length)] ?? 0;
        break;
      case 2:
        if (at < bytes.length) bytes[at] = dice.below(256);
        break;
      case 3:
        bytes = joined(bytes.subarray(0, at), bytes.subarray(at + length));
        break;
      case 4:
        bytes = joined(bytes.subarray(0, at), dice.bytes(length), bytes.subarray(at));
        break;
      case 5:
        bytes = joined(bytes.subarray(0, at), bytes.subarray(Math.max(0, at - length)));
        break;
      case 6: {
        const other = pick(seeds, dice);
        bytes = joined(bytes.subarray(0, at), other.subarray(dice.below(other.length + 1)));
        break;
      }
      case 7:
        bytes = bytes.slice(0, at);
        break;
    }
  }
  return bytes;
}

/** Short ones most often, and often of a length that a good one has. */
function randomBytes(seeds: readonly Uint8Array[], dice: Dice): Uint8Array {
  if (dice.below(3) === 0) return dice.bytes(pick(seeds, dice).length);
  return dice.bytes(dice.below(dice.below(4) === 0 ? 1_500 : 80));
}

function pick(seeds: readonly Uint8Array[], dice: Dice): Uint8Array {
  return seeds[dice.below(seeds.length)] ?? new Uint8Array();
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
