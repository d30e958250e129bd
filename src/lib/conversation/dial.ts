/**
 * From an established handshake to a bound session (protocol, sections 5 and 8). Both kinds of handshake end here.
 *
 *   established --remote description known--> peer connects --channel open--> BIND sent --BIND received, equal--> bound
 *                     \--- candidates of both sides trickle as SEALED frames ---/        \--- unequal: closed, alarm
 *
 * Pure: effects are returned, in the order in which they must happen.
 */
import { equalBytes, hex } from '../bytes.ts';
import type { Random } from '../crypto/random.ts';
import { AuthError, WireError } from '../errors.ts';
import { sealEnvelope, type Envelope } from '../protocol/envelope.ts';
import type { Established } from '../protocol/schedule.ts';
import { openFrame, openSession, sealFrame, type Session } from '../protocol/session.ts';
import type { Rendezvous } from '../protocol/topics.ts';
import { openTransport, sealTransport } from '../protocol/transport.ts';
import { decodeBody, encodeBody } from '../wire/frame.ts';
import type { PeerEvent } from '../wire/peer.ts';
import {
  decodeCandidates,
  decodeIce,
  encodeCandidates,
  encodeIce,
  type Candidate,
  type IceBlock
} from '../wire/ice.ts';

export const PROTOCOL_VERSION = 1;

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
  | { readonly kind: 'message'; readonly data: Uint8Array };

export interface Dial {
  readonly hsid: Uint8Array;
  readonly id: string;
  readonly rendezvous: Rendezvous;
  readonly established: Established;
  readonly role: 'offer' | 'answer';
  /** The own description is with the other side (it was inside the handshake, or has been sent). */
  readonly described: boolean;
  /** Own candidates found before they could be sent. */
  readonly held: readonly Candidate[];
  readonly channel: { readonly local: Uint8Array; readonly remote: Uint8Array } | null;
  readonly session: Session;
  readonly bound: boolean;
}

export type Step<T> = readonly [T, readonly LinkEffect[]];

/** SEALED frames: the peer's description, or further candidates. */
const DESCRIPTION = 1;
const CANDIDATES = 2;
/** CLOSE, reason: this channel is not the one that the handshake spoke of. */
export const CLOSE_MISMATCH = 1;
export const CLOSE_REPLACED = 2;

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
    established,
    role,
    described,
    held: [],
    channel: null,
    session: openSession(established.keys),
    bound: false
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
    return [next, [{ kind: 'add-candidates', id: state.id, candidates: decodeCandidates(payload) }]];
  }
  throw new WireError('sealed frame');
}

/** @throws WireError, AuthError: the session ends (one strike, section 8). */
export function onPeer(state: Dial, event: PeerEvent, random: Random): Step<Dial> {
  switch (event.kind) {
    case 'local': {
      if (state.described) return [state, []];
      const [next, sent] = sealed(state, DESCRIPTION, encodeIce(event.ice), random);
      return flush({ ...next, described: true }, [sent], random);
    }
    case 'candidates':
      return flush({ ...state, held: [...state.held, ...event.candidates] }, [], random);
    case 'open': {
      const channel = { local: event.local, remote: event.remote };
      const bind = { kind: 'bind', version: PROTOCOL_VERSION, ...channel, message: null } as const;
      return send({ ...state, channel }, encodeBody(bind));
    }
    case 'frame':
      return onFrame(state, event.frame);
    case 'closed':
      return [state, [{ kind: 'close-peer', id: state.id }]];
  }
}

/** Seals one channel body. */
export function send(state: Dial, body: Uint8Array): Step<Dial> {
  const { session, frame } = sealFrame(state.session, body);
  return [{ ...state, session }, [{ kind: 'send-frame', id: state.id, frame }]];
}

function onFrame(state: Dial, frame: Uint8Array): Step<Dial> {
  if (!state.channel) throw new WireError('frame before the channel was open');
  const opened = openFrame(state.session, frame);
  const next = { ...state, session: opened.session };
  const body = decodeBody(opened.body);
  if (!state.bound) {
    // The first frame each way says which certificates its writer sees; a man in the middle of DTLS shows here.
    if (body.kind !== 'bind' || body.version !== PROTOCOL_VERSION) throw new WireError('BIND expected');
    if (!equalBytes(body.local, state.channel.remote) || !equalBytes(body.remote, state.channel.local)) {
      throw new AuthError();
    }
    return [{ ...next, bound: true }, [{ kind: 'up' }]];
  }
  switch (body.kind) {
    case 'message':
      return [next, [{ kind: 'message', data: body.data }]];
    case 'alive':
      return [next, []];
    case 'close':
      return [next, [{ kind: 'close-peer', id: state.id }]];
    case 'bind':
      throw new WireError('second BIND');
  }
}

/** Own candidates that have waited go to the other side, once it can read them. */
export function flush(state: Dial, before: readonly LinkEffect[], random: Random): Step<Dial> {
  if (!state.described || state.held.length === 0) return [state, before];
  const [next, sent] = sealed({ ...state, held: [] }, CANDIDATES, encodeCandidates(state.held), random);
  return [next, [...before, sent]];
}

function sealed(state: Dial, type: number, payload: Uint8Array, random: Random): readonly [Dial, LinkEffect] {
  const plain = new Uint8Array(1 + payload.length);
  plain[0] = type;
  plain.set(payload, 1);
  const { transport, message } = sealTransport(state.established.transport, plain);
  const dir = state.established.initiator ? 0 : 1;
  const effect = envelopeOf(state.rendezvous, 'sealed', dir, state.hsid, message, random);
  return [{ ...state, established: { ...state.established, transport } }, effect];
}
