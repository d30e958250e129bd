import { hkdfSync } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concat, EMPTY, fromHex, hex, utf8 } from '../../../src/lib/bytes.ts';
import { context, H, LABELS, X } from '../../../src/lib/crypto/kdf.ts';
import { hmacSha256 } from '../../../src/lib/crypto/primitives.ts';

describe('HKDF (RFC 5869)', () => {
  test('X and H together are the HKDF of another implementation', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 100 }),
        fc.uint8Array({ maxLength: 100 }),
        fc.constantFrom(...LABELS),
        fc.integer({ min: 1, max: 200 }),
        fc.uint8Array({ maxLength: 40 }),
        (salt, ikm, label, length, suffix) => {
          const info = concat(utf8(`AP1/${label}`), suffix);
          const expected = Buffer.from(hkdfSync('sha256', ikm, salt, info, length)).toString('hex');
          expect(hex(H(X(salt, ikm), label, length, suffix))).toBe(expected);
        }
      )
    );
  });

  // H puts a label before every info, so the RFC's own expansion is out of its reach: the two HMAC steps are checked
  // against it here, and H by the property above.
  test.each([
    [
      'A.1',
      '0b'.repeat(22),
      '000102030405060708090a0b0c',
      'f0f1f2f3f4f5f6f7f8f9',
      '077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5',
      '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865'
    ],
    [
      'A.3',
      '0b'.repeat(22),
      '',
      '',
      '19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04',
      '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8'
    ]
  ])('RFC 5869, appendix %s', (_, ikm, salt, info, prk, okm) => {
    expect(hex(X(fromHex(salt), fromHex(ikm)))).toBe(prk);
    const first = hmacSha256(fromHex(prk), fromHex(info), Uint8Array.of(1));
    const second = hmacSha256(fromHex(prk), first, fromHex(info), Uint8Array.of(2));
    expect(hex(concat(first, second)).slice(0, okm.length)).toBe(okm);
  });

  test('an empty salt is one of 32 zeros', () => {
    expect(X(EMPTY, utf8('ikm'))).toEqual(X(new Uint8Array(32), utf8('ikm')));
  });
});

describe('the registry of labels', () => {
  test('no label stands in it twice', () => {
    expect(new Set(LABELS).size).toBe(LABELS.length);
  });

  test('a context is "AP1/" and the label', () => {
    expect(context('chan i2r')).toEqual(utf8('AP1/chan i2r'));
  });

  test('no other file spells one', () => {
    const root = join(import.meta.dirname, '../../../src');
    const sources = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\.(ts|svelte)$/.test(name)
    );
    expect(sources).toContain(join('lib', 'crypto', 'kdf.ts'));
    const spelling = sources.filter((name) =>
      /^(?!\s*(\*|\/\/|\/\*)).*AP1\//m.test(readFileSync(join(root, name), 'utf8'))
    );
    expect(spelling).toEqual([join('lib', 'crypto', 'kdf.ts')]);
  });
});
