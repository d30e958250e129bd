/**
 * What follows an established handshake (protocol, sections 5 and 8): the values, and the sending of sealed frames
 * through the server and through the channel. channel.ts has what comes in.
 *
 * Pure: effects are returned, in the order in which they must happen.
 */
import { concat, hex } from '../bytes.ts';
import type { Random } from '../crypto/random.ts';
import { UsageError, WireError } from '../errors.ts';
import { sealEnvelope, type Envelope } from '../protocol/envelope.ts';
import type { ContactKeys, ReunionA } from '../protocol/known-contact.ts';
import type { Established } from '../protocol/schedule.ts';
import { sealFrame, type Certificates, type Content, type Session } from '../protocol/session.ts';
import type { Rendezvous } from '../protocol/topics.ts';
import { openTransport, sealTransport } from '../protocol/transport.ts';
import {
  decodeCandidates,
  decodeIce,
  encodeCandidates,
  MAX_CANDIDATES,
  type Candidate,
  type IceBlock
} from '../wire/ice.ts';

/** What a link asks its surroundings to do. `id` names one peer connection: its handshake's hsid in hexadecimal. */
export type LinkEffect =
  | { readonly kind: 'publish'; readonly topic: Uint8Array; readonly body: Uint8Array }
  | {
      readonly kind: 'open-peer';
      readonly id: string;
      readonly role: 'offer' | 'answer';
      readonly remote: IceBlock | null;
    }
  | { readonly kind: 'set-answer'; readonly id: string; readonly remote: IceBlock }
  | { readonly kind: 'add-candidates'; readonly id: string; readonly candidates: readonly Candidate[] }
  | { readonly kind: 'send-frame'; readonly id: string; readonly frame: Uint8Array }
  | { readonly kind: 'close-peer'; readonly id: string }
  /** The session is bound: both sides hold the keys, and the channel is the one that the handshake spoke of. */
  | { readonly kind: 'up' }
  | { readonly kind: 'down' }
  /** What ended the path may have ended the way to the server too, without a word. */
  | { readonly kind: 'prove-server' }
  | { readonly kind: 'message'; readonly data: Uint8Array }
  /** The peer's first frame under new keys has opened: what they leave behind is to be stored (section 7). */
  | { readonly kind: 'retain'; readonly retained: readonly Uint8Array[]; readonly continuity: boolean }
  /** Secrets that nothing needs any more. */
  | { readonly kind: 'wipe'; readonly secrets: readonly Uint8Array[] };

/** New keys that are being agreed inside an open session: rehandshake.ts. */
export type Rehandshake =
  | { readonly step: 'asked'; readonly state: ReunionA }
  | {
      readonly step: 'agreed';
      readonly established: Established;
      readonly next: Session;
      /** This side has sent, has received its SWITCH: that direction uses the new keys. */
      readonly sending: boolean;
      readonly receiving: boolean;
    };

export interface Dial {
  readonly hsid: Uint8Array;
  readonly id: string;
  readonly rendezvous: Rendezvous;
  /** Of the frames that this side sends through the server: 0 from the initiator of the first handshake. */
  readonly dir: 0 | 1;
  readonly established: Established;
  readonly role: 'offer' | 'answer';
  /** The own description is with the other side (it was inside the handshake, or has been sent). */
  readonly described: boolean;
  /** Own candidates found before they could be sent. */
  readonly held: readonly Candidate[];
  /** Candidates of the other side's that came after its description. */
  readonly found: number;
  readonly channel: { readonly local: Uint8Array; readonly remote: Uint8Array } | null;
  /** From the moment that the channel is open. */
  readonly session: Session | null;
  /** When the session's keys were agreed, milliseconds. */
  readonly since: number;
  readonly bound: boolean;
  /** New keys that are being agreed inside the session. */
  readonly rehandshake: Rehandshake | null;
}

export interface DialContext {
  readonly now: number;
  readonly random: Random;
  readonly keys: ContactKeys;
}

export type Step<T> = readonly [T, readonly LinkEffect[]];

/** SEALED frames: the peer's description, or further candidates. */
export const DESCRIPTION = 1;
const CANDIDATES = 2;

export function dial(
  hsid: Uint8Array,
  rendezvous: Rendezvous,
  established: Established,
  role: 'offer' | 'answer',
  described: boolean
): Dial {
  return {
    hsid,
    id: hex(hsid),
    rendezvous,
    dir: established.initiator ? 0 : 1,
    established,
    role,
    described,
    held: [],
    found: 0,
    channel: null,
    session: null,
    since: 0,
    bound: false,
    rehandshake: null
  };
}

export function envelopeOf(
  rendezvous: Rendezvous,
  kind: Envelope['kind'],
  dir: 0 | 1,
  hsid: Uint8Array,
  data: Uint8Array,
  random: Random
): LinkEffect {
  const body = sealEnvelope(rendezvous, { kind, dir, hsid, data }, random);
  return { kind: 'publish', topic: rendezvous.topic, body };
}

/** A SEALED frame from the signaling server. A frame that does not open changes nothing. */
export function onSealed(state: Dial, data: Uint8Array): Step<Dial> {
  const opened = openTransport(state.established.transport, data);
  const next = { ...state, established: { ...state.established, transport: opened.transport } };
  const [type, payload] = [opened.data[0], opened.data.subarray(1)];
  if (type === DESCRIPTION && state.role === 'offer') {
    return [next, [{ kind: 'set-answer', id: state.id, remote: decodeIce(payload) }]];
  }
  if (type === CANDIDATES) {
    const candidates = decodeCandidates(payload);
    const found = state.found + candidates.length;
    // Nobody of ours sends more: a browser that is told of more tries each of its own with each of them.
    if (found > MAX_CANDIDATES) return [next, []];
    return [{ ...next, found }, [{ kind: 'add-candidates', id: state.id, candidates }]];
  }
  throw new WireError('sealed frame');
}

/** Seals one frame, under the new keys as soon as this side has switched to them. */
export function send(state: Dial, content: Content): Step<Dial> {
  const { session, rehandshake } = state;
  if (!session) throw new UsageError('the channel is not open');
  const isNew = rehandshake?.step === 'agreed' && rehandshake.sending;
  const { session: next, frame, consumed } = sealFrame(isNew ? rehandshake.next : session, content);
  const advanced: Dial = isNew
    ? { ...state, rehandshake: { ...rehandshake, next } }
    : { ...state, session: next };
  return [
    advanced,
    [
      { kind: 'send-frame', id: state.id, frame },
      { kind: 'wipe', secrets: consumed }
    ]
  ];
}

/** The certificates in use, by the handshake's roles. */
export function certificatesOf(
  { established }: Pick<Dial, 'established'>,
  { local, remote }: { readonly local: Uint8Array; readonly remote: Uint8Array }
): Certificates {
  return established.initiator
    ? { initiator: local, responder: remote }
    : { initiator: remote, responder: local };
}

/**
 * Carries out `next` on what a step has left, and lines up the effects of both. (Not `then`: a module that exports that
 * name is taken for a promise.)
 */
export function andThen<S, T>([state, effects]: Step<S>, next: (state: S) => Step<T>): Step<T> {
  const [after, more] = next(state);
  return [after, [...effects, ...more]];
}

/** Own candidates that have waited go to the other side, once it can read them. */
export function flush(state: Dial, before: readonly LinkEffect[], random: Random): Step<Dial> {
  if (!state.described || state.held.length === 0) return [state, before];
  const [now, later] = [state.held.slice(0, MAX_CANDIDATES), state.held.slice(MAX_CANDIDATES)];
  const [next, sent] = sealed({ ...state, held: later }, CANDIDATES, encodeCandidates(now), random);
  return flush(next, [...before, sent], random);
}

/** Seals one frame for the signaling server. */
export function sealed(
  state: Dial,
  type: number,
  payload: Uint8Array,
  random: Random
): readonly [Dial, LinkEffect] {
  const { transport, message } = sealTransport(
    state.established.transport,
    concat(Uint8Array.of(type), payload)
  );
  const effect = envelopeOf(state.rendezvous, 'sealed', state.dir, state.hsid, message, random);
  return [{ ...state, established: { ...state.established, transport } }, effect];
}
