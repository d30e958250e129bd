import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromHex, hex } from '../../../src/lib/bytes.ts';
import { WireError } from '../../../src/lib/errors.ts';
import { decodeControl, encodeControl, MAX_LOGS, type Control } from '../../../src/lib/wire/control.ts';
import { expectTotal, flipped } from '../../support/bytes.ts';

const eight = fc.uint8Array({ minLength: 8, maxLength: 8 });
const upto = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const positions = fc.record({ log: eight, upto });
const held = fc.record({ log: eight, upto, head: eight });
const controls: fc.Arbitrary<Control> = fc.oneof(
  fc.record({ kind: fc.constant('entry' as const), entry: fc.uint8Array({ maxLength: 300 }) }),
  fc.record({ kind: fc.constant('sync' as const), positions: fc.array(held, { maxLength: MAX_LOGS }) }),
  fc.record({ kind: fc.constant('ack' as const), position: positions }),
  fc.record({ kind: fc.constant('typing' as const) })
);

describe('controls', () => {
  test('decode inverts encode', () => {
    fc.assert(
      fc.property(controls, (control) => {
        expect(decodeControl(encodeControl(control))).toEqual(control);
      })
    );
  });

  test('have the bytes of the protocol page', () => {
    const position = { log: fromHex('0102030405060708'), upto: 258 };
    expect(hex(encodeControl({ kind: 'entry', entry: Uint8Array.of(7, 8) }))).toBe('010708');
    expect(hex(encodeControl({ kind: 'sync', positions: [] }))).toBe('0200');
    expect(
      hex(encodeControl({ kind: 'sync', positions: [{ ...position, head: fromHex('a1a2a3a4a5a6a7a8') }] }))
    ).toBe('02010102030405060708000000000102a1a2a3a4a5a6a7a8');
    expect(hex(encodeControl({ kind: 'ack', position }))).toBe('030102030405060708000000000102');
    expect(hex(encodeControl({ kind: 'typing' }))).toBe('04');
  });

  test('any bytes, and any change of good ones, are a control with one form or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 150 }), (bytes) => {
        expectTotal(() => {
          expect(encodeControl(decodeControl(bytes))).toEqual(bytes);
        });
      }),
      { numRuns: 1_000 }
    );
    fc.assert(
      fc.property(controls, fc.nat(), fc.integer({ min: 1, max: 255 }), (control, at, bits) => {
        const good = encodeControl(control);
        expectTotal(() => decodeControl(flipped(good, at % good.length, bits)));
        expectTotal(() => decodeControl(good.slice(0, at % good.length)));
      })
    );
  });

  test.each([
    ['nothing', ''],
    ['type 0', '00'],
    ['type 5', '05'],
    ['a SYNC without count', '02'],
    ['a SYNC of one without it', '0201'],
    ['a SYNC of 33', `0221${'00'.repeat(33 * 22)}`],
    ['a SYNC with more than it says', `0200${'00'.repeat(14)}`],
    ['an ACK too short', `03${'00'.repeat(13)}`],
    ['an ACK too long', `03${'00'.repeat(15)}`],
    ['a long TYPING', '0400']
  ])('%s is refused', (_, bytes) => {
    expect(() => decodeControl(fromHex(bytes))).toThrow(WireError);
  });

  test('a SYNC names eight logs at the most', () => {
    expect(decodeControl(fromHex(`0208${'00'.repeat(8 * 22)}`))).toMatchObject({ kind: 'sync' });
  });
});
