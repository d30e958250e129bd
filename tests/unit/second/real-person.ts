/** src in the words of person.ts. */
import { generateKeyPair, keyPairFrom, type KeyPair } from '../../../src/lib/crypto/primitives.ts';
import type { Random } from '../../../src/lib/crypto/random.ts';
import { openEnvelope, sealEnvelope } from '../../../src/lib/protocol/envelope.ts';
import * as contact from '../../../src/lib/protocol/first-contact.ts';
import { decodeInvitation } from '../../../src/lib/protocol/invitation.ts';
import * as known from '../../../src/lib/protocol/known-contact.ts';
import * as safety from '../../../src/lib/protocol/safety-number.ts';
import type { Established, Pairing } from '../../../src/lib/protocol/schedule.ts';
import { invitationRoot, rendezvous } from '../../../src/lib/protocol/topics.ts';
import { openTransport, sealTransport } from '../../../src/lib/protocol/transport.ts';
import { decodeIce, encodeIce } from '../../../src/lib/wire/ice.ts';
import { Taker } from '../../second/bytes.ts';
import { takeIce, type IceBlock } from '../../second/ice.ts';
import { iceOf, pairingOf } from '../../vectors/aparte-real.ts';
import { RealSpeaker } from '../../vectors/real-speaker.ts';
import type { Comparison, Introduced, Person, Place } from './person.ts';

/** Blocks are compared in the second implementation's words. */
const wordsOf = (ice: Parameters<typeof encodeIce>[0]): IceBlock => takeIce(new Taker(encodeIce(ice)));

export class RealPerson implements Person {
  retained: readonly Uint8Array[] = [];
  continuity = true;
  private readonly random: Random;
  private readonly own: KeyPair;
  private a: contact.JoinA | undefined;
  private c: contact.JoinC | undefined;
  private b: contact.AnswerB | undefined;
  private guest: contact.AnswerC | undefined;
  private asked: known.ReunionA | undefined;
  private pairing: Pairing | undefined;
  private established: Established | undefined;

  constructor(random: Random) {
    this.random = random;
    this.own = generateKeyPair(random);
  }

  joinA({ link, epoch }: Place): Uint8Array {
    const invitation = decodeInvitation(link.slice(1));
    const { topic } = rendezvous(invitationRoot(invitation.secret), epoch);
    const { state, message } = contact.startJoin({ invitation, topic, pair: this.own }, this.random);
    this.a = state;
    return message;
  }

  joinC(b: Uint8Array, { name, ice }: Introduced): Uint8Array {
    const { status, state } = contact.joinReadB(need(this.a), b);
    if (status !== 'open') throw new Error('not open');
    const { state: next, message } = contact.joinWriteC(state, { name, ice: iceOf(ice) }, this.random);
    this.c = next;
    return message;
  }

  joinD(d: Uint8Array): Introduced {
    const answer = contact.joinReadD(need(this.c), d);
    if (answer.kind !== 'accepted') throw new Error('declined');
    this.meet(answer.established);
    return { name: answer.name, ice: wordsOf(answer.ice) };
  }

  hostB({ link, epoch, secretKey }: Place, a: Uint8Array): Uint8Array {
    const { secret } = decodeInvitation(link.slice(1));
    const { topic } = rendezvous(invitationRoot(secret), epoch);
    const setup = { keys: keyPairFrom(secretKey), secret, topic, status: 'open' } as const;
    const { state, message } = contact.answerJoin(setup, a, this.random);
    this.b = state;
    return message;
  }

  hostC(c: Uint8Array): Introduced {
    const { state, name, ice } = contact.answerReadC(need(this.b), c);
    this.guest = state;
    return { name, ice: wordsOf(ice) };
  }

  hostD({ name, ice }: Introduced): Uint8Array {
    const introduction = { pair: this.own, name, ice: iceOf(ice) };
    const { established, message } = contact.answerAccept(need(this.guest), introduction);
    this.meet(established);
    return message;
  }

  compare(): Comparison {
    const { own, peer, rdv, sas } = need(this.pairing);
    const id = safety.stableIdOf(rdv);
    const [mine, theirs] = [safety.fingerprintHalf(own.publicKey, id), safety.fingerprintHalf(peer, id)];
    const digits = safety.safetyNumber(mine, theirs);
    return { symbols: [...safety.sasSymbols(sas)], digits, qr: safety.safetyCode(mine, theirs) };
  }

  begins(): boolean {
    return known.isInitiator(need(this.pairing));
  }

  meetA(epoch: number): Uint8Array {
    const { state, message } = known.startReunion(this.meeting(epoch), this.random);
    this.asked = state;
    return message;
  }

  meetB(epoch: number, a: Uint8Array, ice: IceBlock): Uint8Array {
    const { state } = known.readReunion(this.meeting(epoch), a);
    const { established, message } = known.answerReunion(state, iceOf(ice), this.random);
    this.meet(established);
    return message;
  }

  meetAnswer(b: Uint8Array, own: IceBlock): { answer: Uint8Array; ice: IceBlock } {
    const { established, ice } = known.reunionReadB(need(this.asked), b);
    this.meet(established);
    const data = Uint8Array.of(1, ...encodeIce(iceOf(own)));
    return {
      answer: sealTransport(established.transport, data).message,
      ice: wordsOf(need(ice ?? undefined))
    };
  }

  meetDone(answer: Uint8Array): IceBlock {
    const { data } = openTransport(need(this.established).transport, answer);
    return wordsOf(decodeIce(data.slice(1)));
  }

  speak(fingerprints: { own: Uint8Array; peer: Uint8Array }): RealSpeaker {
    const fresh = (): Uint8Array => this.random(32);
    const renewal = () => ({
      ephemeral: this.random(32),
      kem: this.random(this.begins() ? 64 : 32),
      ratchet: this.random(32)
    });
    return new RealSpeaker(need(this.established), this.keys, fingerprints, { fresh, renewal });
  }

  seal(epoch: number, kind: 'handshake' | 'sealed', dir: 0 | 1, data: Uint8Array): Uint8Array {
    const at = rendezvous(need(this.pairing).rdv, epoch);
    return sealEnvelope(at, { kind, dir, hsid: this.random(8), data }, this.random);
  }

  open(epoch: number, body: Uint8Array) {
    const { kind, dir, data } = openEnvelope(rendezvous(need(this.pairing).rdv, epoch), body);
    return { kind, direction: dir, data };
  }

  private get keys(): known.ContactKeys {
    return { ...need(this.pairing), retained: this.retained };
  }

  private meeting(epoch: number): known.Meeting {
    const place = rendezvous(need(this.pairing).rdv, epoch).topic;
    return { keys: this.keys, place, inBand: false };
  }

  private meet(established: Established): void {
    this.established = established;
    this.continuity = established.continuity;
    if (!established.pairing) return;
    this.pairing = pairingOf(established);
    this.retained = established.retained;
  }
}

function need<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('out of order');
  return value;
}
