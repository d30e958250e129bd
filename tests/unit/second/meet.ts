/** Two people of either implementation, from an invitation to a channel, and tampering on the way. */
import { expect } from 'vitest';
import { seeded } from '../../support/random.ts';
import { AuthError, WireError } from '../../../src/lib/errors.ts';
import { join, Refused, same } from '../../second/bytes.ts';
import { writeInvitation } from '../../second/invitation.ts';
import { pair } from '../../second/primitives.ts';
import type { Speaker } from '../../second/speaker.ts';
import { descriptions, readVectors } from '../../vectors/aparte.ts';
import type { Person, Place } from './person.ts';
import { RealPerson } from './real-person.ts';
import { SecondPerson } from './second-person.ts';

const EPOCH = 80_000;
const ice = descriptions(readVectors().inputs);
export const guest = { name: 'Zoé', ice: ice.joiner };
export const host = { name: '', ice: ice.inviter };

export interface Roles {
  readonly joiner: 'src' | 'second';
  /** Who has the lower key, and so begins everything after the first contact. */
  readonly begins: 'joiner' | 'inviter';
}

export const ALL_ROLES: readonly Roles[] = (['src', 'second'] as const).flatMap((joiner) =>
  (['joiner', 'inviter'] as const).map((begins) => ({ joiner, begins }))
);

/** What somebody on the way does with a message; the person who gets the result has to refuse it. */
export type Tamper = (message: Uint8Array, read: (changed: Uint8Array) => unknown) => void;

export interface Two {
  readonly joiner: Person;
  readonly inviter: Person;
}

/** A first contact; the seed is varied until the keys are in the wanted order. */
export function makeContact(roles: Roles, seed: string, tamper?: Tamper): Two {
  for (let i = 0; ; i++) {
    const random = seeded(`${seed} ${i.toString()}`);
    const joiner = roles.joiner === 'src' ? new RealPerson(random) : new SecondPerson(random);
    const inviter = roles.joiner === 'src' ? new SecondPerson(random) : new RealPerson(random);
    const secretKey = random(32);
    const invitation = { flags: 0, expiry: 0, key: pair(secretKey).public, secret: random(16) };
    const place: Place = { link: writeInvitation(invitation), secretKey, epoch: EPOCH };

    const a = joiner.joinA(place);
    const b = inviter.hostB(place, a);
    const c = joiner.joinC(b, guest);
    expect(inviter.hostC(c)).toMatchObject(guest);
    expect(joiner.joinD(inviter.hostD(host))).toMatchObject(host);
    if (joiner.begins() !== (roles.begins === 'joiner')) continue;
    expect(inviter.begins()).toBe(!joiner.begins());
    if (tamper) tampered(joiner, inviter, place, tamper);
    return { joiner, inviter };
  }
}

/** The same once more: here each message is tampered with before it is read. */
function tampered(joiner: Person, inviter: Person, place: Place, tamper: Tamper): void {
  const a = joiner.joinA(place);
  tamper(a, (changed) => inviter.hostB(place, changed));
  const b = inviter.hostB(place, a);
  tamper(b, (changed) => joiner.joinC(changed, guest));
  const c = joiner.joinC(b, guest);
  tamper(c, (changed) => inviter.hostC(changed));
  inviter.hostC(c);
  const d = inviter.hostD(host);
  tamper(d, (changed) => joiner.joinD(changed));
  joiner.joinD(d);
}

export const initiatorOf = ({ joiner, inviter }: Two): Person => (joiner.begins() ? joiner : inviter);
export const responderOf = ({ joiner, inviter }: Two): Person => (joiner.begins() ? inviter : joiner);

/** The handshake of known contacts, over the server: each message in its sealed body. */
export function meetAgain(two: Two, tamper: Tamper = () => undefined): void {
  const [initiator, responder] = [initiatorOf(two), responderOf(two)];
  const carry = (kind: 'handshake' | 'sealed', direction: 0 | 1, data: Uint8Array): Uint8Array => {
    const [from, to] = direction === 0 ? [initiator, responder] : [responder, initiator];
    const body = from.seal(EPOCH, kind, direction, data);
    expect(body).toHaveLength(4096);
    const opened = to.open(EPOCH, body);
    expect(opened).toMatchObject({ kind, direction });
    return opened.data;
  };
  const a = carry('handshake', 0, initiator.meetA(EPOCH));
  tamper(a, (changed) => responder.meetB(EPOCH, changed, ice.joiner));
  const b = carry('handshake', 1, responder.meetB(EPOCH, a, ice.joiner));
  tamper(b, (changed) => initiator.meetAnswer(changed, ice.inviter));
  const { answer, ice: offered } = initiator.meetAnswer(b, ice.inviter);
  expect(offered).toEqual(ice.joiner);
  tamper(answer, (changed) => responder.meetDone(changed));
  expect(responder.meetDone(carry('sealed', 0, answer))).toEqual(ice.inviter);
}

/** Both ends of a channel, and what has been heard on it. */
export class Line {
  readonly joiner: Speaker;
  readonly inviter: Speaker;
  private readonly two: Two;

  constructor(two: Two) {
    const fingerprints = { own: ice.joiner.fingerprint, peer: ice.inviter.fingerprint };
    this.two = two;
    this.joiner = two.joiner.speak(fingerprints);
    this.inviter = two.inviter.speak({ own: fingerprints.peer, peer: fingerprints.own });
  }

  /** BIND each way: from here on both contacts have what the handshake left. */
  bind(): this {
    const [first, second] = [this.joiner.bind(), this.inviter.bind()];
    this.inviter.hear(first);
    this.joiner.hear(second);
    this.store();
    return this;
  }

  /** Carries frames, and what they are answered with, in order; returns the texts that arrived. */
  carry(from: Speaker, ...frames: readonly Uint8Array[]): string[] {
    const to = from === this.joiner ? this.inviter : this.joiner;
    const heard = frames.map((frame) => to.hear(frame));
    const replies = heard.flatMap((each) => each.replies);
    if (replies.length > 0) this.carry(to, ...replies);
    this.store();
    return heard.flatMap((each) => each.messages.map((message) => Buffer.from(message).toString()));
  }

  say(from: Speaker, ...texts: readonly string[]): void {
    expect(this.carry(from, ...texts.map((text) => from.say(join(text))))).toEqual(texts);
  }

  private store(): void {
    this.two.joiner.retained = this.joiner.retained;
    this.two.inviter.retained = this.inviter.retained;
  }
}

/** Refused for what it is, and not by accident of ours. */
export function refused(read: () => unknown): void {
  let error: unknown;
  try {
    read();
  } catch (thrown) {
    error = thrown;
  }
  const typed = [Refused, WireError, AuthError].some((type) => error instanceof type);
  expect(typed, String(error)).toBe(true);
  expect(String(error)).not.toMatch(/out of order/);
}

/** Changes single bits, cuts, and lengthens; all must be refused. */
export function mutations(stride: number): Tamper {
  return (message, read) => {
    const half = message.slice(0, message.length >> 1);
    const all = [half, message.slice(0, -1), message.slice(1), join(message, Uint8Array.of(0))];
    for (let i = 0; i < message.length; i += stride) {
      all.push(message.map((byte, at) => (at === i ? byte ^ (1 << (i & 7)) : byte)));
    }
    for (const changed of all) {
      expect(same(changed, message)).toBe(false);
      refused(() => read(changed));
    }
  };
}
