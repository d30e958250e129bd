/**
 * Who hears what: the topics that this tab listens on, the frames that open under their keys, and the peer
 * connections, each with the party it belongs to. What does not open is dropped here, before any asymmetric work.
 */
import { hex } from '../bytes.ts';
import type { Clock } from '../clock.ts';
import type { Random } from '../crypto/random.ts';
import { AuthError, WireError } from '../errors.ts';
import type { LinkEffect } from '../conversation/dial.ts';
import { openEnvelope, type Envelope } from '../protocol/envelope.ts';
import { epochOf, rendezvous, window, type Rendezvous } from '../protocol/topics.ts';
import type {
  ConnectPeer,
  ConnectSignaling,
  Path,
  PeerConnection,
  Refusal,
  Signaling,
  SignalingEvent
} from '../transport/ports.ts';
import type { PeerEvent } from '../wire/peer.ts';

/** Nonces remembered for each topic (protocol, section 4). */
const REPLAY_WINDOW = 1_024;
const NONCE_BYTES = 24;
/** How often the epoch is looked at: it changes with time, and when somebody sets a wrong clock right. */
const EPOCH_CHECK_MS = 30_000;
/** Within how long after the beginning of an epoch all the world changes its topics (protocol, section 3). */
const EPOCH_SPREAD_SECONDS = 3_600;
/** Epochs are counted from 1970: a clock that was set to its beginning, or before it, has this one's. */
const EARLIEST_SECONDS = 86_400;

/** One who meets others on topics: an invitation, a guest, a conversation. */
export interface Party {
  /** The root of its topics (protocol, section 3). */
  readonly root: Uint8Array;
  /** Its connections hide the own IP address. */
  readonly relayOnly: boolean;
  onServer(online: boolean): void;
  onPresent(): void;
  onEnvelope(at: Rendezvous, envelope: Envelope): void;
  onPeer(id: string, event: PeerEvent): void;
}

interface Peer {
  readonly connection: PeerConnection;
  party: Party;
  /** While its party changes, what concerns it waits here. */
  held: ((party: Party) => void)[] | null;
}

interface Topic {
  readonly at: Rendezvous;
  readonly party: Party;
  readonly nonces: Set<string>;
}

interface Places {
  readonly root: Uint8Array;
  readonly epoch: number;
  readonly places: readonly Rendezvous[];
}

export interface NetworkOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly connectSignaling: ConnectSignaling;
  readonly connectPeer: ConnectPeer;
  readonly onServer: (online: boolean) => void;
}

export class Network {
  readonly #options: NetworkOptions;
  readonly #parties = new Set<Party>();
  readonly #peers = new Map<string, Peer>();
  readonly #signaling: Signaling;
  #topics = new Map<string, Topic>();
  /** Where each party listens, reckoned once an epoch: who adds hundreds of them listens hundreds of times. */
  readonly #places = new WeakMap<Party, Places>();
  /** This page's place in the hour in which topics change, seconds. */
  readonly #lag: number;
  /** The epoch that the topics are those around of. */
  #epoch = 0;
  #cancelEpoch = (): void => undefined;
  #online = false;
  #paused = false;
  #refusal: Refusal | null = null;

  constructor(options: NetworkOptions) {
    this.#options = options;
    const [high = 0, low = 0] = options.random(2);
    this.#lag = ((high * 256 + low) / 65_536) * EPOCH_SPREAD_SECONDS;
    this.#signaling = options.connectSignaling((event) => {
      this.#onSignaling(event);
    });
    this.#watchEpoch();
  }

  get online(): boolean {
    return this.#online;
  }

  /** How long until the server is tried again, milliseconds; null: it is reached, or being tried. */
  get nextAttempt(): number | null {
    return this.#signaling.nextAttempt();
  }

  /** Why the server has sent us away; null: it is reached, or it is not known why not. */
  get refusal(): Refusal | null {
    return this.#refusal;
  }

  add(party: Party): void {
    this.#parties.add(party);
    this.#listen();
    // It meets whoever is there already through the server's PRESENT.
    if (this.#online && !this.#paused) party.onServer(true);
  }

  remove(party: Party): void {
    this.#parties.delete(party);
    for (const [id, peer] of this.#peers) if (peer.party === party) this.#closePeer(id);
    this.#listen();
  }

  /** The party's meeting place in this device's own epoch. */
  meetingPlace(party: Party): Rendezvous {
    return rendezvous(party.root, epochOf(this.#unixSeconds()));
  }

  /** What concerns this connection waits until it is adopted: its first contact is being stored. */
  hold(id: string): void {
    const peer = this.#peers.get(id);
    if (peer) peer.held ??= [];
  }

  /** The connection goes on under another party: a first contact became a conversation. */
  adopt(id: string, party: Party): void {
    const peer = this.#peers.get(id);
    if (!peer) {
      party.onPeer(id, { kind: 'closed' });
      return;
    }
    const held = peer.held ?? [];
    peer.party = party;
    peer.held = null;
    for (const deliver of held) deliver(party);
  }

  perform(party: Party, effect: LinkEffect): void {
    if (this.#paused && effect.kind !== 'close-peer') return;
    switch (effect.kind) {
      case 'publish':
        this.#signaling.publish(effect.topic, effect.body);
        return;
      case 'open-peer':
        this.#openPeer(party, effect.id, effect);
        return;
      case 'set-answer':
        this.#peers.get(effect.id)?.connection.setAnswer(effect.remote);
        return;
      case 'add-candidates':
        this.#peers.get(effect.id)?.connection.addCandidates(effect.candidates);
        return;
      case 'send-frame':
        this.#peers.get(effect.id)?.connection.send(effect.frame);
        return;
      case 'close-peer':
        this.#closePeer(effect.id);
        return;
      case 'prove-server':
        this.#signaling.retry(false);
        return;
      case 'up':
      case 'down':
      case 'message':
      case 'retain':
      case 'wipe':
        // For the party itself.
        return;
    }
  }

  /** The way that a connection has taken. */
  path(id: string): Promise<Path | null> {
    return this.#peers.get(id)?.connection.path() ?? Promise.resolve(null);
  }

  /** Ends what the party has open or half open, as if the network had. */
  drop(party: Party): void {
    for (const [id, peer] of [...this.#peers]) {
      if (peer.party !== party) continue;
      this.#closePeer(id);
      party.onPeer(id, { kind: 'closed' });
    }
  }

  /** Nobody is heard or spoken to until {@link resume}: what is kept here is on its way to another device. */
  pause(): void {
    this.#paused = true;
    for (const party of [...this.#parties]) {
      this.drop(party);
      party.onServer(false);
    }
    this.#listen();
  }

  resume(): void {
    this.#paused = false;
    this.#listen();
    if (this.#online) for (const party of [...this.#parties]) party.onServer(true);
  }

  /** A party has another root now. */
  refresh(): void {
    this.#listen();
  }

  /** The page came back to life, or the user wants it: prove the connection, look at the epoch. */
  retry(changed: boolean): void {
    this.#signaling.retry(changed);
    this.#listen();
  }

  close(): void {
    this.#cancelEpoch();
    for (const id of [...this.#peers.keys()]) this.#closePeer(id);
    this.#parties.clear();
    this.#signaling.close();
  }

  #onSignaling(event: SignalingEvent): void {
    switch (event.kind) {
      case 'online':
      case 'offline':
        this.#online = event.kind === 'online';
        this.#refusal = event.kind === 'online' ? null : event.why;
        for (const party of [...this.#parties]) party.onServer(this.#online && !this.#paused);
        this.#options.onServer(this.#online);
        return;
      case 'present':
        this.#topics.get(hex(event.topic))?.party.onPresent();
        return;
      case 'event':
        this.#onBody(event.topic, event.body);
    }
  }

  #onBody(topicBytes: Uint8Array, body: Uint8Array): void {
    const topic = this.#topics.get(hex(topicBytes));
    if (!topic) return;
    const nonce = hex(body.subarray(0, NONCE_BYTES));
    if (topic.nonces.has(nonce)) return;
    let envelope: Envelope;
    try {
      envelope = openEnvelope(topic.at, body);
    } catch (error) {
      if (error instanceof WireError || error instanceof AuthError) return;
      throw error;
    }
    remember(topic.nonces, nonce);
    // A first contact goes on as a conversation while its frames still come on the invitation's topics.
    const peer = this.#peers.get(hex(envelope.hsid));
    if (peer?.held) {
      peer.held.push((party) => {
        party.onEnvelope(topic.at, envelope);
      });
    } else (peer?.party ?? topic.party).onEnvelope(topic.at, envelope);
  }

  #openPeer(
    party: Party,
    id: string,
    { role, remote }: Extract<LinkEffect, { readonly kind: 'open-peer' }>
  ): void {
    if (this.#peers.has(id)) return;
    const connection = this.#options.connectPeer({
      role,
      remote,
      relayOnly: party.relayOnly,
      listener: (event) => {
        const peer = this.#peers.get(id);
        if (peer?.connection !== connection) return;
        if (peer.held) {
          peer.held.push((next) => {
            this.#tell(next, id, event);
          });
        } else this.#tell(peer.party, id, event);
      }
    });
    this.#peers.set(id, { connection, party, held: null });
  }

  #tell(party: Party, id: string, event: PeerEvent): void {
    if (event.kind === 'closed') this.#peers.delete(id);
    party.onPeer(id, event);
  }

  #closePeer(id: string): void {
    const peer = this.#peers.get(id);
    this.#peers.delete(id);
    peer?.connection.close();
  }

  /**
   * Listens on the topics of the epochs around now, of all parties. At the change of an epoch the old window is kept for a
   * while: it still holds the new epoch, on which others publish already.
   */
  #listen(): void {
    const seconds = this.#windowSeconds();
    this.#epoch = epochOf(seconds);
    const next = new Map<string, Topic>();
    for (const party of this.#parties) {
      for (const at of this.#placesOf(party, seconds)) {
        const key = hex(at.topic);
        const known = this.#topics.get(key);
        next.set(key, known?.party === party ? known : { at, party, nonces: known?.nonces ?? new Set() });
      }
    }
    this.#topics = next;
    this.#signaling.setTopics(this.#paused ? [] : [...next.values()].map(({ at }) => at.topic));
  }

  #placesOf(party: Party, seconds: number): readonly Rendezvous[] {
    const { root } = party;
    const known = this.#places.get(party);
    if (known?.root === root && known.epoch === this.#epoch) return known.places;
    const places = window(root, seconds);
    this.#places.set(party, { root, epoch: this.#epoch, places });
    return places;
  }

  #watchEpoch(): void {
    this.#cancelEpoch = this.#options.clock.after(EPOCH_CHECK_MS, () => {
      this.#watchEpoch();
      if (epochOf(this.#windowSeconds()) !== this.#epoch) this.#listen();
    });
  }

  #windowSeconds(): number {
    return this.#unixSeconds() - this.#lag;
  }

  #unixSeconds(): number {
    return Math.max(EARLIEST_SECONDS, Math.floor(this.#options.clock.now() / 1_000));
  }
}

function remember(nonces: Set<string>, nonce: string): void {
  nonces.add(nonce);
  for (const oldest of nonces) {
    if (nonces.size <= REPLAY_WINDOW) return;
    nonces.delete(oldest);
  }
}
