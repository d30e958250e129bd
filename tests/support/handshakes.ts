/** Both handshakes with two sides in one process, for tests that need something established or half-way. */
import type { Random } from '../../src/lib/crypto/random.ts';
import { generateKeyPair } from '../../src/lib/crypto/primitives.ts';
import type { Invitation } from '../../src/lib/protocol/invitation.ts';
import {
  answerAccept,
  answerJoin,
  answerReadC,
  joinReadB,
  joinReadD,
  joinWriteC,
  startJoin,
  type Introduction
} from '../../src/lib/protocol/first-contact.ts';
import { isInitiator, type ContactKeys } from '../../src/lib/protocol/known-contact.ts';
import type { Established } from '../../src/lib/protocol/schedule.ts';
import { invitationRoot, rendezvous } from '../../src/lib/protocol/topics.ts';
import type { IceBlock } from '../../src/lib/wire/ice.ts';
import { seeded } from './random.ts';

export function iceBlock(random: Random): IceBlock {
  return {
    ufrag: 'abc+',
    pwd: '0123456789abcdefghij/+',
    fingerprint: random(32),
    setup: 'actpass',
    candidates: [
      {
        type: 'host',
        protocol: 'udp',
        address: '192.0.2.7',
        port: 40_000,
        priority: 2_122_260_223,
        foundation: 1
      },
      {
        type: 'host',
        protocol: 'udp',
        address: '0b3c1a52-8a0e-4f0c-9c43-6c0a7a3b1c55.local',
        port: 50_000,
        priority: 2_122_194_687,
        foundation: 4_294_967_295
      }
    ]
  };
}

/** Everything before message A. */
export function firstContact(seed: string) {
  const random = seeded(seed);
  const invitationKeys = generateKeyPair(random);
  const invitation: Invitation = {
    flags: { many: false, askFirst: false, relayOnly: false },
    expiry: 0,
    publicKey: invitationKeys.publicKey,
    secret: random(16)
  };
  const { topic } = rendezvous(invitationRoot(invitation.secret), 80_000);
  return {
    random,
    topic,
    joiner: { invitation, topic, pair: generateKeyPair(random) },
    inviter: { keys: invitationKeys, secret: invitation.secret, topic, status: 'open' as const },
    inviterPair: generateKeyPair(random),
    guest: { name: 'Guest', ice: iceBlock(random) } satisfies Introduction,
    host: { name: 'Host', ice: iceBlock(random) } satisfies Introduction
  };
}

/** All four messages, with every state on the way. */
export function completeFirstContact(seed: string) {
  const setup = firstContact(seed);
  const { random, joiner, inviter, inviterPair, guest, host } = setup;
  const a = startJoin(joiner, random);
  const b = answerJoin(inviter, a.message, random);
  const readB = joinReadB(a.state, b.message);
  if (readB.status !== 'open') throw new Error('refused');
  const c = joinWriteC(readB.state, guest, random);
  const readC = answerReadC(b.state, c.message);
  const d = answerAccept(readC.state, { pair: inviterPair, ...host });
  const readD = joinReadD(c.state, d.message);
  if (readD.kind !== 'accepted') throw new Error('declined');
  return { ...setup, a, b, readB, c, readC, d, readD };
}

/** The contacts that the two of a first contact have become: initiator and responder of all later handshakes. */
export function contactsOf(
  one: Established,
  other: Established
): { initiator: ContactKeys; responder: ContactKeys } {
  const [a, b] = [contactOf(one), contactOf(other)];
  return isInitiator(a) ? { initiator: a, responder: b } : { initiator: b, responder: a };
}

function contactOf({ pairing, retained }: Established): ContactKeys {
  if (pairing === null) throw new Error('not a first contact');
  const { own, peer, rdv, psk } = pairing;
  return { own, peer, rdv, psk, retained };
}
