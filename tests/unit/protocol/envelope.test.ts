import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concat, utf8 } from '../../../src/lib/bytes.ts';
import { AuthError, UsageError, WireError } from '../../../src/lib/errors.ts';
import { xchachaSeal } from '../../../src/lib/crypto/primitives.ts';
import {
  MAX_ENVELOPE_DATA,
  openEnvelope,
  sealEnvelope,
  type Envelope
} from '../../../src/lib/protocol/envelope.ts';
import { rendezvous } from '../../../src/lib/protocol/topics.ts';
import { expectTotal, flipped } from '../../support/bytes.ts';
import { seeded } from '../../support/random.ts';

const random = seeded('envelope');
const root = random(32);
const at = rendezvous(root, 9);
const envelopes: fc.Arbitrary<Envelope> = fc.record({
  kind: fc.constantFrom('knock', 'handshake', 'sealed', 'bye'),
  dir: fc.constantFrom(0, 1),
  hsid: fc.uint8Array({ minLength: 8, maxLength: 8 }),
  data: fc.uint8Array({ maxLength: MAX_ENVELOPE_DATA })
});
const one: Envelope = { kind: 'sealed', dir: 1, hsid: new Uint8Array(8).fill(3), data: utf8('data') };

/** A body around any plaintext, as only a peer can make it. */
function bodyOf(plain: Uint8Array): Uint8Array {
  const nonce = random(24);
  return concat(nonce, xchachaSeal(at.frameKey, nonce, concat(utf8('AP1/sig'), at.topic), plain));
}

function plainOf(...start: number[]): Uint8Array {
  const plain = new Uint8Array(4056);
  plain.set(start);
  return plain;
}

describe('envelopes', () => {
  test('open inverts seal, and every body has 4,096 bytes', () => {
    fc.assert(
      fc.property(envelopes, (envelope) => {
        const body = sealEnvelope(at, envelope, random);
        expect(body.length).toBe(4096);
        expect(openEnvelope(at, body)).toEqual(envelope);
      }),
      { numRuns: 50 }
    );
  });

  test('the longest data has 4,042 bytes', () => {
    expect(MAX_ENVELOPE_DATA).toBe(4042);
    const data = random(4042);
    expect(openEnvelope(at, sealEnvelope(at, { ...one, data }, random)).data).toEqual(data);
    expect(() => sealEnvelope(at, { ...one, data: random(4043) }, random)).toThrow(UsageError);
    expect(() => sealEnvelope(at, { ...one, hsid: random(7) }, random)).toThrow(UsageError);
  });

  test('the fields are where the protocol page has them', () => {
    const plain = plainOf(2, 1, 3, 3, 3, 3, 3, 3, 3, 3, 0, 1, 0, 4, ...utf8('data'));
    expect(openEnvelope(at, bodyOf(plain))).toEqual(one);
  });

  test('another topic, epoch or key, and changed or cut bodies', () => {
    const body = sealEnvelope(at, one, random);
    expect(() => openEnvelope(rendezvous(root, 10), body)).toThrow(AuthError);
    expect(() => openEnvelope({ ...at, topic: flipped(at.topic, 0) }, body)).toThrow(AuthError);
    for (let i = 0; i < body.length; i += 7)
      expect(() => openEnvelope(at, flipped(body, i))).toThrow(AuthError);
    expect(() => openEnvelope(at, body.slice(1))).toThrow(WireError);
    expect(() => openEnvelope(at, concat(body, Uint8Array.of(0)))).toThrow(WireError);
  });

  test.each([
    ['kind 4', plainOf(4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)],
    ['direction 2', plainOf(0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)],
    ['part 1', plainOf(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1)],
    ['no parts', plainOf()],
    ['two parts', plainOf(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2)],
    ['a length that is too long', plainOf(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x0f, 0xcb)],
    ['padding that is not zero', flipped(plainOf(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1), 4055)]
  ])('a peer that sends %s', (_, plain) => {
    expect(() => openEnvelope(at, bodyOf(plain))).toThrow(WireError);
  });

  test('any plaintext of a peer is an envelope or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (start) => {
        expectTotal(() => openEnvelope(at, bodyOf(plainOf(...start))));
      }),
      { numRuns: 200 }
    );
  });
});
