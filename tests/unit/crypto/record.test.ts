import fc from 'fast-check';
import { expect, test } from 'vitest';
import { utf8 } from '../../../src/lib/bytes.ts';
import { AuthError } from '../../../src/lib/errors.ts';
import { openRecord, sealRecord } from '../../../src/lib/crypto/record.ts';
import { flipped } from '../../support/bytes.ts';
import { seeded } from '../../support/random.ts';

const random = seeded('record');
const key = random(32);

test('open inverts seal', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array({ maxLength: 500 }), (context, text) => {
      const sealed = sealRecord(key, context, text, random);
      expect(sealed.length).toBe(24 + text.length + 16);
      expect(openRecord(key, context, sealed)).toEqual(text);
    })
  );
});

test('another place, another key or other bytes are refused', () => {
  const sealed = sealRecord(key, utf8('contacts/1'), utf8('text'), random);
  expect(() => openRecord(key, utf8('contacts/2'), sealed)).toThrow(AuthError);
  expect(() => openRecord(flipped(key, 31), utf8('contacts/1'), sealed)).toThrow(AuthError);
  for (let i = 0; i < sealed.length; i++) {
    expect(() => openRecord(key, utf8('contacts/1'), flipped(sealed, i))).toThrow(AuthError);
    expect(() => openRecord(key, utf8('contacts/1'), sealed.slice(0, i))).toThrow(AuthError);
  }
});

test('the same record sealed twice looks different', () => {
  expect(sealRecord(key, utf8('a'), utf8('b'), random)).not.toEqual(
    sealRecord(key, utf8('a'), utf8('b'), random)
  );
});
