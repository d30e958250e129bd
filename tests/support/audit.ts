/** Every (key, nonce) pair that was ever sealed with in a test, to see that none is used twice. */
import { hex } from '../../src/lib/bytes.ts';

type Seal = (key: Uint8Array, nonce: Uint8Array, ad: Uint8Array, text: Uint8Array) => Uint8Array;

export const audit = {
  sealed: new Set<string>(),
  repeated: [] as string[]
};

export function audited(seal: Seal): Seal {
  return (key, nonce, ad, text) => {
    const pair = `${hex(key)} ${hex(nonce)}`;
    if (audit.sealed.has(pair)) audit.repeated.push(pair);
    audit.sealed.add(pair);
    return seal(key, nonce, ad, text);
  };
}
