/**
 * First contact through an invitation (protocol, section 5, XKpsk0+hfs): the guest's side and the host's side.
 *
 *   guest   waiting --PRESENT--> asked (A) --B--> answered --own offer--> sent (C) --D--> accepted, a link goes on
 *                ^                 |                 |                     |       +----> declined
 *                +------ 3 s ------+---- 10 s -------+-------- 10 s -------+ B says used, revoked, expired: refused
 *
 *   host    A --> met (B) --C--> describing --own answer--> accepted: contact stored, invitation burned, then D
 */
import { equalBytes, hex } from '../bytes.ts';
import { generateKeyPair, type KeyPair } from '../crypto/primitives.ts';
import type { Random } from '../crypto/random.ts';
import { AuthError, WireError } from '../errors.ts';
import type { Envelope } from '../protocol/envelope.ts';
import {
  answerAccept,
  answerDecline,
  answerJoin,
  answerReadC,
  joinReadB,
  joinReadD,
  joinWriteC,
  startJoin,
  type AnswerB,
  type AnswerC,
  type InvitationStatus,
  type JoinA,
  type JoinB,
  type JoinC
} from '../protocol/first-contact.ts';
import type { Invitation } from '../protocol/invitation.ts';
import type { Established } from '../protocol/schedule.ts';
import type { Rendezvous } from '../protocol/topics.ts';
import type { Candidate, IceBlock } from '../wire/ice.ts';
import type { PeerEvent } from '../wire/peer.ts';
import { backoff } from '../backoff.ts';
import { dial, envelopeOf, type Dial, type LinkEffect } from './dial.ts';

const ASK_MS = 3_000;
const HALF_OPEN_MS = 10_000;
const SAME_APPEARANCE_MS = 1_500;
/** First messages answered for one invitation: one in this time. */
const ANSWER_GAP_MS = 200;
/** Guests that may be half way in at once; the newest wins. */
const MAX_GUESTS = 8;
const MAX_CANDIDATES = 20;

/** The contact that a finished first contact created. It is stored before any later effect is carried out. */
export interface Met {
  readonly kind: 'met';
  readonly established: Established;
  readonly peerName: string;
  readonly dial: Dial;
}

export type MeetingEffect =
  LinkEffect | Met | { readonly kind: 'refused'; readonly status: InvitationStatus | 'declined' };

export interface MeetingContext {
  readonly now: number;
  readonly random: Random;
  readonly rendezvous: Rendezvous;
  /** The own name, '' = none. */
  readonly name: string;
}

// --- The guest ---

type GuestHalf = {
  readonly hsid: Uint8Array;
  readonly rendezvous: Rendezvous;
  readonly since: number;
  /** The own offer, as far as the peer connection has said it. */
  readonly offer: IceBlock | null;
} & (
  | { readonly step: 'asked'; readonly state: JoinA }
  | { readonly step: 'answered'; readonly state: JoinB }
  | { readonly step: 'sent'; readonly state: JoinC; readonly late: readonly Candidate[] }
);

export interface Guest {
  readonly invitation: Invitation;
  readonly pair: KeyPair;
  /** Message C has been written with this key pair, now or before a reload: "used" may mean by this very guest. */
  readonly introduced: boolean;
  readonly half: GuestHalf | null;
  readonly attempts: number;
  readonly presentAt: number;
  readonly beganAt: number;
  readonly retryAt: number | null;
}

export type GuestEvent =
  | { readonly kind: 'present' }
  | { readonly kind: 'envelope'; readonly rendezvous: Rendezvous; readonly envelope: Envelope }
  | { readonly kind: 'peer'; readonly id: string; readonly event: PeerEvent }
  | { readonly kind: 'wake' }
  | { readonly kind: 'close' };

type GuestStep = readonly [Guest, readonly MeetingEffect[]];

export function newGuest(invitation: Invitation, pair: KeyPair, introduced: boolean): Guest {
  return { invitation, pair, introduced, half: null, attempts: 0, presentAt: 0, beganAt: 0, retryAt: null };
}

export function guestWake(guest: Guest): number | null {
  if (!guest.half) return guest.retryAt;
  return guest.half.since + (guest.half.step === 'asked' ? ASK_MS : HALF_OPEN_MS);
}

export function onGuest(guest: Guest, event: GuestEvent, context: MeetingContext): GuestStep {
  switch (event.kind) {
    case 'present': {
      const { beganAt, presentAt } = guest;
      if (guest.half?.step === 'sent') return [guest, []];
      if (beganAt >= presentAt && context.now - presentAt < SAME_APPEARANCE_MS) return [guest, []];
      return ask({ ...guest, presentAt: context.now, attempts: 0 }, context);
    }
    case 'envelope':
      return quietly(guest, () => onHostMessage(guest, event.envelope, context));
    case 'peer':
      return onGuestPeer(guest, event.id, event.event, context);
    case 'wake': {
      const at = guestWake(guest);
      if (at === null || context.now < at) return [guest, []];
      if (!guest.half) return ask(guest, context);
      return [
        { ...guest, half: null, retryAt: context.now + backoff(guest.attempts, context.random) },
        closePeer(guest)
      ];
    }
    case 'close':
      return [{ ...guest, half: null, retryAt: null }, closePeer(guest)];
  }
}

function ask(guest: Guest, context: MeetingContext): GuestStep {
  const { random, rendezvous, now } = context;
  const { invitation, pair } = guest;
  const hsid = random(8);
  const { state, message } = startJoin({ invitation, topic: rendezvous.topic, pair }, random);
  const half: GuestHalf = { step: 'asked', hsid, rendezvous, since: now, offer: null, state };
  return [
    { ...guest, half, attempts: guest.attempts + 1, beganAt: now, retryAt: null },
    [
      ...closePeer(guest),
      envelopeOf(rendezvous, 'handshake', 0, hsid, message, random),
      // The offer is ready when B arrives.
      { kind: 'open-peer', id: hex(hsid), role: 'offer', remote: null }
    ]
  ];
}

function onHostMessage(guest: Guest, envelope: Envelope, context: MeetingContext): GuestStep {
  const { half } = guest;
  if (envelope.kind !== 'handshake' && envelope.kind !== 'sealed') return [guest, []];
  if (envelope.dir !== 1 || !half || !equalBytes(half.hsid, envelope.hsid)) return [guest, []];
  switch (half.step) {
    case 'asked': {
      const answer = joinReadB(half.state, envelope.data);
      if (answer.status !== 'open' && !(answer.status === 'used' && guest.introduced)) {
        return [
          { ...guest, half: null, retryAt: null },
          [...closePeer(guest), { kind: 'refused', status: answer.status }]
        ];
      }
      const { hsid, rendezvous, offer } = half;
      const next: GuestHalf = {
        step: 'answered',
        hsid,
        rendezvous,
        offer,
        since: context.now,
        state: answer.state
      };
      return introduce({ ...guest, half: next }, context);
    }
    case 'answered':
      return [guest, []];
    case 'sent': {
      const answer = joinReadD(half.state, envelope.data);
      if (answer.kind === 'declined') {
        return [
          { ...guest, half: null, retryAt: null },
          [...closePeer(guest), { kind: 'refused', status: 'declined' }]
        ];
      }
      const { established, name, ice } = answer;
      const dialing: Dial = {
        ...dial(half.hsid, half.rendezvous, established, 'offer', true),
        held: half.late
      };
      return [
        { ...guest, half: null, retryAt: null },
        [
          { kind: 'met', established, peerName: name, dial: dialing },
          { kind: 'set-answer', id: dialing.id, remote: ice }
        ]
      ];
    }
  }
}

function onGuestPeer(guest: Guest, id: string, event: PeerEvent, context: MeetingContext): GuestStep {
  const { half } = guest;
  if (!half || hex(half.hsid) !== id) {
    return [guest, event.kind === 'closed' ? [] : [{ kind: 'close-peer', id }]];
  }
  switch (event.kind) {
    case 'local':
      return introduce({ ...guest, half: { ...half, offer: event.ice } }, context);
    case 'candidates': {
      if (half.step === 'sent') {
        return [{ ...guest, half: { ...half, late: [...half.late, ...event.candidates] } }, []];
      }
      if (!half.offer) return [guest, []];
      const candidates = [...half.offer.candidates, ...event.candidates].slice(0, MAX_CANDIDATES);
      return [{ ...guest, half: { ...half, offer: { ...half.offer, candidates } } }, []];
    }
    case 'closed':
      return [{ ...guest, half: null, retryAt: context.now + backoff(guest.attempts, context.random) }, []];
    case 'open':
    case 'frame':
      return [guest, []];
  }
}

/** Message C goes out as soon as B has come and the own offer is known. */
function introduce(guest: Guest, context: MeetingContext): GuestStep {
  const { half } = guest;
  if (half?.step !== 'answered' || !half.offer) return [guest, []];
  const { state, message } = joinWriteC(half.state, { name: context.name, ice: half.offer }, context.random);
  const { hsid, rendezvous, offer, since } = half;
  return [
    { ...guest, introduced: true, half: { step: 'sent', hsid, rendezvous, offer, since, state, late: [] } },
    [envelopeOf(rendezvous, 'handshake', 0, hsid, message, context.random)]
  ];
}

function closePeer(guest: Guest): LinkEffect[] {
  return guest.half ? [{ kind: 'close-peer', id: hex(guest.half.hsid) }] : [];
}

// --- The host ---

type HostHalf = { readonly hsid: Uint8Array; readonly rendezvous: Rendezvous; readonly since: number } & (
  | { readonly step: 'met'; readonly state: AnswerB }
  | { readonly step: 'describing'; readonly state: AnswerC; readonly name: string }
);

export interface Host {
  readonly keys: KeyPair;
  readonly secret: Uint8Array;
  readonly status: InvitationStatus;
  /** Pair key of the guest who used it: only to them it is still open, until their message D has arrived. */
  readonly usedBy: Uint8Array | null;
  readonly many: boolean;
  readonly halves: ReadonlyMap<string, HostHalf>;
  readonly answeredAt: number;
}

type HostStep = readonly [Host, readonly MeetingEffect[]];

export function newHost(
  { keys, secret }: { readonly keys: KeyPair; readonly secret: Uint8Array },
  status: InvitationStatus,
  usedBy: Uint8Array | null,
  many: boolean
): Host {
  return { keys, secret, status, usedBy, many, halves: new Map(), answeredAt: 0 };
}

export function onHostEnvelope(
  host: Host,
  rendezvous: Rendezvous,
  envelope: Envelope,
  context: MeetingContext
): HostStep {
  if (envelope.kind !== 'handshake' || envelope.dir !== 0) return [host, []];
  return quietly(host, () => onGuestMessage(host, rendezvous, envelope, context));
}

function onGuestMessage(
  host: Host,
  rendezvous: Rendezvous,
  envelope: Envelope,
  context: MeetingContext
): HostStep {
  const { hsid, data } = envelope;
  const id = hex(hsid);
  const half = host.halves.get(id);
  const { now, random } = context;
  if (half?.step === 'met') {
    const { state, name, ice } = answerReadC(half.state, data);
    // Another guest was faster: a single-use link is somebody's already.
    if (!isWelcome(host, state)) {
      const reply = envelopeOf(half.rendezvous, 'handshake', 1, hsid, answerDecline(state).message, random);
      return [{ ...host, halves: without(host.halves, id) }, [reply]];
    }
    const next: HostHalf = { step: 'describing', hsid, rendezvous: half.rendezvous, since: now, state, name };
    return [
      { ...host, halves: new Map(host.halves).set(id, next) },
      [{ kind: 'open-peer', id, role: 'answer', remote: ice }]
    ];
  }
  if (half || now - host.answeredAt < ANSWER_GAP_MS) return [host, []];
  const { keys, secret, status } = host;
  const { state, message } = answerJoin({ keys, secret, topic: rendezvous.topic, status }, data, random);
  const reply = envelopeOf(rendezvous, 'handshake', 1, hsid, message, random);
  const [halves, effects] = expireHalves(host.halves, now);
  halves.set(id, { step: 'met', hsid, rendezvous, since: now, state });
  return [{ ...host, answeredAt: now, halves }, [...effects, reply]];
}

export function onHostPeer(host: Host, id: string, event: PeerEvent, context: MeetingContext): HostStep {
  const half = host.halves.get(id);
  if (half?.step !== 'describing') return [host, event.kind === 'closed' ? [] : [{ kind: 'close-peer', id }]];
  if (event.kind === 'closed') return [{ ...host, halves: without(host.halves, id) }, []];
  if (event.kind !== 'local') return [host, []];
  const { hsid, rendezvous, state, name } = half;
  const rest = { ...host, halves: without(host.halves, id) };
  if (!isWelcome(host, state)) {
    const reply = envelopeOf(rendezvous, 'handshake', 1, hsid, answerDecline(state).message, context.random);
    return [rest, [reply, { kind: 'close-peer', id }]];
  }
  const pair = generateKeyPair(context.random);
  const { established, message } = answerAccept(state, { pair, name: context.name, ice: event.ice });
  return [
    { ...rest, status: host.many ? 'open' : 'used', usedBy: state.peer },
    [
      { kind: 'met', established, peerName: name, dial: dial(hsid, rendezvous, established, 'answer', true) },
      envelopeOf(rendezvous, 'handshake', 1, hsid, message, context.random)
    ]
  ];
}

function isWelcome({ status, usedBy }: Host, { peer }: AnswerC): boolean {
  return status === 'open' || (status === 'used' && usedBy !== null && equalBytes(usedBy, peer));
}

/** Drops what is over its time, and the oldest where there are too many. */
function expireHalves(
  halves: ReadonlyMap<string, HostHalf>,
  now: number
): [Map<string, HostHalf>, LinkEffect[]] {
  const next = new Map(halves);
  const effects: LinkEffect[] = [];
  for (const [id, half] of halves) {
    if (now - half.since < HALF_OPEN_MS && next.size < MAX_GUESTS) break;
    next.delete(id);
    if (half.step === 'describing') effects.push({ kind: 'close-peer', id });
  }
  return [next, effects];
}

function without(halves: ReadonlyMap<string, HostHalf>, id: string): ReadonlyMap<string, HostHalf> {
  const next = new Map(halves);
  next.delete(id);
  return next;
}

/** What the server brings and does not open changes nothing. */
function quietly<T>(
  state: T,
  step: () => readonly [T, readonly MeetingEffect[]]
): readonly [T, readonly MeetingEffect[]] {
  try {
    return step();
  } catch (error) {
    if (error instanceof WireError || error instanceof AuthError) return [state, []];
    throw error;
  }
}
