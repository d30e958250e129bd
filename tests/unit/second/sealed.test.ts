/** Invitations, bodies of the signaling server and records: what one implementation writes the other reads, and no other bytes. */
import { expect, test } from 'vitest';
import { utf8 } from '../../../src/lib/bytes.ts';
import { H } from '../../../src/lib/crypto/kdf.ts';
import { openRecord as srcOpenRecord } from '../../../src/lib/crypto/record.ts';
import { openEnvelope as srcOpenEnvelope } from '../../../src/lib/protocol/envelope.ts';
import { decodeInvitation, InvitationError } from '../../../src/lib/protocol/invitation.ts';
import { rendezvous } from '../../../src/lib/protocol/topics.ts';
import { join, Refused, unhex } from '../../second/bytes.ts';
import { openEnvelope, openRecord } from '../../second/envelope.ts';
import { Newer, readInvitation, writeInvitation } from '../../second/invitation.ts';
import { sha256, xseal } from '../../second/primitives.ts';
import { readVectors } from '../../vectors/aparte.ts';
import { mutations } from './meet.ts';

const { inputs, outputs } = readVectors();

test('both refuse an envelope with any byte changed', () => {
  const [topic, frameKey] = [unhex(outputs.meeting.topic), unhex(outputs.meeting.frameKey)];
  const body = unhex(outputs.envelope);
  expect(srcOpenEnvelope({ epoch: 0, topic, frameKey }, body).kind).toBe('handshake');
  expect(openEnvelope(frameKey, topic, body).kind).toBe(1);
  mutations(3)(body, (changed) => srcOpenEnvelope({ epoch: 0, topic, frameKey }, changed));
  mutations(3)(body, (changed) => openEnvelope(frameKey, topic, changed));
  mutations(1)(topic, (changed) => openEnvelope(frameKey, changed, body));
  mutations(1)(topic, (changed) => srcOpenEnvelope({ epoch: 0, topic: changed, frameKey }, body));
});

test('both refuse a body whose inside has another form than the page gives', () => {
  const { topic, frameKey } = rendezvous(new Uint8Array(32), 1);
  const plain = new Uint8Array(4056);
  plain[11] = 1;
  const sealed = (change: Record<number, number>): Uint8Array => {
    const nonce = new Uint8Array(24);
    const inside = Object.assign(plain.slice(), change);
    return join(nonce, xseal(frameKey, nonce, join('AP1/sig', topic), inside));
  };
  expect(srcOpenEnvelope({ epoch: 1, topic, frameKey }, sealed({})).kind).toBe('knock');
  expect(openEnvelope(frameKey, topic, sealed({})).kind).toBe(0);
  // A kind and a direction that are none, a second part, two parts, a length beyond the end, padding that is no zero.
  for (const change of [{ 0: 4 }, { 1: 2 }, { 10: 1 }, { 11: 2 }, { 12: 0xff }, { 4055: 1 }, { 14: 1 }]) {
    expect(() => srcOpenEnvelope({ epoch: 1, topic, frameKey }, sealed(change))).toThrow();
    expect(() => openEnvelope(frameKey, topic, sealed(change))).toThrow(Refused);
  }
});

test('both read each other’s link, and refuse every other', () => {
  const link = outputs.invitation;
  const { flags, expiry } = inputs.invitation;
  expect(link).toHaveLength(79);
  expect(readInvitation(link)).toMatchObject({ flags, expiry });
  expect(decodeInvitation(link.slice(1)).expiry).toBe(expiry);
  for (let i = 1; i < link.length; i++) {
    const changed = `${link.slice(0, i)}${link[i] === 'A' ? 'B' : 'A'}${link.slice(i + 1)}`;
    expect(() => readInvitation(changed)).toThrow(Refused);
    expect(() => decodeInvitation(changed.slice(1))).toThrow(InvitationError);
    expect(() => readInvitation(link.slice(0, i))).toThrow(Refused);
    expect(() => decodeInvitation(link.slice(1, i))).toThrow(InvitationError);
  }
});

test('both tell a newer link from a wrong one', () => {
  const checked = (...fields: number[]): string => {
    const bytes = Uint8Array.from(fields);
    return Buffer.from(join(bytes, sha256('AP1/invite', bytes).slice(0, 4))).toString('base64url');
  };
  const body = new Array<number>(52).fill(7);
  const newer = [checked(2, ...body), checked(255), checked(1, 8, ...body)];
  const wrong = [checked(0, ...body), checked(1, 7, ...body, 0), checked(1, 8), checked()];
  const codeOf = (fragment: string): string => {
    try {
      decodeInvitation(fragment);
      return 'read';
    } catch (error) {
      return error instanceof InvitationError ? error.code : 'another error';
    }
  };
  const secondCodeOf = (fragment: string): string => {
    try {
      readInvitation(`#${fragment}`);
      return 'read';
    } catch (error) {
      return error instanceof Newer ? 'newer' : error instanceof Refused ? 'malformed' : 'another error';
    }
  };
  for (const code of [codeOf, secondCodeOf]) {
    expect(newer.map(code)).toEqual(newer.map(() => 'newer'));
    expect(wrong.map(code)).toEqual(wrong.map(() => 'malformed'));
  }
  expect(writeInvitation(readInvitation(outputs.invitation))).toBe(outputs.invitation);
});

test('both open the record in its own place only, and with no byte changed', () => {
  const { masterKey, context, plaintext } = inputs.record;
  const [master, record] = [unhex(masterKey), unhex(outputs.record)];
  const key = H(master, 'rec', 32);
  expect(Buffer.from(openRecord(master, context, record)).toString()).toBe(plaintext);
  expect(srcOpenRecord(key, utf8(context), record)).toEqual(utf8(plaintext));
  mutations(1)(record, (changed) => openRecord(master, context, changed));
  mutations(1)(record, (changed) => srcOpenRecord(key, utf8(context), changed));
  mutations(1)(utf8(context), (changed) => openRecord(master, Buffer.from(changed).toString(), record));
  mutations(1)(utf8(context), (changed) => srcOpenRecord(key, changed, record));
});
