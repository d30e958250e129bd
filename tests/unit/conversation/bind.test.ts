import { expect, test } from 'vitest';
import { dial } from '../../../src/lib/conversation/dial.ts';
import { AuthError, WireError } from '../../../src/lib/errors.ts';
import { openFrame, sealFrame } from '../../../src/lib/protocol/session.ts';
import { rendezvous } from '../../../src/lib/protocol/topics.ts';
import { flipped } from '../../support/bytes.ts';
import { seeded } from '../../support/random.ts';
import { contacts, End, reunite } from '../../support/sessions.ts';

/** Two ends of an open channel, before any frame has arrived. */
function ends(local: Uint8Array, remote: Uint8Array, seenByOther = { local: remote, remote: local }) {
  const random = seeded('bind');
  const keys = contacts('bind');
  const established = reunite(keys, random);
  const at = rendezvous(keys.initiator.rdv, 80_000);
  const initiator = new End(
    dial(random(8), at, established.initiator, 'answer', true),
    keys.initiator,
    random
  );
  const responder = new End(
    dial(random(8), at, established.responder, 'offer', true),
    keys.responder,
    random
  );
  initiator.open(local, remote);
  responder.open(seenByOther.local, seenByOther.remote);
  return { initiator, responder };
}

const bind = { kind: 'bind', version: 1, data: null } as const;
const random = seeded('certificates');
const [one, other, mallory] = [random(32), random(32), random(32)];

test('equal certificates bind, and only then is anything retained', () => {
  const { initiator, responder } = ends(one, other);
  expect([initiator.dial.bound, initiator.retained.length]).toEqual([false, 0]);
  const [there = new Uint8Array()] = initiator.out;
  const [back = new Uint8Array()] = responder.out;
  responder.receive(there);
  initiator.receive(back);
  expect([initiator.dial.bound, responder.dial.bound]).toEqual([true, true]);
  expect([initiator.retained.length, responder.retained.length]).toEqual([1, 1]);
});

// Whoever sits between two DTLS connections has a certificate of their own on one of them at least.
test.each([
  ['the own certificate is another in the eyes of the peer', { local: other, remote: mallory }],
  ['the certificate of the peer is another in its own eyes', { local: mallory, remote: one }],
  ['both', { local: mallory, remote: mallory }],
  ['the two swapped', { local: one, remote: other }],
  ['one bit', { local: other, remote: flipped(one, 31) }]
])('unequal certificates end it: %s', (_, seen) => {
  const { initiator, responder } = ends(one, other, seen);
  const [there = new Uint8Array()] = initiator.out;
  const [back = new Uint8Array()] = responder.out;
  expect(() => {
    responder.receive(there);
  }).toThrow(AuthError);
  expect(() => {
    initiator.receive(back);
  }).toThrow(AuthError);
  expect([initiator.dial.bound, responder.dial.bound]).toEqual([false, false]);
  expect([...initiator.retained, ...responder.retained]).toEqual([]);
});

test('who says what the other side wants to hear has another AD: no message opens', () => {
  const { initiator, responder } = ends(one, other, { local: mallory, remote: one });
  const { session } = responder.dial;
  if (!session) throw new Error('no session');
  const lie = sealFrame({ ...session, sent: 0 }, { ...bind, local: other, remote: one });
  initiator.receive(lie.frame);
  expect(initiator.dial.bound).toBe(true);
  const [there = new Uint8Array()] = initiator.out;
  expect(() => openFrame(session, there, random)).toThrow(AuthError);
});

test('anything but a BIND first, a BIND of another version, or none of a session, ends it', () => {
  const { initiator, responder } = ends(one, other);
  const { session } = responder.dial;
  if (!session) throw new Error('no session');
  for (const content of [
    { kind: 'close', reason: 1 },
    { kind: 'rehandshake', step: 'b', data: new Uint8Array(9) },
    { ...bind, local: other, remote: one, version: 2 }
  ] as const)
    expect(() => {
      initiator.receive(sealFrame({ ...session, sent: 0 }, content).frame);
    }).toThrow(WireError);
  expect([initiator.dial.bound, initiator.retained.length]).toEqual([false, 0]);
  const [back = new Uint8Array()] = responder.out;
  initiator.receive(back);
  expect(() => {
    initiator.receive(sealFrame({ ...session, sent: 1 }, { ...bind, local: other, remote: one }).frame);
  }).toThrow(WireError);
});

test('the BIND of an initiator carries its first message', () => {
  const { initiator, responder } = ends(one, other);
  const { session } = initiator.dial;
  if (!session) throw new Error('no session');
  expect(() => {
    responder.receive(sealFrame({ ...session, sent: 0 }, { ...bind, local: one, remote: other }).frame);
  }).toThrow(WireError);
  expect(responder.dial.bound).toBe(false);
});
