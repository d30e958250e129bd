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
 */
import { hex } from '../src/lib/bytes.ts';
import { SignalingErrorCode, type ServerFrame } from '../src/lib/wire/signaling.ts';
import type { Limits } from './limits.ts';

export type SocketId = number;

/** One frame for some sockets: encoded once, whatever their number. */
export interface Delivery {
  readonly to: readonly SocketId[];
  readonly frame: ServerFrame;
}

/** Topics come from the network: they are keys of a Map, never names of properties. */
type TopicKey = string;

export class Relay {
  readonly #limits: Pick<Limits, 'topicsPerSocket' | 'socketsPerTopic'>;
  readonly #listeners = new Map<TopicKey, Set<SocketId>>();
  readonly #topics = new Map<SocketId, Set<TopicKey>>();

  constructor(limits: Pick<Limits, 'topicsPerSocket' | 'socketsPerTopic'>) {
    this.#limits = limits;
  }

  /** How many topics somebody listens to: what the server knows at this moment. */
  get size(): number {
    return this.#listeners.size;
  }

  /** How many topics these sockets listen to, each counted by itself. */
  topicsOf(sockets: Iterable<SocketId>): number {
    let count = 0;
    for (const socket of sockets) count += this.#topics.get(socket)?.size ?? 0;
    return count;
  }

  /**
   * A frame that would pass the socket's limit of topics is refused as a whole. A topic that is full is left out
   * and the others of the frame are done: a stranger who crowds one topic must not silence a whole address book.
   */
  subscribe(socket: SocketId, topics: readonly Uint8Array[]): Delivery[] {
    const asked = new Map(topics.map((topic) => [hex(topic), topic]));
    const own = this.#topics.get(socket) ?? new Set<TopicKey>();
    let size = own.size;
    for (const key of asked.keys()) if (!own.has(key)) size++;
    if (size > this.#limits.topicsPerSocket) return [refusal(socket, SignalingErrorCode.TooManyTopics)];

    const deliveries: Delivery[] = [];
    let full = false;
    for (const [key, topic] of asked) {
      const others = this.#others(key, socket);
      const arrives = !own.has(key);
      if (arrives && others.length >= this.#limits.socketsPerTopic) {
        full = true;
        continue;
      }
      if (arrives) this.#add(socket, key, own);
      if (others.length > 0) {
        deliveries.push({ to: arrives ? [...others, socket] : [socket], frame: { kind: 'present', topic } });
      }
    }
    if (full) deliveries.push(refusal(socket, SignalingErrorCode.TopicFull));
    return deliveries;
  }

  unsubscribe(socket: SocketId, topics: readonly Uint8Array[]): void {
    for (const topic of topics) this.#remove(socket, hex(topic));
  }

  /** To the others of the topic; nothing is kept for who may come later. Knowing a topic is the right to write there. */
  publish(socket: SocketId, topic: Uint8Array, body: Uint8Array): Delivery[] {
    const to = this.#others(hex(topic), socket);
    return to.length === 0 ? [] : [{ to, frame: { kind: 'event', topic, body } }];
  }

  /** The socket is gone. */
  leave(socket: SocketId): void {
    for (const key of [...(this.#topics.get(socket) ?? [])]) this.#remove(socket, key);
  }

  #others(key: TopicKey, socket: SocketId): SocketId[] {
    return [...(this.#listeners.get(key) ?? [])].filter((other) => other !== socket);
  }

  #add(socket: SocketId, key: TopicKey, own: Set<TopicKey>): void {
    own.add(key);
    this.#topics.set(socket, own);
    const listeners = this.#listeners.get(key);
    if (listeners === undefined) this.#listeners.set(key, new Set([socket]));
    else listeners.add(socket);
  }

  #remove(socket: SocketId, key: TopicKey): void {
    const listeners = this.#listeners.get(key);
    const own = this.#topics.get(socket);
    listeners?.delete(socket);
    own?.delete(key);
    if (listeners?.size === 0) this.#listeners.delete(key);
    if (own?.size === 0) this.#topics.delete(socket);
  }
}

function refusal(socket: SocketId, code: number): Delivery {
  return { to: [socket], frame: { kind: 'error', code } };
}
