/** Ways to damage bytes, and to see that nobody else did. */
import { expect } from 'vitest';
import { AuthError, WireError } from '../../src/lib/errors.ts';
import { hex } from '../../src/lib/bytes.ts';

/** A copy of `bytes` with one bit of the byte at `index` turned over. */
export function flipped(bytes: Uint8Array, index: number, bit = 1): Uint8Array {
  return bytes.map((byte, at) => (at === index ? byte ^ bit : byte));
}

/** What `run` throws must be one of the two errors that bad input may cause. */
export function expectRefused(run: () => unknown): void {
  const error = caught(run);
  if (!(error instanceof WireError) && !(error instanceof AuthError))
    expect.fail(`not refused: ${String(error)}`);
}

/** `run` gives something, or refuses as {@link expectRefused} allows: it is total. */
export function expectTotal(run: () => unknown): void {
  const error = caught(run);
  if (error !== undefined) {
    expectRefused(() => {
      throw error;
    });
  }
}

function caught(run: () => unknown): Error | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

/** All that a value holds, as text: equal before and after a call means that the call did not touch it. */
export function snapshot(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => (inner instanceof Uint8Array ? hex(inner) : inner));
}
