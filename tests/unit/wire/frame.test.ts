import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concat, EMPTY, utf8 } from '../../../src/lib/bytes.ts';
import { UsageError, WireError } from '../../../src/lib/errors.ts';
import {
  decodeBody,
  encodeBody,
  HEADER_BYTES,
  pad,
  PAD_CLASSES,
  unpad,
  type ChannelBody
} from '../../../src/lib/wire/frame.ts';
import { expectTotal, flipped } from '../../support/bytes.ts';

const fingerprints = fc.uint8Array({ minLength: 32, maxLength: 32 });
const messages = fc.record({
  header: fc.uint8Array({ minLength: HEADER_BYTES, maxLength: HEADER_BYTES }),
  sealed: fc.uint8Array({ maxLength: 1200 })
});
const bodies: fc.Arbitrary<ChannelBody> = fc.oneof(
  fc.record({
    kind: fc.constant('bind' as const),
    version: fc.integer({ min: 0, max: 255 }),
    local: fingerprints,
    remote: fingerprints,
    message: fc.option(messages)
  }),
  fc.record({ kind: fc.constant('message' as const), message: messages }),
  fc.record({
    kind: fc.constant('rehandshake' as const),
    step: fc.constantFrom('a', 'b', 'switch'),
    data: fc.uint8Array({ maxLength: 1300 })
  }),
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
    const message = { header: new Uint8Array(HEADER_BYTES).fill(3), sealed: utf8('sealed') };
    const padded = (length: number, ...parts: Uint8Array[]): Uint8Array => {
      const body = concat(...parts);
      return concat(
        Uint8Array.of(body.length >> 8, body.length & 255),
        body,
        new Uint8Array(length - 2 - body.length)
      );
    };
    expect(encodeBody(bind)).toEqual(padded(256, Uint8Array.of(0, 7), local, remote));
    expect(encodeBody({ ...bind, message })).toEqual(
      padded(256, Uint8Array.of(0, 7), local, remote, message.header, message.sealed)
    );
    expect(encodeBody({ kind: 'message', message })).toEqual(
      padded(256, Uint8Array.of(1), message.header, message.sealed)
    );
    const steps = ['a', 'b', 'switch'] as const;
    steps.forEach((step, number) => {
      const data = new Uint8Array(1_184).fill(4);
      expect(encodeBody({ kind: 'rehandshake', step, data })).toEqual(
        padded(2_048, Uint8Array.of(2, number), data)
      );
    });
    expect(encodeBody({ kind: 'close', reason: 9 })).toEqual(padded(256, Uint8Array.of(5, 9)));
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
    ['a re-handshake without step', [2]],
    ['a fourth step', [2, 3]],
    ['type 3', [3]],
    ['type 4', [4]],
    ['type 6', [6]],
    ['a message without header', [1]],
    ['a short header', [1, ...new Uint8Array(HEADER_BYTES - 1)]],
    ['a close without reason', [5]],
    ['a long close', [5, 1, 1]],
    ['a short bind', [0, 1, 2, 3]],
    ['a bind with a short message', [0, ...new Uint8Array(65), 1]]
  ])('%s', (_, bytes) => {
    expect(() => decodeBody(pad(Uint8Array.from(bytes)))).toThrow(WireError);
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
    expect(pad(new Uint8Array(8190)).length).toBe(8192);
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
