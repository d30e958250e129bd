/**
 * First contact, the inviter's side (protocol, section 5, XKpsk0+hfs).
 *
 *   A --> met (B) --C--> describing --own answer--> accepted: contact stored, invitation burned, then D
 *            \-- 10 s --> forgotten    \-- somebody else was faster --> declined
 */
import { equalBytes, hex } from '../bytes.ts';
import { generateKeyPair, type KeyPair } from '../crypto/primitives.ts';
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
import type { PeerEvent } from '../wire/peer.ts';
import { dial, envelopeOf, type LinkEffect } from './dial.ts';
import { HALF_OPEN_MS, quietly, type MeetingContext, type MeetingEffect } from './meeting.ts';

/** First messages answered for one invitation: one in this time. */
const ANSWER_GAP_MS = 200;
/** Guests that may be half way in at once; the newest wins. */
const MAX_GUESTS = 8;

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
  return { keys, secret, status, usedBy, many, halves: new Map(), answeredAt: -Infinity };
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
      const reply = envelopeOf(
        half.rendezvous,
        'handshake',
        1,
        hsid,
        answerDecline(state, host.status).message,
        random
      );
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
    const reply = envelopeOf(
      rendezvous,
      'handshake',
      1,
      hsid,
      answerDecline(state, host.status).message,
      context.random
    );
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
