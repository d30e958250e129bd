import { hkdfSync } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concat, EMPTY, hex, utf8 } from '../../../src/lib/bytes.ts';
import { context, H, LABELS, X } from '../../../src/lib/crypto/kdf.ts';

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
