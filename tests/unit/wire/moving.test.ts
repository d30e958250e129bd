import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UsageError, WireError } from '../../../src/lib/errors.ts';
import { MAX_MESSAGE_BYTES } from '../../../src/lib/protocol/session.ts';
import { decodeMoving, encodeMoving, MAX_PART_BYTES, type Moving } from '../../../src/lib/wire/moving.ts';

const u32 = fc.integer({ min: 0, max: 0xffffffff });
const messages: fc.Arbitrary<Moving> = fc.oneof(
  fc.record({ kind: fc.constant('offer' as const), version: fc.constant(1), length: u32 }),
  fc.record({ kind: fc.constant('part' as const), bytes: fc.uint8Array({ minLength: 1, maxLength: 50 }) }),
  fc.record({ kind: fc.constantFrom('yours' as const, 'ready' as const) }),
  fc.record({ kind: fc.constant('got' as const), upto: u32 }),
  fc.record({ kind: fc.constant('done' as const), conversations: u32 }),
  fc.record({
    kind: fc.constant('stop' as const),
    reason: fc.constantFrom('failed', 'stopped', 'newer', 'damaged', 'full', 'not-empty' as const)
  })
);

function part(length: number): Uint8Array {
  return Uint8Array.of(2, ...new Uint8Array(length));
}

describe('words of moving', () => {
  test('decode inverts encode, and each has one form', () => {
    fc.assert(
      fc.property(messages, (message) => {
        const bytes = encodeMoving(message);
        expect(decodeMoving(bytes)).toEqual(message);
        if (message.kind === 'part') return;
        expect(() => decodeMoving(Uint8Array.of(...bytes, 0))).toThrow(WireError);
        expect(() => decodeMoving(bytes.slice(0, -1))).toThrow(WireError);
      })
    );
  });

  test('have the bytes of the page', () => {
    expect(encodeMoving({ kind: 'offer', version: 1, length: 0x10000 })).toEqual(
      Uint8Array.of(1, 1, 0, 1, 0, 0)
    );
    expect(encodeMoving({ kind: 'stop', reason: 'full' })).toEqual(Uint8Array.of(7, 4));
  });

  test('the longest fits a message of a session', () => {
    expect(decodeMoving(part(MAX_PART_BYTES))).toMatchObject({ kind: 'part' });
    expect(part(MAX_PART_BYTES).length).toBeLessThanOrEqual(MAX_MESSAGE_BYTES);
    expect(() => decodeMoving(part(MAX_PART_BYTES + 1))).toThrow(WireError);
    expect(() => decodeMoving(part(0))).toThrow(WireError);
    expect(() => encodeMoving({ kind: 'part', bytes: new Uint8Array(0) })).toThrow(UsageError);
  });

  test('a later version may say more of its offer, and have more reasons', () => {
    expect(decodeMoving(Uint8Array.of(1, 2, 9, 9))).toEqual({ kind: 'offer', version: 2, length: 0 });
    expect(decodeMoving(Uint8Array.of(7, 99))).toEqual({ kind: 'stop', reason: 'failed' });
    expect(() => decodeMoving(Uint8Array.of(8))).toThrow(WireError);
    expect(() => decodeMoving(new Uint8Array(0))).toThrow(WireError);
  });
});
