import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concat, utf8, Writer } from '../../../src/lib/bytes.ts';
import { UsageError, WireError } from '../../../src/lib/errors.ts';
import {
  decodeCandidates,
  decodeIce,
  encodeCandidates,
  encodeIce,
  isCandidate,
  type Candidate,
  type IceBlock
} from '../../../src/lib/wire/ice.ts';
import { expectTotal, flipped } from '../../support/bytes.ts';

const ICE_CHARS = Array.from('ABCXYZabcxyz0189+/');
const iceText = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...ICE_CHARS), minLength, maxLength });
const uint = (max: number, min = 0): fc.Arbitrary<number> => fc.integer({ min, max });

const candidates: fc.Arbitrary<Candidate> = fc.record({
  type: fc.constantFrom('host', 'srflx', 'prflx', 'relay'),
  protocol: fc.constantFrom('udp', 'tcp'),
  address: fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.uuid().map((name) => `${name}.local`)
  ),
  port: uint(0xffff),
  priority: uint(2 ** 31 - 1, 1),
  foundation: uint(0xffffffff)
});

const blocks: fc.Arbitrary<IceBlock> = fc.record({
  ufrag: iceText(4, 64),
  pwd: iceText(22, 128),
  fingerprint: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  setup: fc.constantFrom('actpass', 'active', 'passive'),
  candidates: fc.array(candidates, { maxLength: 20 })
});

const one: Candidate = {
  type: 'srflx',
  protocol: 'udp',
  address: '192.0.2.1',
  port: 3478,
  priority: 1_677_729_535,
  foundation: 842_163_049
};
const block: IceBlock = {
  ufrag: 'ufrg',
  pwd: 'x'.repeat(22),
  fingerprint: new Uint8Array(32).fill(1),
  setup: 'passive',
  candidates: [one]
};

describe('ICE blocks', () => {
  test('decode inverts encode', () => {
    fc.assert(
      fc.property(blocks, (ice) => {
        expect(decodeIce(encodeIce(ice))).toEqual(ice);
      })
    );
  });

  test('have the bytes of the protocol page', () => {
    const expected = new Writer()
      .short(utf8('ufrg'))
      .short(utf8('x'.repeat(22)))
      .bytes(new Uint8Array(32).fill(1))
      .u8(2)
      .u8(1)
      .u8(1)
      .u8(0)
      .short(utf8('192.0.2.1'))
      .u16(3478)
      .u32(1_677_729_535)
      .u32(842_163_049)
      .done();
    expect(encodeIce(block)).toEqual(expected);
  });

  test('any bytes, and any change of good ones, are a block or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expectTotal(() => decodeIce(bytes));
        expectTotal(() => decodeCandidates(bytes));
      })
    );
    const good = encodeIce(block);
    fc.assert(
      fc.property(uint(good.length - 1), uint(255, 1), (index, bits) => {
        const bytes = flipped(good, index, bits);
        expectTotal(() => {
          // One text for each block: what decodes encodes to the very same bytes.
          expect(encodeIce(decodeIce(bytes))).toEqual(bytes);
        });
      }),
      { numRuns: 2000 }
    );
  });

  test('cut and lengthened blocks', () => {
    const good = encodeIce(block);
    for (let i = 0; i < good.length; i++) expect(() => decodeIce(good.slice(0, i))).toThrow(WireError);
    expect(() => decodeIce(concat(good, Uint8Array.of(0)))).toThrow(WireError);
  });

  test('at most 20 candidates', () => {
    const many = Array.from({ length: 20 }, () => one);
    expect(decodeCandidates(encodeCandidates(many))).toEqual(many);
    expect(() => encodeCandidates([...many, one])).toThrow(UsageError);
    const list = encodeCandidates([one]).slice(1);
    expect(() =>
      decodeCandidates(concat(Uint8Array.of(21), ...Array.from({ length: 21 }, () => list)))
    ).toThrow(WireError);
  });

  test.each([
    ['a short fragment', { ...block, ufrag: 'abc' }],
    ['a line break in the fragment', { ...block, ufrag: 'abcd\r\na=x' }],
    ['a line break at the end', { ...block, ufrag: 'abcd\n' }],
    ['a short password', { ...block, pwd: 'x'.repeat(21) }],
    ['a space in the password', { ...block, pwd: `${'x'.repeat(22)} y` }],
    ['a fingerprint of SHA-1', { ...block, fingerprint: new Uint8Array(20) }]
  ])('%s is not sent', (_, ice) => {
    expect(() => encodeIce(ice)).toThrow(UsageError);
  });

  test('text that could change an SDP line does not decode', () => {
    for (const text of ['abcd\r\n', 'ab d', 'ab=d', 'abcdé', 'abc\0d']) {
      const bytes = concat(new Writer().short(utf8(text)).done(), encodeIce(block).slice(5));
      expect(() => decodeIce(bytes)).toThrow(WireError);
    }
  });
});

describe('addresses', () => {
  test.each([
    '0.0.0.0',
    '255.255.255.255',
    '10.0.0.1',
    '::1',
    '::',
    '2001:db8::ff00:42:8329',
    '2001:0db8:0000:0000:0000:ff00:0042:8329',
    '::ffff:192.0.2.1',
    'fe80::1',
    '0b3c1a52-8a0e-4f0c-9c43-6c0a7a3b1c55.local'
  ])('%s is one', (address) => {
    expect(isCandidate({ ...one, address })).toBe(true);
    expect(decodeCandidates(encodeCandidates([{ ...one, address }]))[0]?.address).toBe(address);
  });

  test.each([
    '',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '1.2.3.4.',
    '1.2.3.4\n',
    '1.2.3.4 ',
    ' 1.2.3.4',
    '1.2.3.4 typ relay',
    'fe80::1%eth0',
    'a:b',
    'example.com',
    'evil.local.example.com',
    '.local',
    'a.b.local',
    'a.local\r\na=x',
    `${'a'.repeat(59)}.local`,
    '[::1]',
    'gg::1',
    '１.2.3.4'
  ])('%j is none', (address) => {
    expect(isCandidate({ ...one, address })).toBe(false);
    expect(() => encodeCandidates([{ ...one, address }])).toThrow(UsageError);
    const bytes = new Writer().u8(1).u8(0).u8(0).short(utf8(address)).u16(1).u32(1).u32(1).done();
    expect(() => decodeCandidates(bytes)).toThrow(WireError);
  });

  test.each([
    { port: 65_536 },
    { port: -1 },
    { port: 1.5 },
    { priority: 0 },
    { priority: 2 ** 31 },
    { foundation: 2 ** 32 },
    { foundation: Number.NaN }
  ])('numbers out of their range: %j', (change) => {
    expect(isCandidate({ ...one, ...change })).toBe(false);
    expect(() => encodeCandidates([{ ...one, ...change }])).toThrow(UsageError);
  });

  test('a type or protocol that a browser may invent is not sent', () => {
    expect(isCandidate({ ...one, type: 'tunnel' as 'host' })).toBe(false);
    expect(isCandidate({ ...one, protocol: 'ssltcp' as 'tcp' })).toBe(false);
  });

  test.each([
    ['type', [4, 0]],
    ['protocol', [0, 2]]
  ])('an unknown %s', (_, start) => {
    const bytes = new Writer()
      .u8(1)
      .bytes(Uint8Array.from(start))
      .short(utf8('::1'))
      .u16(1)
      .u32(1)
      .u32(1)
      .done();
    expect(() => decodeCandidates(bytes)).toThrow(WireError);
  });
});
