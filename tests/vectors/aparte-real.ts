/**
 * The outputs of the vectors, as src makes them. The order in which it draws its randomness is no part of the protocol:
 * `scripted` here says what each draw is for.
 */
import { hex, utf8 } from '../../src/lib/bytes.ts';
import { H } from '../../src/lib/crypto/kdf.ts';
import { keyPairFrom } from '../../src/lib/crypto/primitives.ts';
import { sealRecord } from '../../src/lib/crypto/record.ts';
import { sealEnvelope } from '../../src/lib/protocol/envelope.ts';
import * as contact from '../../src/lib/protocol/first-contact.ts';
import { decodeInvitation, encodeInvitation } from '../../src/lib/protocol/invitation.ts';
import * as known from '../../src/lib/protocol/known-contact.ts';
import * as safety from '../../src/lib/protocol/safety-number.ts';
import type { Established, Pairing } from '../../src/lib/protocol/schedule.ts';
import { invitationRoot, rendezvous } from '../../src/lib/protocol/topics.ts';
import { sealTransport } from '../../src/lib/protocol/transport.ts';
import { encodeIce, type IceBlock } from '../../src/lib/wire/ice.ts';
import { unhex } from '../second/bytes.ts';
import type { IceBlock as SecondIceBlock } from '../second/ice.ts';
import { descriptions, talk, type Inputs, type Outputs } from './aparte.ts';
import { RealSpeaker, scripted } from './real-speaker.ts';

/** The same block in the words of src. */
export function iceOf({ candidates, setup, ...rest }: SecondIceBlock): IceBlock {
  return {
    ...rest,
    setup: (['actpass', 'active', 'passive'] as const)[setup] ?? 'actpass',
    candidates: candidates.map(({ type, protocol, ...candidate }) => ({
      ...candidate,
      type: (['host', 'srflx', 'prflx', 'relay'] as const)[type] ?? 'host',
      protocol: protocol === 0 ? ('udp' as const) : ('tcp' as const)
    }))
  };
}

export function pairingOf({ pairing }: Established): Pairing {
  if (!pairing) throw new Error('not a first contact');
  return pairing;
}

export const contactOf = (established: Established): known.ContactKeys => ({
  ...pairingOf(established),
  retained: established.retained
});

function keysOf({ initiator, keys }: Established) {
  const { handshakeHash, rootKey, sendKey, receiveKey, retained } = keys;
  const [i2r, r2i] = initiator ? [sendKey, receiveKey] : [receiveKey, sendKey];
  return {
    h: hex(handshakeHash),
    rootKey: hex(rootKey),
    i2r: hex(i2r),
    r2i: hex(r2i),
    retained: hex(retained)
  };
}

export function byReal(inputs: Inputs): Outputs {
  const secret = unhex(inputs.invitation.secret);
  const keys = keyPairFrom(unhex(inputs.invitation.secretKey));
  const { flags, expiry, epoch } = inputs.invitation;
  const fragment = encodeInvitation({
    flags: { many: (flags & 1) !== 0, askFirst: (flags & 2) !== 0, relayOnly: (flags & 4) !== 0 },
    expiry,
    publicKey: keys.publicKey,
    secret
  });
  const invitation = decodeInvitation(fragment);
  const place = rendezvous(invitationRoot(secret), epoch);
  const { topic } = place;
  const ice = { joiner: iceOf(descriptions(inputs).joiner), inviter: iceOf(descriptions(inputs).inviter) };
  const pairs = {
    joiner: keyPairFrom(unhex(inputs.joiner.secretKey)),
    inviter: keyPairFrom(unhex(inputs.inviter.secretKey))
  };

  const { a: chanceA, b: chanceB } = inputs.firstContact;
  const drawA = scripted(...[chanceA.nI, chanceA.ephemeral, chanceA.kem].map(unhex));
  const drawB = scripted(...[chanceB.nR, chanceB.ratchet, chanceB.ephemeral, chanceB.kem].map(unhex));
  const a = contact.startJoin({ invitation, topic, pair: pairs.joiner }, drawA);
  const b = contact.answerJoin({ keys, secret, topic, status: 'open' }, a.message, drawB);
  const readB = contact.joinReadB(a.state, b.message);
  const guest = { name: inputs.joiner.name, ice: ice.joiner };
  const c = contact.joinWriteC(readB.state, guest, scripted());
  const { state: readC } = contact.answerReadC(b.state, c.message);
  const host = { pair: pairs.inviter, name: inputs.inviter.name, ice: ice.inviter };
  const d = contact.answerAccept(readC, host);
  const readD = contact.joinReadD(c.state, d.message);
  if (readD.kind !== 'accepted') throw new Error('declined');
  const pairing = pairingOf(readD.established);
  const firstContact = {
    a: hex(a.message),
    b: hex(b.message),
    c: hex(c.message),
    d: hex(d.message),
    keys: keysOf(readD.established),
    rdv: hex(pairing.rdv),
    pskPair: hex(pairing.psk),
    symbols: [...safety.sasSymbols(pairing.sas)]
  };
  const envelope = { kind: 'handshake', dir: 0, hsid: unhex(inputs.envelope.hsid), data: a.message } as const;
  const sides = speakers(inputs, readD.established, d.established);
  return {
    invitation: `#${fragment}`,
    meeting: { topic: hex(topic), frameKey: hex(place.frameKey) },
    firstContact,
    envelope: hex(sealEnvelope(place, envelope, scripted(unhex(inputs.envelope.nonce)))),
    safetyNumber: compare(pairing),
    knownContact: meetAgain(inputs, contactOf(readD.established), contactOf(d.established), ice),
    session: talk(sides.joiner, sides.inviter),
    retainedAfterRenewal: sides.inviter.retained.map(hex),
    record: record(inputs)
  };
}

function compare({ own, peer, rdv }: Pairing): Outputs['safetyNumber'] {
  const id = safety.stableIdOf(rdv);
  const [mine, theirs] = [safety.fingerprintHalf(own.publicKey, id), safety.fingerprintHalf(peer, id)];
  return { joinerQr: safety.safetyCode(mine, theirs), digits: safety.safetyNumber(mine, theirs) };
}

function meetAgain(
  { knownContact: { a, b, retained }, invitation }: Inputs,
  joiner: known.ContactKeys,
  inviter: known.ContactKeys,
  ice: { readonly joiner: IceBlock; readonly inviter: IceBlock }
): Outputs['knownContact'] {
  const place = rendezvous(joiner.rdv, invitation.epoch).topic;
  const withOld = { ...inviter, retained: [unhex(retained), ...inviter.retained] };
  const [drawA, drawB] = [
    [a.ephemeral, a.kem],
    [b.ratchet, b.ephemeral, b.kem]
  ].map((draws) => scripted(...draws.map(unhex)));
  if (!drawA || !drawB) throw new Error('unreachable');
  const first = known.startReunion({ keys: withOld, place, inBand: false }, drawA);
  const read = known.readReunion({ keys: joiner, place, inBand: false }, first.message);
  const answer = known.answerReunion(read.state, ice.joiner, drawB);
  const { established } = known.reunionReadB(first.state, answer.message);
  const description = Uint8Array.of(1, ...encodeIce(ice.inviter));
  return {
    a: hex(first.message),
    b: hex(answer.message),
    answer: hex(sealTransport(established.transport, description).message),
    keys: keysOf(established),
    retained: established.retained.map(hex)
  };
}

function speakers(inputs: Inputs, joiner: Established, inviter: Established) {
  const { joinerFingerprint, inviterFingerprint, joinerRatchet, inviterRatchet, renewal } = inputs.session;
  const [i, r] = [unhex(joinerFingerprint), unhex(inviterFingerprint)];
  const chances = (
    ratchet: readonly string[],
    draws: { ephemeral: string; kem: string; ratchet: string }
  ) => {
    const left = scripted(...ratchet.map(unhex));
    const renewed = {
      ephemeral: unhex(draws.ephemeral),
      kem: unhex(draws.kem),
      ratchet: unhex(draws.ratchet)
    };
    return { fresh: () => left(32), renewal: () => renewed };
  };
  return {
    joiner: new RealSpeaker(
      joiner,
      contactOf(joiner),
      { own: i, peer: r },
      chances(joinerRatchet, renewal.b)
    ),
    inviter: new RealSpeaker(
      inviter,
      contactOf(inviter),
      { own: r, peer: i },
      chances(inviterRatchet, { ...renewal.a, ratchet: '' })
    )
  };
}

function record({ record: { masterKey, nonce, context, plaintext } }: Inputs): string {
  const key = H(unhex(masterKey), 'rec', 32);
  return hex(sealRecord(key, utf8(context), utf8(plaintext), scripted(unhex(nonce))));
}
