/** The second implementation in the words of person.ts. */
import { refuse } from '../../second/bytes.ts';
import { HANDSHAKE, openEnvelope, SEALED, sealEnvelope } from '../../second/envelope.ts';
import { Inviter, Joiner } from '../../second/first-contact.ts';
import { readAfter, writeAfter, type IceBlock } from '../../second/ice.ts';
import { frameKey, meetingSecret, readInvitation, topic } from '../../second/invitation.ts';
import { begins, Initiator, Responder, type Contact, type Outcome } from '../../second/known-contact.ts';
import type { Transport } from '../../second/noise.ts';
import { pair, type Pair } from '../../second/primitives.ts';
import { commit, safetyNumber } from '../../second/schedule.ts';
import type { Side } from '../../second/session.ts';
import { SecondSpeaker } from '../../second/speaker.ts';
import type { Comparison, Introduced, Person, Place } from './person.ts';

export class SecondPerson implements Person {
  retained: readonly Uint8Array[] = [];
  continuity = true;
  private readonly random: (length: number) => Uint8Array;
  private readonly own: Pair;
  private joiner: Joiner | undefined;
  private inviter: Inviter | undefined;
  private guest: Uint8Array | undefined;
  private contact: { peer: Uint8Array; rdv: Uint8Array; psk: Uint8Array } | undefined;
  private initiator: Initiator | undefined;
  private transport: Transport | undefined;
  private channel: (Pick<Side, 'initiator' | 'keys' | 'ratchet'> & { committed: Uint8Array[] }) | undefined;

  constructor(random: (length: number) => Uint8Array) {
    this.random = random;
    this.own = pair(random(32));
  }

  joinA({ link, epoch }: Place): Uint8Array {
    const { key, secret } = readInvitation(link);
    this.joiner = new Joiner(key, secret, topic(meetingSecret(secret), epoch), this.own);
    return this.joiner.writeA({ ...this.chance(64), nI: this.random(16) });
  }

  joinC(b: Uint8Array, { name, ice }: Introduced): Uint8Array {
    const joiner = this.need(this.joiner);
    if (joiner.readB(b) !== 0) refuse('not open');
    return joiner.writeC(name, ice);
  }

  joinD(d: Uint8Array): Introduced {
    const joiner = this.need(this.joiner);
    const acceptance = joiner.readD(d) ?? refuse('declined');
    const { keys, peerRatchet: ratchet } = joiner;
    this.contact = { peer: acceptance.pair, rdv: keys.rdv, psk: keys.pskPair };
    this.retained = [keys.retained];
    this.channel = { initiator: true, keys, ratchet, committed: [keys.retained] };
    return acceptance;
  }

  hostB({ link, epoch, secretKey }: Place, a: Uint8Array): Uint8Array {
    const { secret } = readInvitation(link);
    const inviter = new Inviter(pair(secretKey), secret, topic(meetingSecret(secret), epoch));
    inviter.readA(a);
    this.inviter = inviter;
    return inviter.writeB(0, { ...this.chance(32), nR: this.random(16), ratchet: this.random(32) });
  }

  hostC(c: Uint8Array): Introduced {
    const guest = this.need(this.inviter).readC(c);
    this.guest = guest.pair;
    return guest;
  }

  hostD(introduced: Introduced): Uint8Array {
    const inviter = this.need(this.inviter);
    const { keys, ratchet } = inviter;
    this.contact = { peer: this.need(this.guest), rdv: keys.rdv, psk: keys.pskPair };
    this.retained = [keys.retained];
    this.channel = { initiator: false, keys, ratchet, committed: [keys.retained] };
    return inviter.writeD({ pair: this.own.public, ...introduced });
  }

  compare(): Comparison {
    const { peer, rdv } = this.need(this.contact);
    const { symbols } = this.need(this.joiner ?? this.inviter);
    return { symbols, ...safetyNumber(this.own.public, peer, rdv) };
  }

  begins(): boolean {
    return begins(this.own.public, this.need(this.contact).peer);
  }

  meetA(epoch: number): Uint8Array {
    this.initiator = new Initiator(this.known, topic(this.need(this.contact).rdv, epoch));
    return this.initiator.writeA(this.chance(64));
  }

  meetB(epoch: number, a: Uint8Array, ice: IceBlock): Uint8Array {
    const responder = new Responder(this.known, topic(this.need(this.contact).rdv, epoch));
    responder.readA(a);
    const outcome = responder.writeB({ ...this.chance(32), ratchet: this.random(32) }, ice);
    this.meet(outcome, false, outcome.ratchet, outcome.transport);
    return outcome.message;
  }

  meetAnswer(b: Uint8Array, ice: IceBlock): { answer: Uint8Array; ice: IceBlock } {
    const outcome = this.need(this.initiator).readB(b);
    this.meet(outcome, true, outcome.ratchet, outcome.transport);
    return { answer: outcome.transport.seal(writeAfter({ ice })), ice: this.need(outcome.ice) };
  }

  meetDone(answer: Uint8Array): IceBlock {
    const message = readAfter(this.need(this.transport).open(answer));
    return 'ice' in message ? message.ice : refuse('no description');
  }

  speak(fingerprints: { own: Uint8Array; peer: Uint8Array }): SecondSpeaker {
    const { committed, ...channel } = this.need(this.channel);
    const fresh = (): Uint8Array => this.random(32);
    const renewal = () => ({ ...this.chance(this.begins() ? 64 : 32), ratchet: this.random(32) });
    return new SecondSpeaker({ ...channel, fingerprints, fresh }, this.known, renewal, committed);
  }

  seal(epoch: number, kind: 'handshake' | 'sealed', direction: 0 | 1, data: Uint8Array): Uint8Array {
    const { rdv } = this.need(this.contact);
    const envelope = {
      kind: kind === 'sealed' ? SEALED : HANDSHAKE,
      direction,
      handshake: this.random(8),
      data
    };
    return sealEnvelope(frameKey(rdv, epoch), topic(rdv, epoch), this.random(24), envelope);
  }

  open(epoch: number, body: Uint8Array) {
    const { rdv } = this.need(this.contact);
    const { kind, direction, data } = openEnvelope(frameKey(rdv, epoch), topic(rdv, epoch), body);
    return { kind: ['knock', 'handshake', 'sealed', 'bye'][kind] ?? '', direction, data };
  }

  private get known(): Contact {
    const { peer, psk } = this.need(this.contact);
    return { own: this.own, peer, psk, retained: this.retained };
  }

  private meet(outcome: Outcome, initiator: boolean, ratchet: Side['ratchet'], transport: Transport): void {
    const { keys, matched, continuity } = outcome;
    this.continuity = continuity;
    this.transport = transport;
    this.channel = { initiator, keys, ratchet, committed: commit(keys.retained, matched) };
  }

  private chance(kem: number) {
    return { ephemeral: this.random(32), kem: this.random(kem) };
  }

  private need<T>(value: T | undefined): T {
    return value ?? refuse('out of order');
  }
}
