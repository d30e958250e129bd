/**
 * This node among the others: what its sockets do is told to the other nodes, and what those tell is told to its
 * sockets. PRESENT means the same as on a single node; between nodes that listen at the same moment it may be heard
 * twice, and never not at all.
 */
import { encodeServerFrame } from '../src/lib/wire/signaling.ts';
import type { Backplane, OpenBackplane } from './backplane.ts';
import { topicBytes, type Arrival, type Relay, type SocketId, type TopicKey } from './relay.ts';

/** Topics that are announced at once when the connection comes back: the others are waited for in between. */
const BATCH = 256;

export interface NodesOptions {
  readonly open: OpenBackplane;
  readonly relay: Relay;
  readonly deliver: (to: Iterable<SocketId>, frame: Uint8Array) => void;
  readonly onConnected: (connected: boolean) => void;
}

export class Nodes {
  readonly #relay: Relay;
  readonly #deliver: NodesOptions['deliver'];
  readonly #backplane: Backplane;

  constructor({ open, relay, deliver, onConnected }: NodesOptions) {
    this.#relay = relay;
    this.#deliver = deliver;
    this.#backplane = open({
      heard: (topic, frame) => {
        deliver(relay.at(topic), frame);
      },
      connected: (connected) => {
        onConnected(connected);
        if (connected) void this.#listenToAll();
      }
    });
  }

  get connected(): boolean {
    return this.#backplane.connected;
  }

  /** A socket has subscribed: others elsewhere hear PRESENT, and so does it where it has not heard it here. */
  async arrived(socket: SocketId, arrivals: readonly Arrival[]): Promise<void> {
    if (arrivals.length === 0) return;
    await this.#backplane.listen(arrivals.filter(({ opened }) => opened).map(({ topic }) => topic));
    const topics = arrivals.map(({ topic }) => topic);
    const found = new Set(await this.#backplane.announce(topics, present));
    for (const { topic, alone } of arrivals) {
      if (alone && found.has(topic) && this.#relay.at(topic).includes(socket)) {
        this.#deliver([socket], present(topic));
      }
    }
  }

  left(topics: readonly TopicKey[]): void {
    this.#backplane.ignore(topics);
  }

  send(topic: TopicKey, frame: Uint8Array): void {
    this.#backplane.send(topic, frame);
  }

  close(): Promise<void> {
    return this.#backplane.close();
  }

  /** The connection is there again: everything that is listened to is, and whoever came meanwhile is found. */
  async #listenToAll(): Promise<void> {
    const topics = [...this.#relay.keys()];
    for (let i = 0; i < topics.length; i += BATCH) {
      const batch = topics.slice(i, i + BATCH).filter((topic) => this.#relay.at(topic).length > 0);
      await this.#backplane.listen(batch);
      for (const topic of await this.#backplane.announce(batch, present))
        this.#deliver(this.#relay.at(topic), present(topic));
    }
  }
}

function present(topic: TopicKey): Uint8Array {
  return encodeServerFrame({ kind: 'present', topic: topicBytes(topic) });
}
