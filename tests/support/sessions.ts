/** Two contacts behind a handshake: sessions, and dials that are joined by arrays of frames. For tests. */
import { fromUtf8, hex, utf8, wipe } from '../../src/lib/bytes.ts';
import { onPeer } from '../../src/lib/conversation/channel.ts';
import {
  andThen,
  dial,
  send,
  type Dial,
  type DialContext,
  type LinkEffect,
  type Step
} from '../../src/lib/conversation/dial.ts';
import { rehandshakeIfDue } from '../../src/lib/conversation/rehandshake.ts';
import {
  answerReunion,
  readReunion,
  reunionReadB,
  startReunion,
  type ContactKeys
} from '../../src/lib/protocol/known-contact.ts';
import type { Established } from '../../src/lib/protocol/schedule.ts';
import { openSession, type Certificates } from '../../src/lib/protocol/session.ts';
import { rendezvous } from '../../src/lib/protocol/topics.ts';
import { completeFirstContact, contactsOf, iceBlock } from './handshakes.ts';
import { seeded } from './random.ts';

export type Random = (length: number) => Uint8Array;

/** Two who have met, and stored what their first contact left. */
export function contacts(seed: string): { initiator: ContactKeys; responder: ContactKeys } {
  const { readD, d } = completeFirstContact(seed);
  return contactsOf(readD.established, d.established);
}

/** A reunion of the two, whole. */
export function reunite(
  keys: { readonly initiator: ContactKeys; readonly responder: ContactKeys },
  random: Random
): { initiator: Established; responder: Established; messages: [Uint8Array, Uint8Array] } {
  const { topic: place } = rendezvous(keys.initiator.rdv, 80_000);
  const a = startReunion({ keys: keys.initiator, place, inBand: false }, random);
  const { state } = readReunion({ keys: keys.responder, place, inBand: false }, a.message);
  const b = answerReunion(state, iceBlock(random), random);
  const { established } = reunionReadB(a.state, b.message);
  return { initiator: established, responder: b.established, messages: [a.message, b.message] };
}

/** The two sessions of a reunion, before any frame. */
export function sessions(seed: string) {
  const random = seeded(`sessions ${seed}`);
  const established = reunite(contacts(seed), random);
  const certificates: Certificates = { initiator: random(32), responder: random(32) };
  const initiator = openSession(established.initiator, certificates, random);
  const responder = openSession(established.responder, certificates, random);
  return { random, established, certificates, initiator, responder };
}

/** One end of a channel that a test carries the frames of. What is to be wiped is wiped. */
export class End {
  dial: Dial;
  keys: ContactKeys;
  now = 0;
  readonly random: Random;
  /** Frames that have left and not arrived. */
  out: Uint8Array[] = [];
  /** Every frame that ever left. */
  readonly sent: Uint8Array[] = [];
  readonly heard: string[] = [];
  readonly retained: Extract<LinkEffect, { kind: 'retain' }>[] = [];
  readonly wiped: Uint8Array[] = [];
  closed = false;

  constructor(dialing: Dial, keys: ContactKeys, random: Random) {
    this.dial = dialing;
    this.keys = keys;
    this.random = random;
  }

  get context(): DialContext {
    return { now: this.now, random: this.random, keys: this.keys };
  }

  open(local: Uint8Array, remote: Uint8Array): void {
    this.perform(onPeer(this.dial, { kind: 'open', local, remote }, this.context));
  }

  say(text: string): void {
    const said = send(this.dial, { kind: 'message', data: utf8(text) });
    this.perform(andThen(said, (next) => rehandshakeIfDue(next, this.context)));
  }

  /** As the link does after each frame. @throws what ends the session; then nothing has changed. */
  receive(frame: Uint8Array): void {
    const step = onPeer(this.dial, { kind: 'frame', frame }, this.context);
    this.perform(andThen(step, (next) => rehandshakeIfDue(next, this.context)));
  }

  perform([next, effects]: Step<Dial>): void {
    this.dial = next;
    for (const effect of effects) {
      if (effect.kind === 'send-frame') {
        this.out.push(effect.frame);
        this.sent.push(effect.frame);
      } else if (effect.kind === 'message') this.heard.push(fromUtf8(effect.data));
      else if (effect.kind === 'wipe') {
        this.wiped.push(...effect.secrets);
        wipe(...effect.secrets);
      } else if (effect.kind === 'retain') {
        this.retained.push(effect);
        this.keys = { ...this.keys, retained: effect.retained };
      } else if (effect.kind === 'close-peer') this.closed = true;
    }
  }
}

/** Two ends, bound. */
export function channel(seed: string): { initiator: End; responder: End } {
  const random = seeded(`channel ${seed}`);
  const keys = contacts(seed);
  const established = reunite(keys, random);
  const at = rendezvous(keys.initiator.rdv, 80_000);
  const hsid = random(8);
  const initiator = new End(dial(hsid, at, established.initiator, 'answer', true), keys.initiator, random);
  const responder = new End(dial(hsid, at, established.responder, 'offer', true), keys.responder, random);
  const [one, other] = [random(32), random(32)];
  initiator.open(one, other);
  responder.open(other, one);
  carry(initiator, responder);
  return { initiator, responder };
}

/** Carries everything that is under way, until both are silent. */
export function carry(one: End, other: End): void {
  while (one.out.length + other.out.length > 0) {
    deliver(one, other);
    deliver(other, one);
  }
}

/** Carries the oldest frames one way. */
export function deliver(from: End, to: End, count = from.out.length): void {
  for (const frame of from.out.splice(0, count)) to.receive(frame);
}

/** Every byte string that a value holds, as hexadecimal text. */
export function bytesIn(value: unknown, found = new Set<string>()): Set<string> {
  if (value instanceof Uint8Array) found.add(hex(value));
  else if (value instanceof Map) for (const inner of value.values()) bytesIn(inner, found);
  else if (typeof value === 'object' && value !== null)
    for (const inner of Object.values(value)) bytesIn(inner, found);
  return found;
}

/** A copy that shares no bytes: what is overwritten in the original stays in it. */
export function copyOf<T>(value: T): T {
  if (value instanceof Uint8Array) return value.slice() as T;
  if (Array.isArray(value)) return value.map(copyOf) as T;
  if (value instanceof Map)
    return new Map([...value].map(([key, inner]) => [key, copyOf<unknown>(inner)])) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copyOf<unknown>(inner)])) as T;
}
