/** The outputs of the vectors, as the second implementation makes them. */
import { hex, join, unhex } from '../second/bytes.ts';
import { HANDSHAKE, sealEnvelope, sealRecord } from '../second/envelope.ts';
import { Inviter, Joiner } from '../second/first-contact.ts';
import { writeAfter } from '../second/ice.ts';
import { frameKey, meetingSecret, topic, writeInvitation } from '../second/invitation.ts';
import { Initiator, Responder, type Contact } from '../second/known-contact.ts';
import { pair } from '../second/primitives.ts';
import { commit, safetyNumber, type Keys } from '../second/schedule.ts';
import { SecondSpeaker } from '../second/speaker.ts';
import { descriptions, talk, type Inputs, type Outputs } from './aparte.ts';

const bytes = <T extends object>(fields: T): Readonly<Record<keyof T, Uint8Array>> =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, unhex(value as string)])
  ) as Readonly<Record<keyof T, Uint8Array>>;

const keysOf = ({ h, rootKey, i2r, r2i, retained }: Keys) => ({
  h: hex(h),
  rootKey: hex(rootKey),
  i2r: hex(i2r),
  r2i: hex(r2i),
  retained: hex(retained)
});

/** Takes the values one after the other. */
function queue(values: readonly string[]): () => Uint8Array {
  const left = [...values];
  return () => unhex(left.shift() ?? 'no more');
}

export function bySecond(inputs: Inputs): Outputs {
  const { flags, expiry, secretKey, epoch } = inputs.invitation;
  const secret = unhex(inputs.invitation.secret);
  const invitationPair = pair(unhex(secretKey));
  const root = meetingSecret(secret);
  const place = { topic: topic(root, epoch), frameKey: frameKey(root, epoch) };
  const ice = descriptions(inputs);

  const own = pair(unhex(inputs.joiner.secretKey));
  const pairKey = pair(unhex(inputs.inviter.secretKey));
  const joiner = new Joiner(invitationPair.public, secret, place.topic, own);
  const inviter = new Inviter(invitationPair, secret, place.topic);
  const a = joiner.writeA(bytes(inputs.firstContact.a));
  inviter.readA(a);
  const b = inviter.writeB(0, bytes(inputs.firstContact.b));
  joiner.readB(b);
  const c = joiner.writeC(inputs.joiner.name, ice.joiner);
  inviter.readC(c);
  const d = inviter.writeD({ pair: pairKey.public, name: inputs.inviter.name, ice: ice.inviter });
  joiner.readD(d);
  const { keys, symbols } = joiner;

  const contacts = {
    joiner: { own, peer: pairKey.public, psk: keys.pskPair, retained: [keys.retained] },
    inviter: { own: pairKey, peer: own.public, psk: keys.pskPair, retained: [keys.retained] }
  };
  const session = speakers(inputs, joiner, inviter, contacts);
  const { nonce, hsid } = bytes(inputs.envelope);
  const envelope = { kind: HANDSHAKE, direction: 0, handshake: hsid, data: a };
  const { masterKey, context, plaintext } = inputs.record;
  const record = sealRecord(unhex(masterKey), unhex(inputs.record.nonce), context, join(plaintext));
  const compared = safetyNumber(own.public, pairKey.public, keys.rdv);
  return {
    invitation: writeInvitation({ flags, expiry, key: invitationPair.public, secret }),
    meeting: { topic: hex(place.topic), frameKey: hex(place.frameKey) },
    firstContact: {
      ...{ a: hex(a), b: hex(b), c: hex(c), d: hex(d), keys: keysOf(keys) },
      ...{ rdv: hex(keys.rdv), pskPair: hex(keys.pskPair), symbols }
    },
    envelope: hex(sealEnvelope(place.frameKey, place.topic, nonce, envelope)),
    safetyNumber: { joinerQr: compared.qr, digits: compared.digits },
    knownContact: known(inputs, contacts, topic(keys.rdv, epoch)),
    session: talk(session.joiner, session.inviter),
    retainedAfterRenewal: session.inviter.retained.map(hex),
    record: hex(record)
  };
}

interface Contacts {
  readonly joiner: Contact;
  readonly inviter: Contact;
}

/** The inviter has the lower key: here it is the initiator, with a secret that the joiner has lost. */
function known(inputs: Inputs, { joiner, inviter }: Contacts, place: Uint8Array): Outputs['knownContact'] {
  const { a, b, retained } = inputs.knownContact;
  const initiator = new Initiator({ ...inviter, retained: [unhex(retained), ...inviter.retained] }, place);
  const responder = new Responder(joiner, place);
  const messageA = initiator.writeA(bytes(a));
  responder.readA(messageA);
  const ice = descriptions(inputs);
  const answered = responder.writeB(bytes(b), ice.joiner);
  const { keys, matched, transport } = initiator.readB(answered.message);
  return {
    a: hex(messageA),
    b: hex(answered.message),
    answer: hex(transport.seal(writeAfter({ ice: ice.inviter }))),
    keys: keysOf(keys),
    retained: commit(keys.retained, matched).map(hex)
  };
}

function speakers(inputs: Inputs, joiner: Joiner, inviter: Inviter, contacts: Contacts) {
  const { joinerFingerprint, inviterFingerprint, joinerRatchet, inviterRatchet, renewal } = inputs.session;
  const [i, r] = [unhex(joinerFingerprint), unhex(inviterFingerprint)];
  const renewed = { a: { ...bytes(renewal.a), ratchet: new Uint8Array(0) }, b: bytes(renewal.b) };
  return {
    joiner: new SecondSpeaker(
      {
        initiator: true,
        keys: joiner.keys,
        fingerprints: { own: i, peer: r },
        ratchet: joiner.peerRatchet,
        fresh: queue(joinerRatchet)
      },
      contacts.joiner,
      () => renewed.b
    ),
    inviter: new SecondSpeaker(
      {
        initiator: false,
        keys: inviter.keys,
        fingerprints: { own: r, peer: i },
        ratchet: inviter.ratchet,
        fresh: queue(inviterRatchet)
      },
      contacts.inviter,
      () => renewed.a
    )
  };
}
