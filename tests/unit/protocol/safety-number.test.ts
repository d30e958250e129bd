import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { concat, fromHex, hex, utf8 } from '../../../src/lib/bytes.ts';
import { WireError } from '../../../src/lib/errors.ts';
import {
  fingerprintHalf,
  matchesSafetyCode,
  safetyCode,
  safetyNumber,
  sasSymbols,
  stableIdOf
} from '../../../src/lib/protocol/safety-number.ts';
import { flipped } from '../../support/bytes.ts';
import { seeded } from '../../support/random.ts';

// The test constants of libsignal, rust/protocol/src/fingerprint.rs (without the type byte, which is ours to add).
const ALICE = fromHex('06863bc66d02b40d27b8d49ca7c09e9239236f9d7d25d6fcca5ce13c7064d868');
const BOB = fromHex('f781b6fb32fed9ba1cf2de978d4d5da28dc34046ae814402b5c0dbd96fda907b');
const alice = fingerprintHalf(ALICE, utf8('+14152222222'));
const bob = fingerprintHalf(BOB, utf8('+14153333333'));

describe('the safety number', () => {
  test('is that of libsignal', () => {
    const expected = '300354477692869396892869876765458257569162576843440918079131';
    expect(safetyNumber(alice, bob)).toBe(expected);
    expect(safetyNumber(bob, alice)).toBe(expected);
  });

  test('depends on both keys and both ids', () => {
    const number = safetyNumber(alice, bob);
    for (const other of [
      safetyNumber(fingerprintHalf(flipped(ALICE, 0), utf8('+14152222222')), bob),
      safetyNumber(fingerprintHalf(ALICE, utf8('+14152222223')), bob),
      safetyNumber(alice, fingerprintHalf(flipped(BOB, 31), utf8('+14153333333')))
    ]) {
      expect(other).not.toBe(number);
      expect(other).toMatch(/^\d{60}$/);
    }
  });

  test('the smaller half is first as text, and every group keeps its zeros', () => {
    // Five bytes that are small numbers: groups that begin with zeros.
    const small = new Uint8Array(30);
    const large = new Uint8Array(30).fill(0xff);
    // 2^40 - 1 modulo 100,000.
    expect(safetyNumber(large, small)).toBe('0'.repeat(30) + '27775'.repeat(6));
  });

  test('the id of a contact is the hash of RDV', () => {
    const rdv = seeded('rdv')(32);
    expect(hex(stableIdOf(rdv))).toBe(createHash('sha256').update(rdv).digest('hex'));
  });
});

describe('the code that is scanned', () => {
  test('has prefix, own and peer half; each side reads the other one', () => {
    const code = safetyCode(alice, bob);
    expect(code).toBe(`415001${hex(alice)}${hex(bob)}`.toUpperCase());
    expect(matchesSafetyCode(fromHex(code), bob, alice)).toBe(true);
  });

  test('of the own screen, of a stranger, or of somebody in between: another contact', () => {
    const random = seeded('code');
    const [mallory, carol] = [random(30), random(30)];
    for (const code of [
      safetyCode(bob, alice),
      safetyCode(carol, mallory),
      // Who is in between shows Alice's half to Bob, and has another one for Bob himself.
      safetyCode(alice, mallory),
      safetyCode(mallory, bob)
    ])
      expect(matchesSafetyCode(fromHex(code), bob, alice)).toBe(false);
    const good = fromHex(safetyCode(alice, bob));
    for (let i = 3; i < good.length; i++) expect(matchesSafetyCode(flipped(good, i), bob, alice)).toBe(false);
  });

  test('anything else is no such code', () => {
    const good = fromHex(safetyCode(alice, bob));
    for (const bad of [
      ...[0, 1, 2].map((at) => flipped(good, at)),
      ...Array.from({ length: good.length }, (_, length) => good.slice(0, length)),
      concat(good, Uint8Array.of(0))
    ])
      expect(() => matchesSafetyCode(bad, bob, alice)).toThrow(WireError);
  });
});

describe('the four symbols', () => {
  test.each([
    [0, [0, 0, 0, 0]],
    [0xffffff, [63, 63, 63, 63]],
    [0b000001_000010_000011_000100, [1, 2, 3, 4]],
    [0x800000, [32, 0, 0, 0]],
    [63, [0, 0, 0, 63]]
  ])('%d', (sas, symbols) => {
    expect(sasSymbols(sas)).toEqual(symbols);
  });
});
