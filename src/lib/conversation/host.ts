/**
 * First contact, the inviter's side (protocol, section 5, XKpsk0+hfs).
 *
 *   A --> met (B) --C--> describing --own answer--> accepted: contact stored, invitation burned, then D
 *            \-- 10 s    \        ^  \-- somebody else was faster --> declined
 *             forgotten   \       | yes
 *                          +--> knocking (where the inviter wants to be asked) -- no, or 120 s --> declined; 60 s of silence --> forgotten
 *
 * Whoever knocks is known by their pair key: when they come again, with a new handshake, it is the same knock, and
 * what was answered once is not asked again.
 */
import { equalBytes, hex } from '../bytes.ts';
import { generateKeyPair, type KeyPair } from '../crypto/primitives.ts';
import type { Random } from '../crypto/random.ts';
import type { Envelope } from '../protocol/envelope.ts';
import {
  answerAccept,
  answerDecline,
  answerJoin,
  answerReadC,
  type AnswerB,
  type AnswerC,
  type InvitationStatus
} from '../protocol/first-contact.ts';
import type { Rendezvous } from '../protocol/topics.ts';
import type { IceBlock } from '../wire/ice.ts';
import type { PeerEvent } from '../wire/peer.ts';
import { dial, envelopeOf, type LinkEffect } from './dial.ts';
import {
  HALF_OPEN_MS,
  KNOCK_MS,
  LEFT_MS,
  quietly,
  type MeetingContext,
  type MeetingEffect
} from './meeting.ts';

/** First messages answered for one invitation: one in this time. */
const ANSWER_GAP_MS = 200;
/** Guests that may be half way in at once; the newest wins. */
const MAX_GUESTS = 8;
/** Guests that may wait for the inviter's word at once. Nobody pushes them out: whoever comes later comes again. */
export const MAX_KNOCKS = 8;
/** Answers that are remembered. */
const MAX_VERDICTS = 64;

type HostHalf = { readonly hsid: Uint8Array; readonly rendezvous: Rendezvous; readonly since: number } & (
  | { readonly step: 'met'; readonly state: AnswerB }
  | { readonly step: 'describing'; readonly state: AnswerC; readonly name: string }
);

/** A guest who has said who they are. */
interface Visitor {
  readonly hsid: Uint8Array;
  readonly rendezvous: Rendezvous;
  readonly state: AnswerC;
  readonly name: string;
  readonly ice: IceBlock;
}

export interface Knock extends Visitor {
  /** When they knocked first, and last. */
  readonly since: number;
  readonly heard: number;
}

export interface Host {
  readonly keys: KeyPair;
  readonly secret: Uint8Array;
  readonly status: InvitationStatus;
  /** Pair key of the guest who used it: only to them it is still open, until their message D has arrived. */
  readonly usedBy: Uint8Array | null;
  readonly many: boolean;
  /** Nobody comes in before the inviter has said yes. */
  readonly askFirst: boolean;
  /** By pair key, in hexadecimal. */
  readonly knocks: ReadonlyMap<string, Knock>;
  /** What the inviter answered, by pair key. */
  readonly verdicts: ReadonlyMap<string, boolean>;
  readonly halves: ReadonlyMap<string, HostHalf>;
  readonly answeredAt: number;
}

type HostStep = readonly [Host, readonly MeetingEffect[]];

export function newHost(
  { keys, secret }: { readonly keys: KeyPair; readonly secret: Uint8Array },
  status: InvitationStatus,
  usedBy: Uint8Array | null,
  { many, askFirst }: { readonly many: boolean; readonly askFirst: boolean }
): Host {
  return {
    ...{ keys, secret, status, usedBy, many, askFirst },
    knocks: new Map(),
    verdicts: new Map(),
    halves: new Map(),
    answeredAt: -Infinity
  };
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
    const visitor: Visitor = { hsid, rendezvous: half.rendezvous, state, name, ice };
    return receive({ ...host, halves: without(host.halves, id) }, visitor, context);
  }
  if (half || now - host.answeredAt < ANSWER_GAP_MS) return [host, []];
  const { keys, secret, status } = host;
  const { state, message } = answerJoin({ keys, secret, topic: rendezvous.topic, status }, data, random);
  const reply = envelopeOf(rendezvous, 'handshake', 1, hsid, message, random);
  const [halves, effects] = expireHalves(host.halves, now);
  halves.set(id, { step: 'met', hsid, rendezvous, since: now, state });
  return [{ ...host, answeredAt: now, halves }, [...effects, reply]];
}

/** Message C has said who it is: they come in, are asked about, or are declined. */
function receive(host: Host, visitor: Visitor, context: MeetingContext): HostStep {
  const key = hex(visitor.state.peer);
  const isBack = host.status === 'used';
  const verdict = host.verdicts.get(key);
  // Another guest was faster, or the inviter has said no before.
  if (!isWelcome(host, visitor.state) || (!isBack && verdict === false)) {
    return [host, [decline(host, visitor, context.random)]];
  }
  if (!host.askFirst || isBack || verdict === true) return admit(host, visitor, context);
  const known = host.knocks.get(key);
  if (!known && host.knocks.size >= MAX_KNOCKS) return [host, []];
  const knock: Knock = { ...visitor, since: known?.since ?? context.now, heard: context.now };
  return [{ ...host, knocks: new Map(host.knocks).set(key, knock) }, []];
}

/** Only now is the inviter's own address looked for. */
function admit(
  host: Host,
  { hsid, rendezvous, state, name, ice }: Visitor,
  context: MeetingContext
): HostStep {
  const id = hex(hsid);
  const half: HostHalf = { step: 'describing', hsid, rendezvous, since: context.now, state, name };
  return [
    { ...host, halves: new Map(host.halves).set(id, half) },
    [{ kind: 'open-peer', id, role: 'answer', remote: ice }]
  ];
}

function decline(host: Host, { hsid, rendezvous, state }: Omit<Visitor, 'name' | 'ice'>, random: Random) {
  return envelopeOf(rendezvous, 'handshake', 1, hsid, answerDecline(state, host.status).message, random);
}

/** The inviter's word about whoever has this pair key. */
export function onVerdict(host: Host, key: string, yes: boolean, context: MeetingContext): HostStep {
  const knock = host.knocks.get(key);
  if (!knock) return [host, []];
  const verdicts = new Map(host.verdicts).set(key, yes);
  for (const oldest of verdicts.keys()) {
    if (verdicts.size <= MAX_VERDICTS) break;
    verdicts.delete(oldest);
  }
  return receive({ ...host, verdicts, knocks: without(host.knocks, key) }, knock, context);
}

/** When the first of those who knock has waited long enough, or is gone; null: nobody knocks. */
export function hostWake({ knocks }: Host): number | null {
  const next = Math.min(
    ...[...knocks.values()].map(({ since, heard }) => Math.min(since + KNOCK_MS, heard + LEFT_MS))
  );
  return next === Infinity ? null : next;
}

export function onHostWake(host: Host, { now, random }: MeetingContext): HostStep {
  const [knocks, effects] = [new Map(host.knocks), [] as LinkEffect[]];
  for (const [key, knock] of host.knocks) {
    const over = now - knock.since >= KNOCK_MS;
    if (!over && now - knock.heard < LEFT_MS) continue;
    knocks.delete(key);
    if (over) effects.push(decline(host, knock, random));
  }
  return [{ ...host, knocks }, effects];
}

/** The link is open no longer: whoever knocks hears why. */
export function endHost(
  host: Host,
  status: Exclude<InvitationStatus, 'open'>,
  { random }: Pick<MeetingContext, 'random'>
): HostStep {
  const ended: Host = { ...host, status, knocks: new Map() };
  return [ended, [...host.knocks.values()].map((knock) => decline(ended, knock, random))];
}

export function onHostPeer(host: Host, id: string, event: PeerEvent, context: MeetingContext): HostStep {
  const half = host.halves.get(id);
  if (half?.step !== 'describing') return [host, event.kind === 'closed' ? [] : [{ kind: 'close-peer', id }]];
  if (event.kind === 'closed') return [{ ...host, halves: without(host.halves, id) }, []];
  if (event.kind !== 'local') return [host, []];
  const { hsid, rendezvous, state, name } = half;
  const rest = { ...host, halves: without(host.halves, id) };
  if (!isWelcome(host, state)) {
    return [rest, [decline(host, half, context.random), { kind: 'close-peer', id }]];
  }
  const pair = generateKeyPair(context.random);
  const { established, message } = answerAccept(state, { pair, name: context.name, ice: event.ice });
  const theirs = { ...rest, usedBy: state.peer };
  const [after, declined] = host.many ? ([theirs, []] as const) : endHost(theirs, 'used', context);
  return [
    after,
    [
      { kind: 'met', established, peerName: name, dial: dial(hsid, rendezvous, established, 'answer', true) },
      envelopeOf(rendezvous, 'handshake', 1, hsid, message, context.random),
      ...declined
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

function without<T>(map: ReadonlyMap<string, T>, id: string): ReadonlyMap<string, T> {
  const next = new Map(map);
  next.delete(id);
  return next;
}
