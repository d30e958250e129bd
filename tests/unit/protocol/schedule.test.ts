import { createHash, hkdfSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { concat, hex, utf8 } from '../../../src/lib/bytes.ts';
import {
  deriveKeys,
  invitationPsk,
  NO_RETAINED_SECRET,
  sasCommitment,
  shortAuthenticationString
} from '../../../src/lib/protocol/schedule.ts';
import { seeded } from '../../support/random.ts';

// Section 6 of the protocol once more, written down with another implementation of HKDF and SHA-256.
const random = seeded('schedule');
const exporter = random(32);
const h = random(32);
const cipher = { key: random(32), n: 0 };
const finished = { transport: { send: cipher, receive: cipher }, handshakeHash: h, exporter };

function expand(salt: Uint8Array, ikm: Uint8Array, info: Uint8Array): string {
  return Buffer.from(hkdfSync('sha256', ikm, salt, info, 32)).toString('hex');
}

test.each([
  ['none', NO_RETAINED_SECRET],
  ['one', random(32)]
])('session keys, retained secret: %s', (_, retained) => {
  const { keys, rdv, psk } = deriveKeys(finished, true, retained);
  expect(hex(keys.rootKey)).toBe(expand(retained, exporter, concat(utf8('AP1/root'), h)));
  expect(hex(keys.sendKey)).toBe(expand(retained, exporter, concat(utf8('AP1/chan i2r'), h)));
  expect(hex(keys.receiveKey)).toBe(expand(retained, exporter, concat(utf8('AP1/chan r2i'), h)));
  expect(hex(keys.retained)).toBe(expand(retained, exporter, concat(utf8('AP1/rs'), h)));
  expect(hex(rdv)).toBe(expand(retained, exporter, utf8('AP1/rdv')));
  expect(hex(psk)).toBe(expand(retained, exporter, utf8('AP1/psk pair')));
  expect(keys.handshakeHash).toEqual(h);
});

test('the responder has the two directions the other way round', () => {
  const initiator = deriveKeys(finished, true, NO_RETAINED_SECRET).keys;
  const responder = deriveKeys(finished, false, NO_RETAINED_SECRET).keys;
  expect(responder.sendKey).toEqual(initiator.receiveKey);
  expect(responder.receiveKey).toEqual(initiator.sendKey);
});

test('the psk of an invitation', () => {
  const secret = random(16);
  expect(hex(invitationPsk(secret))).toBe(expand(new Uint8Array(0), secret, utf8('AP1/psk')));
});

test('the short authentication string and its commitment', () => {
  const nI = random(16);
  const nR = random(16);
  const digest = createHash('sha256').update('AP1/sas').update(h).update(nI).update(nR).digest();
  expect(shortAuthenticationString(h, nI, nR)).toBe(digest.readUIntBE(0, 3));
  const commitment = createHash('sha256').update('AP1/sas commit').update(nI).digest('hex');
  expect(hex(sasCommitment(nI))).toBe(commitment);
});
