/**
 * Who listens to which topic, and nothing else: the whole of what the server knows (protocol, section 4). No I/O,
 * no clock, no memory of what passed. Every transition returns the frames that are to be delivered.
 *
 * PRESENT means "another socket is, or has just come, here". When a socket subscribes to a topic
 *   - and others listen to it, the new one hears PRESENT once for that topic, however many there are;
 *   - each of the others hears PRESENT once.
 * Nobody is alone with a PRESENT: without others there is none. Subscribing again to a topic one has changes
 * nothing and tells the others nothing, but is answered in the same way, so that a client can ask. Leaving is
 * silent: who is gone shows by not answering, which is the only proof of it that a peer could trust.
 *
 * Sockets of other nodes are none of this file's; nodes.ts does for them what is done here.
 */
import { SignalingErrorCode, type ServerFrame } from '../src/lib/wire/signaling.ts';
import type { Limits } from './limits.ts';
import { Listeners, type SocketId, type TopicKey } from './listeners.ts';

export type { SocketId, TopicKey } from './listeners.ts';

/** One frame for some sockets: encoded once, whatever their number. */
export interface Delivery {
  readonly to: readonly SocketId[];
  readonly frame: ServerFrame;
}

/** A topic that a socket has subscribed to. */
export interface Arrival {
  readonly topic: TopicKey;
  /** It is the first socket of this node there. */
  readonly opened: boolean;
  /** No other socket of this node is there. */
  readonly alone: boolean;
}

export class Relay {
  readonly #limits: Pick<Limits, 'topicsPerSocket' | 'socketsPerTopic'>;
  readonly #listeners = new Listeners();
  readonly #topics = new Map<SocketId, Set<TopicKey>>();

  constructor(limits: Pick<Limits, 'topicsPerSocket' | 'socketsPerTopic'>) {
    this.#limits = limits;
  }

  /** How many topics somebody listens to: what the server knows at this moment. */
  get size(): number {
    return this.#listeners.size;
  }

  /** The topics that somebody listens to. */
  keys(): Iterable<TopicKey> {
    return this.#listeners.keys();
  }

  /** How many topics this socket listens to. */
  topicsOf(socket: SocketId): number {
    return this.#topics.get(socket)?.size ?? 0;
  }

  /**
   * Who listens to the topic, as it is and not as it was: whatever a socket publishes goes to the others of these. Nothing
   * is kept for who may come later. Knowing a topic is the right to write there.
   */
  at(topic: TopicKey): readonly SocketId[] {
    return this.#listeners.at(topic);
  }

  /**
   * A frame that would pass the socket's limit of topics is refused as a whole. A topic that is full is left out
   * and the others of the frame are done: a stranger who crowds one topic must not silence a whole address book.
   */
  subscribe(
    socket: SocketId,
    topics: readonly Uint8Array[]
  ): { readonly deliveries: readonly Delivery[]; readonly arrivals: readonly Arrival[] } {
    const asked = new Map(topics.map((topic) => [topicKey(topic), topic]));
    const own = this.#topics.get(socket) ?? new Set<TopicKey>();
    let size = own.size;
    for (const key of asked.keys()) if (!own.has(key)) size++;
    if (size > this.#limits.topicsPerSocket) {
      return { deliveries: [refusal(socket, SignalingErrorCode.TooManyTopics)], arrivals: [] };
    }

    const deliveries: Delivery[] = [];
    const arrivals: Arrival[] = [];
    let full = false;
    for (const [key, topic] of asked) {
      const others = this.at(key).filter((other) => other !== socket);
      const arrives = !own.has(key);
      if (arrives && others.length >= this.#limits.socketsPerTopic) {
        full = true;
        continue;
      }
      if (arrives) this.#add(socket, key, own);
      if (others.length > 0) {
        deliveries.push({ to: arrives ? [...others, socket] : [socket], frame: { kind: 'present', topic } });
      }
      const alone = others.length === 0;
      arrivals.push({ topic: key, opened: arrives && alone, alone });
    }
    if (full) deliveries.push(refusal(socket, SignalingErrorCode.TopicFull));
    return { deliveries, arrivals };
  }

  /** Returns the topics where nobody is left. */
  unsubscribe(socket: SocketId, topics: readonly Uint8Array[]): TopicKey[] {
    return topics.map(topicKey).filter((key) => this.#remove(socket, key));
  }

  /** The socket is gone: it leaves so many of its topics. Says how many these were, and where nobody is left. */
  leave(socket: SocketId, most: number): { readonly topics: number; readonly empty: TopicKey[] } {
    const keys: TopicKey[] = [];
    for (const key of this.#topics.get(socket) ?? []) if (keys.push(key) >= most) break;
    return { topics: keys.length, empty: keys.filter((key) => this.#remove(socket, key)) };
  }

  #add(socket: SocketId, key: TopicKey, own: Set<TopicKey>): void {
    own.add(key);
    this.#topics.set(socket, own);
    this.#listeners.add(key, socket);
  }

  /** Whether nobody is left there now. */
  #remove(socket: SocketId, key: TopicKey): boolean {
    const own = this.#topics.get(socket);
    if (own?.delete(key) !== true) return false;
    if (own.size === 0) this.#topics.delete(socket);
    return this.#listeners.remove(key, socket);
  }
}

/** 43 characters: shorter in memory than hexadecimal, and made by the platform. */
export function topicKey(topic: Uint8Array): TopicKey {
  return Buffer.from(topic.buffer, topic.byteOffset, topic.byteLength).toString('base64url');
}

export function topicBytes(key: TopicKey): Uint8Array {
  return Buffer.from(key, 'base64url');
}

function refusal(socket: SocketId, code: number): Delivery {
  return { to: [socket], frame: { kind: 'error', code } };
}
