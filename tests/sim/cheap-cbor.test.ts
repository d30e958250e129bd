/** The simulator's CBOR is the real one: the same bytes for every value, and the same value for those. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as real from '../../src/lib/wire/cbor.ts';
import { decodeCbor, encodeCbor } from './cheap-cbor.ts';

const name = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 12 });
const leaf = fc.oneof(
  fc.boolean(),
  fc.constant(null),
  fc.maxSafeInteger(),
  fc.integer({ min: 0, max: 300 }),
  fc.constantFrom(23, 24, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 48, -1, -24, -25, -257),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.uint8Array({ maxLength: 300 })
);
const { value: values } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.array(tie('value'), { maxLength: 30 }),
    fc.dictionary(name, tie('value'), { maxKeys: 30, noNullPrototype: true })
  )
}));

test('the same bytes, and the same value again', () => {
  fc.assert(
    fc.property(values, (value) => {
      const bytes = encodeCbor(value);
      expect([...bytes]).toEqual([...real.encodeCbor(value)]);
      expect(decodeCbor(bytes)).toEqual(real.decodeCbor(bytes));
      expect(encodeCbor(decodeCbor(bytes))).toEqual(bytes);
    }),
    { numRuns: 300 }
  );
});

test('what is cut off is refused', () => {
  const bytes = encodeCbor({ text: 'aé', list: [1, 2 ** 40, Uint8Array.of(1, 2)], none: null });
  for (let length = 0; length < bytes.length; length++)
    expect(() => decodeCbor(bytes.slice(0, length))).toThrow();
  expect(() => decodeCbor(Uint8Array.of(...bytes, 0))).toThrow();
});
