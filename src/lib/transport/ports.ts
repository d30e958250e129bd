/**
 * The ports to the network. Each has an adapter for the browser and one in memory; both pass the suites in
 * tests/contract.
 */
import type { Candidate, IceBlock } from '../wire/ice.ts';
import type { PeerEvent } from '../wire/peer.ts';

// --- Peers ---

export interface PeerOptions {
  readonly role: 'offer' | 'answer';
  /** The other side's description: given to the one that answers, null for the one that offers. */
  readonly remote: IceBlock | null;
  /** The own address is hidden: nothing but the relay is found, sent or used (protocol, section 2, flag 4). */
  readonly relayOnly: boolean;
  /** Never called before {@link ConnectPeer} has returned. */
  readonly listener: (event: PeerEvent) => void;
}

/** The way that a connection has found. */
export interface Path {
  /** `local`: within one network. `relayed`: through a TURN server of either side. `direct`: all else. */
  readonly kind: 'local' | 'direct' | 'relayed';
  /** The round trip in milliseconds; null: not measured yet. */
  readonly rtt: number | null;
}

/** One connection to one peer. It dies once, and says so once; everything after that is ignored. */
export interface PeerConnection {
  setAnswer(remote: IceBlock): void;
  addCandidates(candidates: readonly Candidate[]): void;
  /** Queues a frame. Ordered and reliable as long as the connection lives. */
  send(frame: Uint8Array): void;
  /** Null while there is none. */
  path(): Promise<Path | null>;
  /** Silent: no `closed` event follows. */
  close(): void;
}

export type ConnectPeer = (options: PeerOptions) => PeerConnection;

/** What waits in one connection before it counts as stuck. */
export const MAX_QUEUED_BYTES = 1 << 20;

// --- Signaling ---

/** Why the server sends somebody away: it is full, their network holds too much of it, or it does not understand them. */
export type Refusal = 'full' | 'crowded' | 'refused';

export type SignalingEvent =
  /** The server is reached and listens on all topics that were set; or it is lost. */
  | { readonly kind: 'online' }
  | { readonly kind: 'offline'; readonly why: Refusal | null }
  | { readonly kind: 'present'; readonly topic: Uint8Array }
  | { readonly kind: 'event'; readonly topic: Uint8Array; readonly body: Uint8Array };

export interface Signaling {
  /** The topics to listen on, all of them; kept across reconnections. */
  setTopics(topics: readonly Uint8Array[]): void;
  /** Sends a body to the others of a topic; dropped when the server is not reached. */
  publish(topic: Uint8Array, body: Uint8Array): void;
  /**
   * The page woke up: connect at once, or prove at once that the connection lives. `changed`: the network may be
   * another, so that a connection that seems to live is not waited for.
   */
  retry(changed: boolean): void;
  /** How long until the server is tried again, milliseconds; null: it is reached, or being tried. */
  nextAttempt(): number | null;
  close(): void;
}

export type ConnectSignaling = (listener: (event: SignalingEvent) => void) => Signaling;
