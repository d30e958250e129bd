import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  base64url,
  compareBytes,
  concat,
  equalBytes,
  fromBase64url,
  fromHex,
  fromUtf8,
  hex,
  Reader,
  utf8,
  wipe,
  Writer
} from '../../src/lib/bytes.ts';
import { UsageError, WireError } from '../../src/lib/errors.ts';
import { expectTotal } from '../support/bytes.ts';

const bytes = fc.uint8Array({ maxLength: 100 });

describe('text forms', () => {
  test('hexadecimal', () => {
    fc.assert(
      fc.property(bytes, (value) => {
        expect(hex(value)).toBe(Buffer.from(value).toString('hex'));
        expect(fromHex(hex(value))).toEqual(value);
        expect(fromHex(hex(value).toUpperCase())).toEqual(value);
      })
    );
    for (const text of ['0', '0g', ' 00', '0x00', '00\n', '٠٠'])
      expect(() => fromHex(text), text).toThrow(WireError);
  });

  test('base64url, which Node agrees with', () => {
    fc.assert(
      fc.property(bytes, (value) => {
        expect(base64url(value)).toBe(Buffer.from(value).toString('base64url'));
        expect(fromBase64url(base64url(value))).toEqual(value);
      })
    );
  });

  // RFC 4648, section 10.
  test.each([
    ['', ''],
    ['f', 'Zg'],
    ['fo', 'Zm8'],
    ['foo', 'Zm9v'],
    ['foob', 'Zm9vYg'],
    ['fooba', 'Zm9vYmE'],
    ['foobar', 'Zm9vYmFy']
  ])('base64url of "%s"', (text, encoded) => {
    expect(base64url(utf8(text))).toBe(encoded);
    expect(fromUtf8(fromBase64url(encoded))).toBe(text);
  });

  test('base64url has one text for each byte string', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom('A', 'B', 'g', 'w', '_', '-', '/', '+', '=', '8', 'é'),
          maxLength: 9
        }),
        (text) => {
          expectTotal(() => {
            expect(base64url(fromBase64url(text))).toBe(text);
          });
        }
      ),
      { numRuns: 1_000 }
    );
    for (const text of ['Z', 'Zh', 'Zm9=', 'Zg==', 'Zm+v', 'Zm/v', 'Zm 9v', 'Zm9vZ', '😀']) {
      expect(() => fromBase64url(text), text).toThrow(WireError);
    }
  });

  test('UTF-8 that is none is refused; what is, is kept as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(fromUtf8(utf8(text))).toBe(text);
      })
    );
    expect(fromUtf8(utf8('\ufeffa'))).toBe('\ufeffa');
    expect(hex(utf8('\ud800'))).toBe('efbfbd');
    for (const bad of ['ff', 'c080', 'eda080', 'f4908080', 'c3', '80']) {
      expect(() => fromUtf8(fromHex(bad)), bad).toThrow(WireError);
    }
  });
});

describe('comparing', () => {
  test('equalBytes', () => {
    fc.assert(
      fc.property(bytes, fc.nat(), fc.integer({ min: 1, max: 255 }), (value, at, bits) => {
        expect(equalBytes(value, value.slice())).toBe(true);
        expect(equalBytes(value, concat(value, Uint8Array.of(0)))).toBe(false);
        if (value.length === 0) return;
        const other = value.slice();
        other[at % other.length] = (other[at % other.length] ?? 0) ^ bits;
        expect(equalBytes(value, other)).toBe(false);
      })
    );
  });

  test('compareBytes, which Node agrees with', () => {
    const short = fc.uint8Array({ maxLength: 3, max: 2 });
    fc.assert(
      fc.property(short, short, (a, b) => {
        expect(compareBytes(a, b)).toBe(Buffer.compare(a, b));
      })
    );
  });
});

test('concat copies, wipe wipes', () => {
  const [one, two] = [Uint8Array.of(1), Uint8Array.of(2, 3)];
  const all = concat(one, two);
  expect(all).toEqual(Uint8Array.of(1, 2, 3));
  expect(concat()).toEqual(new Uint8Array(0));
  wipe(one, two);
  expect([one, two]).toEqual([Uint8Array.of(0), Uint8Array.of(0, 0)]);
  expect(all).toEqual(Uint8Array.of(1, 2, 3));
});

describe('the reader', () => {
  test('reads what the writer wrote', () => {
    const uint = (width: number) => fc.integer({ min: 0, max: 256 ** width - 1 });
    fc.assert(
      fc.property(uint(1), uint(2), uint(4), uint(6), bytes, bytes, (a, b, c, d, part, rest) => {
        const written = new Writer().u8(a).u16(b).u32(c).u48(d).short(part).bytes(rest).done();
        const reader = new Reader(written);
        expect([reader.u8(), reader.u16(), reader.u32(), reader.u48()]).toEqual([a, b, c, d]);
        expect(reader.short(100)).toEqual(part);
        expect(reader.remaining).toBe(rest.length);
        expect(reader.rest()).toEqual(rest);
        reader.end();
      })
    );
  });

  test('integers are big-endian', () => {
    const written = new Writer().u8(1).u16(0x0203).u32(0x04050607).u48(0x08090a0b0c0d).done();
    expect(hex(written)).toBe('0102030405060708090a0b0c0d');
  });

  test('cannot overrun, and gives nothing when it would', () => {
    const reader = new Reader(Uint8Array.of(1, 2, 3));
    expect(() => reader.u32()).toThrow(WireError);
    expect(() => reader.take(4)).toThrow(WireError);
    expect(reader.remaining).toBe(3);
    expect(() => {
      reader.end();
    }).toThrow(WireError);
    expect(reader.rest()).toEqual(Uint8Array.of(1, 2, 3));
    expect(() => reader.u8()).toThrow(WireError);
    reader.end();
  });

  test('a length above its limit is refused before anything is taken', () => {
    expect(() => new Reader(Uint8Array.of(3, 1, 2, 3)).short(2)).toThrow(WireError);
    expect(() => new Reader(Uint8Array.of(3, 1, 2)).short(9)).toThrow(WireError);
    expect(new Reader(Uint8Array.of(2, 1, 2)).short(2)).toEqual(Uint8Array.of(1, 2));
  });

  test('gives copies', () => {
    const source = Uint8Array.of(1, 2);
    const taken = new Reader(source).take(2);
    source.fill(0);
    expect(taken).toEqual(Uint8Array.of(1, 2));
  });
});

describe('the writer', () => {
  test.each([-1, 1.5, 256, Number.NaN, Infinity])('%d does not fit a byte', (value) => {
    expect(() => new Writer().u8(value)).toThrow(UsageError);
  });

  test('each width has its limit', () => {
    expect(() => new Writer().u16(2 ** 16)).toThrow(UsageError);
    expect(() => new Writer().u32(2 ** 32)).toThrow(UsageError);
    expect(() => new Writer().u48(2 ** 48)).toThrow(UsageError);
    expect(() => new Writer().short(new Uint8Array(256))).toThrow(UsageError);
    expect(new Writer().short(new Uint8Array(255)).done()).toHaveLength(256);
  });
});
