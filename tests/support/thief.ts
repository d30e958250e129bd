/** Men in the middle, at the server: one who knows all of an invitation but its secret, one who has it whole. */
import { randomBytes } from 'node:crypto';
import { equalBytes, hex } from '../../src/lib/bytes.ts';
import { generateKeyPair } from '../../src/lib/crypto/primitives.ts';
import { AuthError } from '../../src/lib/errors.ts';
import { openEnvelope, sealEnvelope, type Envelope } from '../../src/lib/protocol/envelope.ts';
import {
  answerJoin,
  joinReadB,
  joinReadD,
  joinWriteC,
  startJoin,
  type JoinA,
  type JoinC
} from '../../src/lib/protocol/first-contact.ts';
import { decodeInvitation, type Invitation } from '../../src/lib/protocol/invitation.ts';
import type { Established } from '../../src/lib/protocol/schedule.ts';
import { invitationRoot, window, type Rendezvous } from '../../src/lib/protocol/topics.ts';
import { iceBlock } from './handshakes.ts';
import type { Attack, Client, HostileServer, Published } from './hostile.ts';

const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));

function invitationOf(link: string): Invitation {
  return decodeInvitation(link.slice(link.indexOf('#') + 1));
}

function meetingPlaces(secret: Uint8Array): readonly Rendezvous[] {
  return window(invitationRoot(secret), Math.floor(Date.now() / 1_000));
}

/** Knows S_inv, and the topic since it carries the frames: says to both sides what it can, in the other's place. */
export class Stranger implements Attack {
  /** What it had answers to. */
  answers = 0;
  asked = 0;
  readonly #invitation: Invitation;
  readonly #keys = generateKeyPair(random);

  constructor(link: string) {
    this.#invitation = { ...invitationOf(link), secret: random(16) };
  }

  published({ from, topic, wasFirst, others }: Published, server: HostileServer): void {
    if (wasFirst) {
      this.answers += 1;
      return;
    }
    this.asked += 1;
    const { secret } = this.#invitation;
    const [, place] = meetingPlaces(secret) as [Rendezvous, Rendezvous, Rendezvous];
    const at = { ...place, topic };
    const hsid = random(8);
    const pair = generateKeyPair(random);
    const a = startJoin({ invitation: this.#invitation, topic, pair }, random);
    for (const host of others)
      server.give(
        host,
        topic,
        sealEnvelope(at, { kind: 'handshake', dir: 0, hsid, data: a.message }, random)
      );
    // Towards the guest it can only invent the inviter whole.
    const invited = startJoin(
      { invitation: { ...this.#invitation, publicKey: this.#keys.publicKey }, topic, pair },
      random
    );
    const b = answerJoin({ keys: this.#keys, secret, topic, status: 'open' }, invited.message, random);
    server.give(from, topic, sealEnvelope(at, { kind: 'handshake', dir: 1, hsid, data: b.message }, random));
  }
}

/** Has the link: a guest towards the inviter, with our own code; towards the guest it tries to be the inviter. */
export class Thief implements Attack {
  met: Established | null = null;
  /** Messages A of the true guest that it could not answer, for want of the inviter's private key. */
  shutOut = 0;
  /** Bodies that the link opened, on the link's topics and on any other. */
  readonly opened = { ofTheLink: 0, ofOthers: 0 };
  readonly #invitation: Invitation;
  readonly #places: readonly Rendezvous[];
  readonly #pair = generateKeyPair(random);
  readonly #keys = generateKeyPair(random);
  readonly #hsid = random(8);
  #half: { step: 'asked'; state: JoinA } | { step: 'sent'; state: JoinC } | null = null;

  constructor(link: string) {
    this.#invitation = invitationOf(link);
    this.#places = meetingPlaces(this.#invitation.secret);
  }

  published(frame: Published, server: HostileServer): void {
    const place = this.#places.find(({ topic }) => equalBytes(topic, frame.topic));
    if (!place) {
      for (const { frameKey } of this.#places)
        if (opens({ epoch: 0, topic: frame.topic, frameKey }, frame.body)) this.opened.ofOthers += 1;
      server.pass(frame);
      return;
    }
    const envelope = openEnvelope(place, frame.body);
    this.opened.ofTheLink += 1;
    if (frame.wasFirst) this.#fromHost(place, frame.from, envelope, server);
    else this.#fromGuest(place, frame, envelope, server);
  }

  #fromGuest(place: Rendezvous, { others }: Published, { data }: Envelope, server: HostileServer): void {
    const { topic } = place;
    const { secret } = this.#invitation;
    try {
      answerJoin({ keys: this.#keys, secret, topic, status: 'open' }, data, random);
    } catch (error) {
      if (!(error instanceof AuthError)) throw error;
      this.shutOut += 1;
    }
    if (this.#half || this.met) return;
    const { state, message } = startJoin({ invitation: this.#invitation, topic, pair: this.#pair }, random);
    this.#half = { step: 'asked', state };
    for (const host of others) this.#say(place, host, message, server);
  }

  #fromHost(place: Rendezvous, host: Client, { hsid, data }: Envelope, server: HostileServer): void {
    if (hex(hsid) !== hex(this.#hsid) || !this.#half) return;
    if (this.#half.step === 'asked') {
      const { state } = joinReadB(this.#half.state, data);
      const c = joinWriteC(state, { name: 'Bob', ice: iceBlock(random) }, random);
      this.#half = { step: 'sent', state: c.state };
      this.#say(place, host, c.message, server);
    } else {
      const answer = joinReadD(this.#half.state, data);
      this.#half = null;
      if (answer.kind === 'accepted') this.met = answer.established;
    }
  }

  #say(place: Rendezvous, to: Client, data: Uint8Array, server: HostileServer): void {
    const envelope = { kind: 'handshake', dir: 0, hsid: this.#hsid, data } as const;
    server.give(to, place.topic, sealEnvelope(place, envelope, random));
  }
}

function opens(at: Rendezvous, body: Uint8Array): boolean {
  try {
    openEnvelope(at, body);
    return true;
  } catch (error) {
    if (error instanceof AuthError) return false;
    throw error;
  }
}
