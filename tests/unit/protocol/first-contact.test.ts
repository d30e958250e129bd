import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concat, EMPTY, utf8, Writer } from '../../../src/lib/bytes.ts';
import { AuthError, UsageError, WireError } from '../../../src/lib/errors.ts';
import { dh, generateKeyPair, kemKeyPair } from '../../../src/lib/crypto/primitives.ts';
import {
  answerAccept,
  answerDecline,
  answerJoin,
  answerReadC,
  joinReadB,
  joinReadD,
  joinWriteC,
  startJoin
} from '../../../src/lib/protocol/first-contact.ts';
import { prologue, SUITE } from '../../../src/lib/protocol/handshake.ts';
import { initialize, readMessage, writeMessage } from '../../../src/lib/protocol/noise.ts';
import { XK_PSK0_HFS } from '../../../src/lib/protocol/patterns.ts';
import { invitationPsk } from '../../../src/lib/protocol/schedule.ts';
import { openFrame, openSession, sealFrame } from '../../../src/lib/protocol/session.ts';
import {
  encryptAndHash,
  initializeSymmetric,
  mixHash,
  mixKey,
  mixKeyAndHash
} from '../../../src/lib/protocol/symmetric.ts';
import { openTransport, sealTransport } from '../../../src/lib/protocol/transport.ts';
import { expectRefused, expectTotal, flipped, snapshot } from '../../support/bytes.ts';
import { completeFirstContact, firstContact } from '../../support/handshakes.ts';

describe('first contact, end to end', () => {
  const run = completeFirstContact('end to end');
  const joiner = run.readD.established;
  const inviter = run.d.established;

  test('each learns the name and the ICE block of the other', () => {
    expect(run.readC.name).toBe('Guest');
    expect(run.readC.ice).toEqual(run.guest.ice);
    expect(run.readD.name).toBe('Host');
    expect(run.readD.ice).toEqual(run.host.ice);
  });

  test('both become contacts with the same secrets and the same short string', () => {
    expect(joiner.initiator).toBe(true);
    expect(inviter.initiator).toBe(false);
    expect(joiner.pairing?.own).toEqual(run.joiner.pair);
    expect(joiner.pairing?.peer).toEqual(run.inviterPair.publicKey);
    expect(inviter.pairing?.own).toEqual(run.inviterPair);
    expect(inviter.pairing?.peer).toEqual(run.joiner.pair.publicKey);
    expect(joiner.pairing?.rdv).toEqual(inviter.pairing?.rdv);
    expect(joiner.pairing?.psk).toEqual(inviter.pairing?.psk);
    expect(joiner.pairing?.sas).toBe(inviter.pairing?.sas);
    expect(joiner.pairing?.sas).toBeLessThan(2 ** 24);
  });

  test('the keys of the session match crosswise, and the ratchet can start', () => {
    expect(joiner.keys.sendKey).toEqual(inviter.keys.receiveKey);
    expect(joiner.keys.receiveKey).toEqual(inviter.keys.sendKey);
    expect(joiner.keys.sendKey).not.toEqual(joiner.keys.receiveKey);
    expect(joiner.keys.rootKey).toEqual(inviter.keys.rootKey);
    expect(joiner.keys.retained).toEqual(inviter.keys.retained);
    expect(joiner.keys.handshakeHash).toEqual(inviter.keys.handshakeHash);
    expect(joiner.ratchet.own).toBeNull();
    expect(joiner.ratchet.peer).toEqual(inviter.ratchet.own?.publicKey);
    expect(inviter.ratchet.peer).toBeNull();
  });

  test('transport messages and session frames go both ways', () => {
    const there = sealTransport(joiner.transport, utf8('candidates'));
    expect(openTransport(inviter.transport, there.message).data).toEqual(utf8('candidates'));
    const back = sealTransport(inviter.transport, utf8('more'));
    expect(openTransport(joiner.transport, back.message).data).toEqual(utf8('more'));

    const certificates = { initiator: run.random(32), responder: run.random(32) };
    let a = openSession(joiner, certificates, run.random).session;
    let b = openSession(inviter, certificates, run.random).session;
    for (const text of ['one', 'two', 'three']) {
      const content = { kind: 'message', data: utf8(text) } as const;
      const sent = sealFrame(a, content);
      const got = openFrame(b, sent.frame, run.random);
      expect(got.content).toEqual(content);
      const answered = sealFrame(got.session, content);
      const heard = openFrame(sent.session, answered.frame, run.random);
      expect(heard.content).toEqual(content);
      [a, b] = [heard.session, answered.session];
    }
  });

  test('the messages have the lengths of the protocol page', () => {
    expect(run.a.message.length).toBe(1248 + 36);
    expect(run.b.message.length).toBe(1152 + 1 + 52);
  });

  test('two runs share nothing', () => {
    const other = completeFirstContact('another');
    expect(other.a.message.slice(0, 32)).not.toEqual(run.a.message.slice(0, 32));
    expect(other.d.established.pairing?.rdv).not.toEqual(inviter.pairing?.rdv);
    expect(other.d.established.keys.sendKey).not.toEqual(inviter.keys.sendKey);
  });

  test('no call changes a state that it was given', () => {
    const states = [run.a.state, run.b.state, run.readB.state, run.c.state, run.readC.state];
    const before = states.map(snapshot);
    joinReadB(run.a.state, run.b.message);
    joinWriteC(run.readB.state, run.guest, run.random);
    answerReadC(run.b.state, run.c.message);
    answerAccept(run.readC.state, { pair: run.inviterPair, ...run.host });
    joinReadD(run.c.state, run.d.message);
    expect(states.map(snapshot)).toEqual(before);
  });
});

describe('answers that are no', () => {
  test.each(['used', 'revoked', 'expired'] as const)('a link that is %s says so in message B', (status) => {
    const { joiner, inviter, random } = firstContact(status);
    const a = startJoin(joiner, random);
    const b = answerJoin({ ...inviter, status }, a.message, random);
    expect(b.message.length).toBe(completeFirstContact('open').b.message.length);
    expect(joinReadB(a.state, b.message).status).toBe(status);
  });

  test.each(['open', 'used', 'revoked', 'expired'] as const)(
    'a guest who is declined, with a link that is %s by now, hears so, and gets no key, name or address',
    (status) => {
      const run = completeFirstContact('decline');
      const { message } = answerDecline(run.readC.state, status);
      expect(message.length).toBe(2 + 16);
      expect(joinReadD(run.c.state, message)).toEqual({ kind: 'declined', status });
    }
  );
});

describe('what is refused', () => {
  const run = completeFirstContact('refused');

  test('another secret, another static key, another topic', () => {
    const { inviter, random, a } = run;
    const attempts = [
      { ...inviter, secret: flipped(inviter.secret, 3) },
      { ...inviter, keys: generateKeyPair(random) },
      { ...inviter, topic: flipped(inviter.topic, 0) }
    ];
    for (const attempt of attempts) expect(() => answerJoin(attempt, a.message, random)).toThrow(AuthError);
    expect(answerJoin(inviter, a.message, random).state).not.toBeNull();
  });

  test('cut and lengthened messages', () => {
    const readers = [
      [run.a.message, (m: Uint8Array) => answerJoin(run.inviter, m, run.random)],
      [run.b.message, (m: Uint8Array) => joinReadB(run.a.state, m)],
      [run.c.message, (m: Uint8Array) => answerReadC(run.b.state, m)],
      [run.d.message, (m: Uint8Array) => joinReadD(run.c.state, m)]
    ] as const;
    for (const [message, read] of readers) {
      for (let length = 0; length < message.length; length += 23)
        expectRefused(() => read(message.slice(0, length)));
      expectRefused(() => read(message.slice(0, -1)));
      expectRefused(() => read(concat(message, Uint8Array.of(0))));
      expectRefused(() => read(new Uint8Array(70_000)));
    }
  });

  test('random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1400 }), (bytes) => {
        expectRefused(() => answerJoin(run.inviter, bytes, run.random));
        expectRefused(() => joinReadB(run.a.state, bytes));
        expectRefused(() => answerReadC(run.b.state, bytes));
        expectRefused(() => joinReadD(run.c.state, bytes));
      }),
      { numRuns: 50 }
    );
  });

  test('any payload of a peer who has the keys is understood or refused', () => {
    const readA = readMessage(bareInviter(run), run.a.message).state;
    const payloads = fc.tuple(fc.integer({ min: 0, max: 2 }), fc.uint8Array({ maxLength: 150 }));
    fc.assert(
      fc.property(payloads, ([first, rest]) => {
        const payload = concat(Uint8Array.of(first), rest);
        const b = writeMessage(readA, payload, run.random).message;
        expectTotal(() => joinReadB(run.a.state, b));
        const nI = concat(run.readB.state.nI, payload);
        const c = writeMessage(run.readB.state.handshake, nI, run.random).message;
        expectTotal(() => answerReadC(run.b.state, c));
        const d = sealTransport(run.readC.state.split.transport, payload).message;
        expectTotal(() => joinReadD(run.c.state, d));
      }),
      { numRuns: 100 }
    );
  });

  test('messages sent back to where they came from', () => {
    expectRefused(() => joinReadB(run.a.state, run.a.message));
    expectRefused(() => answerReadC(run.b.state, run.b.message));
    expectRefused(() => joinReadD(run.c.state, run.c.message));
    expectRefused(() => openTransport(run.d.established.transport, run.d.message));
    const certificates = { initiator: run.random(32), responder: run.random(32) };
    const { session } = openSession(run.readD.established, certificates, run.random);
    const { frame } = sealFrame(session, { kind: 'message', data: utf8('mine') });
    expect(() => openFrame(session, frame, run.random)).toThrow(AuthError);
  });

  test('a number that message A did not commit to', () => {
    const nI = flipped(run.readB.state.nI, 15);
    const c = joinWriteC({ ...run.readB.state, nI }, run.guest, run.random);
    expect(() => answerReadC(run.b.state, c.message)).toThrow(AuthError);
  });

  test('our own pair key as that of the other side', () => {
    const d = answerAccept(run.readC.state, { pair: run.joiner.pair, ...run.host });
    expect(() => joinReadD(run.c.state, d.message)).toThrow(WireError);
  });

  test('an answer that is neither yes nor no', () => {
    const yes = openTransport(run.c.state.split.transport, run.d.message).data;
    const { message } = sealTransport(run.readC.state.split.transport, flipped(yes, 0, 3));
    expect(() => joinReadD(run.c.state, message)).toThrow(WireError);
    const { message: empty } = sealTransport(run.readC.state.split.transport, EMPTY);
    expect(() => joinReadD(run.c.state, empty)).toThrow(WireError);
  });

  test('a name that is too long is our bug', () => {
    expect(() => joinWriteC(run.readB.state, { ...run.guest, name: 'é'.repeat(33) }, run.random)).toThrow(
      UsageError
    );
    const { name } = answerReadC(
      run.b.state,
      joinWriteC(run.readB.state, { ...run.guest, name: 'é'.repeat(32) }, run.random).message
    );
    expect(name).toBe('é'.repeat(32));
  });
});

function bareInviter({ inviter, topic }: ReturnType<typeof firstContact>) {
  return initialize({
    pattern: XK_PSK0_HFS,
    suite: SUITE,
    initiator: false,
    prologue: prologue('XK', topic),
    s: inviter.keys,
    rs: null,
    psks: [invitationPsk(inviter.secret)]
  });
}

/** Message A as an attacker who has the link can build it, with whatever keys they like. */
function forgedMessageA(
  { joiner, random, topic }: ReturnType<typeof firstContact>,
  e: Uint8Array | null,
  kem: Uint8Array
): Uint8Array {
  const fresh = generateKeyPair(random);
  const ephemeral = e ?? fresh.publicKey;
  let state = initializeSymmetric(`Noise_XKpsk0+hfs_${SUITE.name}`, SUITE.hash);
  state = mixHash(mixHash(state, prologue('XK', topic)), joiner.invitation.publicKey);
  state = mixKeyAndHash(state, invitationPsk(joiner.invitation.secret));
  state = mixKey(mixHash(state, ephemeral), ephemeral);
  state = mixKey(state, e === null ? dh(fresh.secretKey, joiner.invitation.publicKey) : new Uint8Array(32));
  const key = encryptAndHash(state, kem);
  const payload = new Writer().u32(0).bytes(new Uint8Array(32)).done();
  return concat(ephemeral, key.text, encryptAndHash(key.symmetric, payload).text);
}

describe('keys that a holder of the link may invent', () => {
  const setup = firstContact('forged');
  const kem = kemKeyPair(setup.random(64)).publicKey;

  test('the forgery is right but for the key', () => {
    expect(answerJoin(setup.inviter, forgedMessageA(setup, null, kem), setup.random).state).not.toBeNull();
  });

  test('an ephemeral key of small order', () => {
    const message = forgedMessageA(setup, new Uint8Array(32), kem);
    expect(() => answerJoin(setup.inviter, message, setup.random)).toThrow(AuthError);
  });

  test('an ML-KEM key that is not canonical', () => {
    const message = forgedMessageA(setup, null, new Uint8Array(1184).fill(0xff));
    expect(() => answerJoin(setup.inviter, message, setup.random)).toThrow(AuthError);
  });
});
