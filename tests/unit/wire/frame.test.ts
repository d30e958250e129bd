import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concat, EMPTY, utf8 } from '../../../src/lib/bytes.ts';
import { UsageError, WireError } from '../../../src/lib/errors.ts';
import {
  decodeBody,
  encodeBody,
  MAX_MESSAGE_BYTES,
  pad,
  PAD_CLASSES,
  unpad,
  type ChannelBody
} from '../../../src/lib/wire/frame.ts';
import { expectTotal, flipped } from '../../support/bytes.ts';

const fingerprints = fc.uint8Array({ minLength: 32, maxLength: 32 });
const messages = fc.uint8Array({ maxLength: 1200 });
const bodies: fc.Arbitrary<ChannelBody> = fc.oneof(
  fc.record({
    kind: fc.constant('bind' as const),
    version: fc.integer({ min: 0, max: 255 }),
    local: fingerprints,
    remote: fingerprints,
    message: fc.option(messages)
  }),
  fc.record({ kind: fc.constant('message' as const), data: messages }),
  fc.record({ kind: fc.constant('alive' as const) }),
  fc.record({ kind: fc.constant('close' as const), reason: fc.integer({ min: 0, max: 255 }) })
);

describe('bodies of the channel', () => {
  test('decode inverts encode', () => {
    fc.assert(
      fc.property(bodies, (body) => {
        expect(decodeBody(encodeBody(body))).toEqual(body);
      })
    );
  });

  test('have the types of the protocol page', () => {
    const local = new Uint8Array(32).fill(1);
    const remote = new Uint8Array(32).fill(2);
    const bind = { kind: 'bind', version: 7, local, remote, message: null } as const;
    expect(encodeBody(bind)).toEqual(concat(Uint8Array.of(0, 7), local, remote));
    expect(encodeBody({ ...bind, message: EMPTY })).toEqual(
      concat(Uint8Array.of(0, 7), local, remote, new Uint8Array(256))
    );
    expect(encodeBody({ kind: 'message', data: utf8('a') })).toEqual(
      concat(Uint8Array.of(1, 0, 1, 0x61), new Uint8Array(253))
    );
    expect(encodeBody({ kind: 'alive' })).toEqual(Uint8Array.of(3));
    expect(encodeBody({ kind: 'close', reason: 9 })).toEqual(Uint8Array.of(5, 9));
  });

  test('any bytes, and any change of good ones, are a body or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        expectTotal(() => decodeBody(bytes));
      })
    );
    fc.assert(
      fc.property(bodies, fc.nat(), fc.integer({ min: 1, max: 255 }), (body, at, bits) => {
        const good = encodeBody(body);
        const bytes = flipped(good, at % good.length, bits);
        expectTotal(() => {
          expect(encodeBody(decodeBody(bytes))).toEqual(bytes);
        });
      })
    );
  });

  test.each([
    ['nothing', []],
    ['type 2', [2]],
    ['type 4', [4]],
    ['type 6', [6]],
    ['a message without padding', [1]],
    ['a long alive', [3, 0]],
    ['a close without reason', [5]],
    ['a long close', [5, 1, 1]],
    ['a short bind', [0, 1, 2, 3]]
  ])('%s', (_, bytes) => {
    expect(() => decodeBody(Uint8Array.from(bytes))).toThrow(WireError);
  });

  test('fingerprints of the wrong length are our bug', () => {
    const bind = { kind: 'bind', version: 1, remote: new Uint8Array(32), message: null } as const;
    expect(() => encodeBody({ ...bind, local: new Uint8Array(20) })).toThrow(UsageError);
  });
});

describe('padding', () => {
  test('goes to the smallest class that fits', () => {
    let smallest = 0;
    for (const size of PAD_CLASSES) {
      for (const length of [smallest, size - 3, size - 2]) {
        const data = new Uint8Array(length).fill(7);
        expect(pad(data).length).toBe(size);
        expect(unpad(pad(data))).toEqual(data);
      }
      smallest = size - 1;
    }
    expect(MAX_MESSAGE_BYTES).toBe(8190);
    expect(() => pad(new Uint8Array(8191))).toThrow(UsageError);
  });

  test('has one form only', () => {
    const padded = pad(utf8('text'));
    expect(() => unpad(concat(padded, new Uint8Array(256)))).toThrow(WireError);
    expect(() => unpad(padded.slice(0, -1))).toThrow(WireError);
    expect(() => unpad(concat(padded, Uint8Array.of(0)))).toThrow(WireError);
    expect(() => unpad(EMPTY)).toThrow(WireError);
    for (let i = 6; i < padded.length; i++) expect(() => unpad(flipped(padded, i))).toThrow(WireError);
  });
});
