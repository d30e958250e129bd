import { describe, expect, test } from 'vitest';
import { concat, utf8, Writer } from '../../../src/lib/bytes.ts';
import { AuthError, UsageError, WireError } from '../../../src/lib/errors.ts';
import { generateKeyPair } from '../../../src/lib/crypto/primitives.ts';
import { prologue, SUITE } from '../../../src/lib/protocol/handshake.ts';
import {
  answerReunion,
  isInitiator,
  readReunion,
  reunionReadB,
  startReunion,
  type Meeting
} from '../../../src/lib/protocol/known-contact.ts';
import { initialize, readMessage, writeMessage } from '../../../src/lib/protocol/noise.ts';
import { KK_PSK0_HFS } from '../../../src/lib/protocol/patterns.ts';
import { openFrame, openSession, sealFrame } from '../../../src/lib/protocol/session.ts';
import { rendezvous } from '../../../src/lib/protocol/topics.ts';
import { openTransport, sealTransport } from '../../../src/lib/protocol/transport.ts';
import { encodeIce } from '../../../src/lib/wire/ice.ts';
import { expectRefused, flipped, snapshot } from '../../support/bytes.ts';
import { completeFirstContact, contactsOf, iceBlock } from '../../support/handshakes.ts';
import { seeded } from '../../support/random.ts';

const random = seeded('known contact');
const first = completeFirstContact('known contact');
// Neither has stored a retained secret: retained.test.ts is about those.
const contacts = contactsOf(
  { ...first.readD.established, retained: [] },
  { ...first.d.established, retained: [] }
);
const { topic: place } = rendezvous(contacts.initiator.rdv, 80_000);
const lower: Meeting = { keys: contacts.initiator, place, inBand: false };
const upper: Meeting = { keys: contacts.responder, place, inBand: false };
const ice = iceBlock(random);

const a = startReunion(lower, random);
const readA = readReunion(upper, a.message);
const b = answerReunion(readA.state, ice, random);
const readB = reunionReadB(a.state, b.message);

/** Noise states of our own making, to write payloads that the app never writes. */
function bare(at: Meeting, initiator: boolean) {
  const { own, peer, psk } = at.keys;
  return initialize({
    pattern: KK_PSK0_HFS,
    suite: SUITE,
    initiator,
    prologue: prologue('KK', at.place),
    s: own,
    rs: peer,
    psks: [psk]
  });
}

describe('a reunion of contacts, end to end', () => {
  test('roles come from the keys', () => {
    expect(isInitiator(contacts.initiator)).toBe(true);
    expect(isInitiator(contacts.responder)).toBe(false);
    expect(() => startReunion(upper, random)).toThrow(UsageError);
    expect(() => readReunion(lower, a.message)).toThrow(UsageError);
  });

  test('both have the same keys, crosswise, and no new pairing', () => {
    const one = readB.established;
    const other = b.established;
    expect(readB.ice).toEqual(ice);
    expect([one.initiator, other.initiator]).toEqual([true, false]);
    expect(one.keys.sendKey).toEqual(other.keys.receiveKey);
    expect(one.keys.receiveKey).toEqual(other.keys.sendKey);
    expect(one.keys.rootKey).toEqual(other.keys.rootKey);
    expect(one.keys.retained).toEqual(other.keys.retained);
    expect(one.ratchet.peer).toEqual(other.ratchet.own?.publicKey);
    expect([one.pairing, other.pairing]).toEqual([null, null]);
  });

  test('the ICE answer follows as a transport message, then frames go both ways', () => {
    const answer = encodeIce({ ...ice, setup: 'active' });
    const sealed = sealTransport(readB.established.transport, answer);
    expect(openTransport(b.established.transport, sealed.message).data).toEqual(answer);
    const certificates = { initiator: random(32), responder: random(32) };
    const hello = { kind: 'message', data: utf8('hello') } as const;
    const there = sealFrame(openSession(readB.established, certificates, random).session, hello);
    const got = openFrame(openSession(b.established, certificates, random).session, there.frame, random);
    expect(got.content).toEqual(hello);
    const back = sealFrame(got.session, hello);
    expect(openFrame(there.session, back.frame, random).content).toEqual(hello);
  });

  test('the messages have the lengths of the protocol page', () => {
    expect(a.message.length).toBe(1248 + 5);
    expect(b.message.length).toBe(1152 + 37 + encodeIce(ice).length);
  });

  test('a second reunion has other keys', () => {
    const again = startReunion(lower, random);
    const answer = answerReunion(readReunion(upper, again.message).state, ice, random);
    expect(answer.established.keys.sendKey).not.toEqual(b.established.keys.sendKey);
    expect(answer.established.keys.rootKey).not.toEqual(b.established.keys.rootKey);
  });

  test('no call changes a state that it was given', () => {
    const before = [a.state, readA.state].map(snapshot);
    reunionReadB(a.state, b.message);
    answerReunion(readA.state, ice, random);
    expect([a.state, readA.state].map(snapshot)).toEqual(before);
  });
});

describe('in band', () => {
  const h = b.established.keys.handshakeHash;
  const one: Meeting = { keys: contacts.initiator, place: h, inBand: true };
  const other: Meeting = { keys: contacts.responder, place: h, inBand: true };
  const ask = startReunion(one, random);
  const reply = answerReunion(readReunion(other, ask.message).state, null, random);

  test('there is no ICE block, and the keys are new', () => {
    const read = reunionReadB(ask.state, reply.message);
    expect(read.ice).toBeNull();
    expect(reply.message.length).toBe(1152 + 37);
    expect(read.established.keys).toMatchObject({ sendKey: reply.established.keys.receiveKey });
    expect(read.established.keys.rootKey).not.toEqual(b.established.keys.rootKey);
  });

  test('it belongs to one session, and is not one of the server', () => {
    expect(() => readReunion({ ...other, place: flipped(h, 0) }, ask.message)).toThrow(AuthError);
    expect(() => readReunion({ ...other, inBand: false }, ask.message)).toThrow(AuthError);
  });

  test('an answer with an ICE block, where none belongs, is refused', () => {
    const answer = answerReunion(readReunion(other, ask.message).state, ice, random);
    expect(() => reunionReadB(ask.state, answer.message)).toThrow(WireError);
  });
});

describe('what is refused', () => {
  test('another psk, another key, another topic', () => {
    const { keys } = upper;
    expect(() => readReunion({ ...upper, keys: { ...keys, psk: flipped(keys.psk, 9) } }, a.message)).toThrow(
      AuthError
    );
    expect(() => readReunion({ ...upper, place: flipped(place, 31) }, a.message)).toThrow(AuthError);
    expect(() => readReunion({ ...upper, inBand: true }, a.message)).toThrow(AuthError);
    // Keys of others, in the order that leaves the roles as they are.
    const stranger = strangerWith((key) =>
      isInitiator({ own: { ...keys.own, publicKey: key }, peer: keys.own.publicKey })
    );
    expect(() => readReunion({ ...upper, keys: { ...keys, peer: stranger.publicKey } }, a.message)).toThrow(
      AuthError
    );
    const replaced = strangerWith((key) => isInitiator({ own: lower.keys.own, peer: key }));
    expect(() => readReunion({ ...upper, keys: { ...keys, own: replaced } }, a.message)).toThrow(AuthError);
  });

  test('cut and lengthened messages', () => {
    for (let length = 0; length < a.message.length; length += 29) {
      expectRefused(() => readReunion(upper, a.message.slice(0, length)));
      expectRefused(() => reunionReadB(a.state, b.message.slice(0, length)));
    }
    expectRefused(() => readReunion(upper, concat(a.message, Uint8Array.of(0))));
    expectRefused(() => reunionReadB(a.state, concat(b.message, Uint8Array.of(0))));
  });

  test('messages sent back to where they came from', () => {
    expectRefused(() => reunionReadB(a.state, a.message));
    expectRefused(() => readReunion(upper, b.message));
  });

  test('message B of another handshake', () => {
    const other = startReunion(lower, random);
    expect(() => reunionReadB(other.state, b.message)).toThrow(AuthError);
  });
});

describe('peers of a later version', () => {
  test('unknown capabilities and offered retained secrets are read over', () => {
    const payload = new Writer().u32(0xffffffff).u8(2).bytes(new Uint8Array(16)).done();
    const { message } = writeMessage(bare(lower, true), payload, random);
    expect(() => readReunion(upper, message)).not.toThrow();
  });

  test.each([
    ['three retained secrets', new Writer().u32(0).u8(3).bytes(new Uint8Array(24)).done()],
    ['fewer than announced', new Writer().u32(0).u8(2).bytes(new Uint8Array(8)).done()],
    ['more than announced', new Writer().u32(0).u8(0).bytes(new Uint8Array(8)).done()]
  ])('%s', (_, payload) => {
    const { message } = writeMessage(bare(lower, true), payload, random);
    expect(() => readReunion(upper, message)).toThrow(WireError);
  });

  test('a match of a retained secret that we did not offer', () => {
    const { state } = readMessage(bare(upper, false), a.message);
    const payload = new Writer().u32(0).u8(1).bytes(random(32)).bytes(encodeIce(ice)).done();
    const { message } = writeMessage(state, payload, random);
    expect(() => reunionReadB(a.state, message)).toThrow(WireError);
  });
});

function strangerWith(fits: (publicKey: Uint8Array) => boolean) {
  for (;;) {
    const pair = generateKeyPair(random);
    if (fits(pair.publicKey)) return pair;
  }
}
