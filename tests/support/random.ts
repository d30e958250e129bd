/** Repeatable randomness for tests: a hash in counter mode. */
import { sha256 } from '../../src/lib/crypto/primitives.ts';
import type { Random } from '../../src/lib/crypto/random.ts';
import { utf8 } from '../../src/lib/bytes.ts';

export function seeded(seed: string): Random {
  let counter = 0;
  return (length) => {
    const out = new Uint8Array(length);
    for (let at = 0; at < length; at += 32) {
      const block = sha256(utf8(`${seed} ${(counter++).toString()}`));
      out.set(block.subarray(0, Math.min(32, length - at)), at);
    }
    return out;
  };
}
