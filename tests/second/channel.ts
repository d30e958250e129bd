// Protocol page, section 8, "New keys in band": a session, the handshake that it carries, and the session after it.
import { refuse } from './bytes.ts';
import { begins, Initiator, Responder, type Contact, type Outcome } from './known-contact.ts';
import type { Chance } from './noise.ts';
import { Session, STEP_A, STEP_B, STEP_SWITCH, type Fingerprints } from './session.ts';
import { commit } from './schedule.ts';

/** All that chance has to give for one renewal. */
export interface RenewalChance {
  readonly ephemeral: Uint8Array;
  readonly kem: Uint8Array;
  readonly ratchet: Uint8Array;
}

export interface Arrived {
  /** What a message of the peer says; a keepalive says nothing. */
  readonly message?: Uint8Array;
  /** What has to be sent now, in this order. */
  readonly replies: readonly Uint8Array[];
  readonly closed?: true;
}

const NOTHING = new Uint8Array(0);

export class Channel {
  /** Changes when the peer's first frame under new keys has opened. */
  retained: readonly Uint8Array[];
  continuity = true;
  private readonly contact: Contact;
  private readonly fingerprints: Fingerprints;
  private readonly fresh: () => Uint8Array;
  private sending: Session;
  private receiving: Session;
  private handshake: Initiator | undefined;
  private next: Session | undefined;
  private outcome: Outcome | undefined;

  constructor(session: Session, contact: Contact, fingerprints: Fingerprints, fresh: () => Uint8Array) {
    this.sending = session;
    this.receiving = session;
    this.contact = contact;
    this.retained = contact.retained;
    this.fingerprints = fingerprints;
    this.fresh = fresh;
  }

  send(plain: Uint8Array): Uint8Array {
    return this.sending.send(plain);
  }

  close(reason: number): Uint8Array {
    return this.sending.close(reason);
  }

  /** Begins new keys: REHS a. */
  renew(chance: Chance & { ephemeral: Uint8Array }): Uint8Array {
    if (this.next !== undefined) refuse('a renewal is under way');
    const handshake = new Initiator(this.now, this.receiving.h, true);
    this.handshake = handshake;
    return this.sending.rehandshake(STEP_A, handshake.writeA(chance));
  }

  /** `chance` is used if the frame is REHS a. */
  receive(frame: Uint8Array, chance: () => RenewalChance): Arrived {
    const received = this.receiving.receive(frame);
    if (received.type === 'message') return { message: received.message, replies: this.arrived() };
    if (received.type === 'close') return { replies: [], closed: true };
    if (received.type !== 'rehandshake') return refuse('not expected inside a session');
    if (received.step === STEP_A) return { replies: [this.answer(received.data, chance())] };
    if (received.step === STEP_B) return { replies: this.finish(received.data) };
    return { replies: this.switched() };
  }

  private get now(): Contact {
    return { ...this.contact, retained: this.retained };
  }

  private answer(a: Uint8Array, chance: RenewalChance): Uint8Array {
    if (this.next !== undefined || begins(this.contact.own.public, this.contact.peer)) refuse('REHS a');
    const responder = new Responder(this.now, this.receiving.h, true);
    responder.readA(a);
    const outcome = responder.writeB(chance);
    this.open(outcome, outcome.ratchet, false);
    return this.sending.rehandshake(STEP_B, outcome.message);
  }

  /** B is here: our SWITCH under the old keys, then a message of nothing under the new. */
  private finish(b: Uint8Array): Uint8Array[] {
    const outcome = (this.handshake ?? refuse('REHS b')).readB(b);
    this.handshake = undefined;
    this.open(outcome, outcome.ratchet, true);
    return this.moveSending();
  }

  private switched(): Uint8Array[] {
    if (this.receiving === this.next) refuse('REHS switch');
    this.receiving = this.next ?? refuse('REHS switch');
    return [];
  }

  /** With the peer's first frame under new keys the renewal is over here; the responder switches only then. */
  private arrived(): Uint8Array[] {
    if (this.outcome === undefined || this.receiving !== this.next) return [];
    const replies = this.sending === this.next ? [] : this.moveSending();
    this.retained = commit(this.outcome.keys.retained, this.outcome.matched);
    this.continuity = this.outcome.continuity;
    this.outcome = this.next = undefined;
    return replies;
  }

  private moveSending(): Uint8Array[] {
    const last = this.sending.rehandshake(STEP_SWITCH);
    this.sending = this.next ?? refuse('no new session');
    return [last, this.sending.send(NOTHING)];
  }

  private open(
    outcome: Outcome,
    ratchet: ConstructorParameters<typeof Session>[0]['ratchet'],
    initiator: boolean
  ) {
    const { fingerprints, fresh } = this;
    this.outcome = outcome;
    this.next = new Session({ initiator, keys: outcome.keys, fingerprints, ratchet, fresh }, true);
  }
}
