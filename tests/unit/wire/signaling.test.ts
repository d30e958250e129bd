import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concat } from '../../../src/lib/bytes.ts';
import { WireError } from '../../../src/lib/errors.ts';
import {
  BODY_BYTES,
  decodeClientFrame,
  decodeServerFrame,
  encodeClientFrame,
  encodeServerFrame,
  MAX_FRAME_BYTES,
  MAX_TOPICS_PER_FRAME,
  TOPIC_BYTES,
  type ClientFrame,
  type ServerFrame
} from '../../../src/lib/wire/signaling.ts';
import { expectTotal, flipped } from '../../support/bytes.ts';

const topics = fc.uint8Array({ minLength: TOPIC_BYTES, maxLength: TOPIC_BYTES });
const lists = fc.array(topics, { minLength: 1, maxLength: MAX_TOPICS_PER_FRAME });
const bodies = fc.integer({ min: 0, max: 255 }).map((fill) => new Uint8Array(BODY_BYTES).fill(fill));

const clientFrames: fc.Arbitrary<ClientFrame> = fc.oneof(
  fc.record({ kind: fc.constantFrom('subscribe' as const, 'unsubscribe' as const), topics: lists }),
  fc.record({ kind: fc.constant('publish' as const), topic: topics, body: bodies }),
  fc.record({ kind: fc.constant('ping' as const) })
);
const serverFrames: fc.Arbitrary<ServerFrame> = fc.oneof(
  fc.record({ kind: fc.constant('event' as const), topic: topics, body: bodies }),
  fc.record({ kind: fc.constant('present' as const), topic: topics }),
  fc.record({ kind: fc.constant('error' as const), code: fc.integer({ min: 0, max: 255 }) }),
  fc.record({ kind: fc.constant('pong' as const) })
);

const topic = new Uint8Array(TOPIC_BYTES).fill(7);
const body = new Uint8Array(BODY_BYTES).fill(8);

describe.each([
  ['of the client', clientFrames, encodeClientFrame, decodeClientFrame],
  ['of the server', serverFrames, encodeServerFrame, decodeServerFrame]
] as [string, fc.Arbitrary<unknown>, (frame: unknown) => Uint8Array, (bytes: Uint8Array) => unknown][])(
  'frames %s',
  (_, frames, encode, decode) => {
    test('decode inverts encode, and none is longer than the longest', () => {
      fc.assert(
        fc.property(frames, (frame) => {
          const bytes = encode(frame);
          expect(decode(bytes)).toEqual(frame);
          expect(bytes.length).toBeLessThanOrEqual(MAX_FRAME_BYTES);
        })
      );
    });

    test('any bytes, and any change of good ones, are a frame with one form or refused', () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 150 }), fc.integer({ min: 0, max: 8 }), (rest, type) => {
          const bytes = concat(Uint8Array.of(type), rest);
          expectTotal(() => {
            expect(encode(decode(bytes))).toEqual(bytes);
          });
        }),
        { numRuns: 1_000 }
      );
      fc.assert(
        fc.property(frames, fc.nat(), fc.integer({ min: 1, max: 255 }), (frame, at, bits) => {
          const good = encode(frame);
          expectTotal(() => decode(flipped(good, at % good.length, bits)));
          expect(() => decode(good.slice(0, at % good.length))).toThrow(WireError);
          expect(() => decode(concat(good, Uint8Array.of(0)))).toThrow(WireError);
        })
      );
    });
  }
);

test('the bytes are those of the protocol page', () => {
  const one = encodeClientFrame({ kind: 'subscribe', topics: [topic] });
  expect(one).toEqual(concat(Uint8Array.of(1, 1), topic));
  expect(encodeClientFrame({ kind: 'unsubscribe', topics: [topic] })).toEqual(
    concat(Uint8Array.of(2, 1), topic)
  );
  expect(encodeClientFrame({ kind: 'publish', topic, body })).toEqual(concat(Uint8Array.of(3), topic, body));
  expect(encodeServerFrame({ kind: 'event', topic, body })).toEqual(concat(Uint8Array.of(4), topic, body));
  expect(encodeServerFrame({ kind: 'present', topic })).toEqual(concat(Uint8Array.of(5), topic));
  expect(encodeServerFrame({ kind: 'error', code: 3 })).toEqual(Uint8Array.of(6, 3));
  expect(encodeClientFrame({ kind: 'ping' })).toEqual(Uint8Array.of(7));
  expect(encodeServerFrame({ kind: 'pong' })).toEqual(Uint8Array.of(7));
});

test('a frame names 1 to 64 topics', () => {
  for (const type of [1, 2]) {
    expect(() => decodeClientFrame(Uint8Array.of(type, 0))).toThrow(WireError);
    expect(() => decodeClientFrame(concat(Uint8Array.of(type, 65), new Uint8Array(65 * 32)))).toThrow(
      WireError
    );
    const most = decodeClientFrame(concat(Uint8Array.of(type, 64), new Uint8Array(64 * 32)));
    expect(most).toMatchObject({ topics: { length: 64 } });
  }
});

test('a body has 4,096 bytes', () => {
  for (const length of [0, BODY_BYTES - 1, BODY_BYTES + 1]) {
    expect(() => decodeClientFrame(concat(Uint8Array.of(3), topic, new Uint8Array(length)))).toThrow(
      WireError
    );
    expect(() => decodeServerFrame(concat(Uint8Array.of(4), topic, new Uint8Array(length)))).toThrow(
      WireError
    );
  }
});

test('neither side takes the frames of the other', () => {
  for (const type of [4, 5, 6]) {
    expect(() => decodeClientFrame(concat(Uint8Array.of(type), topic, body))).toThrow(WireError);
  }
  for (const type of [1, 2, 3]) {
    expect(() => decodeServerFrame(concat(Uint8Array.of(type), topic, body))).toThrow(WireError);
  }
});
