import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { base64url, concat, fromBase64url, utf8 } from '../../../src/lib/bytes.ts';
import { UsageError, WireError } from '../../../src/lib/errors.ts';
import { sha256 } from '../../../src/lib/crypto/primitives.ts';
import {
  decodeInvitation,
  encodeInvitation,
  InvitationError,
  type Invitation
} from '../../../src/lib/protocol/invitation.ts';
import { flipped } from '../../support/bytes.ts';

function bytes(length: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: length, maxLength: length });
}

const invitations: fc.Arbitrary<Invitation> = fc.record({
  flags: fc.record({ many: fc.boolean(), askFirst: fc.boolean(), relayOnly: fc.boolean() }),
  expiry: fc.integer({ min: 0, max: 0xffffffff }),
  publicKey: bytes(32),
  secret: bytes(16)
});

const one: Invitation = {
  flags: { many: false, askFirst: true, relayOnly: false },
  expiry: 29_000_000,
  publicKey: new Uint8Array(32).fill(7),
  secret: new Uint8Array(16).fill(9)
};

/** A link whose check is right, whatever its fields say. */
function linkOf(fields: Uint8Array): string {
  return base64url(concat(fields, sha256(utf8('AP1/invite'), fields).slice(0, 4)));
}

function codeOf(fragment: string): string {
  try {
    decodeInvitation(fragment);
    return 'good';
  } catch (error) {
    if (error instanceof InvitationError && error instanceof WireError) return error.code;
    throw error;
  }
}

describe('invitation links', () => {
  test('decode inverts encode, and a link has 78 characters', () => {
    fc.assert(
      fc.property(invitations, (invitation) => {
        const link = encodeInvitation(invitation);
        expect(link).toMatch(/^[0-9A-Za-z_-]{78}$/);
        expect(decodeInvitation(link)).toEqual(invitation);
      })
    );
  });

  test('have the bytes of the protocol page', () => {
    const fields = concat(Uint8Array.of(1, 2, 0x01, 0xba, 0x81, 0x40), one.publicKey, one.secret);
    expect(encodeInvitation(one)).toBe(linkOf(fields));
  });

  test('a change anywhere is malformed, and never "newer"', () => {
    const sealed = fromBase64url(encodeInvitation(one));
    for (let i = 0; i < sealed.length; i++) {
      for (let bit = 1; bit < 256; bit *= 2)
        expect(codeOf(base64url(flipped(sealed, i, bit)))).toBe('malformed');
    }
  });

  test('a newer version and an unknown flag say so', () => {
    const fields = fromBase64url(encodeInvitation(one)).slice(0, 54);
    expect(codeOf(linkOf(fields))).toBe('good');
    expect(codeOf(linkOf(flipped(fields, 0, 3)))).toBe('newer');
    expect(codeOf(linkOf(concat(Uint8Array.of(2), new Uint8Array(200))))).toBe('newer');
    expect(codeOf(linkOf(flipped(fields, 1, 8)))).toBe('newer');
    expect(codeOf(linkOf(flipped(fields, 1, 128)))).toBe('newer');
  });

  test('other shapes are malformed', () => {
    const fields = fromBase64url(encodeInvitation(one)).slice(0, 54);
    const link = encodeInvitation(one);
    for (const bad of [
      '',
      'A',
      link.slice(1),
      `${link}A`,
      `${link} `,
      `${link}=`,
      link.slice(0, 40),
      'A'.repeat(100_000),
      linkOf(flipped(fields, 0, 1)),
      linkOf(fields.slice(0, 53)),
      linkOf(concat(fields, Uint8Array.of(0)))
    ]) {
      expect(codeOf(bad)).toBe('malformed');
    }
  });

  test('any text at all gives an invitation or one of the two codes', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200, unit: 'binary' }), (text) => codeOf(text) === 'malformed')
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (fields) => {
        expect(['good', 'malformed', 'newer']).toContain(codeOf(linkOf(fields)));
      })
    );
  });

  test('keys of the wrong length are our bug', () => {
    expect(() => encodeInvitation({ ...one, secret: new Uint8Array(32) })).toThrow(UsageError);
    expect(() => encodeInvitation({ ...one, expiry: 2 ** 32 })).toThrow(UsageError);
  });
});
