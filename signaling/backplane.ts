/**
 * The port between nodes: several servers that are one to their clients. What travels are the server's own frames
 * (EVT and PRESENT), which the other nodes pass on to their sockets as they are. Adapters: this file's, for nodes in one
 * process, and redis.ts. Both pass the suite in tests/contract/backplane.ts.
 */
import type { TopicKey } from './relay.ts';

export interface BackplaneListener {
  /** Another node has sent this to a topic that is listened to. */
  heard(topic: TopicKey, frame: Uint8Array): void;
  /** Lost, or there (again): then nothing is listened to yet. */
  connected(connected: boolean): void;
}

/** Nothing here rejects: without a connection nothing is sent and nobody is elsewhere. */
export interface Backplane {
  readonly connected: boolean;
  /** Resolves when everything that other nodes send to these topics from now on is heard. */
  listen(topics: readonly TopicKey[]): Promise<void>;
  ignore(topics: readonly TopicKey[]): void;
  /** To the other nodes that listen to the topic, in order; never to this one. */
  send(topic: TopicKey, frame: Uint8Array): void;
  /**
   * Sends to each of these topics, to all of which this node listens, its frame. Resolves to those that another node
   * listens to: of two nodes that listen and then announce at least one finds the other.
   */
  announce(topics: readonly TopicKey[], frameOf: (topic: TopicKey) => Uint8Array): Promise<TopicKey[]>;
  close(): Promise<void>;
}

export type OpenBackplane = (listener: BackplaneListener) => Backplane;

/** There are no other nodes. */
export const alone: OpenBackplane = () => ({
  connected: true,
  listen: () => Promise.resolve(),
  ignore: () => undefined,
  send: () => undefined,
  announce: () => Promise.resolve([]),
  close: () => Promise.resolve()
});

/** Nodes of one process. */
export class MemoryHub {
  readonly #nodes = new Set<MemoryNode>();
  #up = true;

  readonly open: OpenBackplane = (listener) => {
    const node = new MemoryNode(listener, this.#nodes, this.#up);
    this.#nodes.add(node);
    return node;
  };

  /** For tests: loses all connections, or lets them come back. */
  setUp(up: boolean): void {
    this.#up = up;
    for (const node of this.#nodes) node.setConnected(up);
  }
}

class MemoryNode implements Backplane {
  readonly #listener: BackplaneListener;
  readonly #nodes: Set<MemoryNode>;
  readonly #topics = new Set<TopicKey>();
  #connected: boolean;

  constructor(listener: BackplaneListener, nodes: Set<MemoryNode>, connected: boolean) {
    this.#listener = listener;
    this.#nodes = nodes;
    this.#connected = connected;
  }

  get connected(): boolean {
    return this.#connected;
  }

  setConnected(connected: boolean): void {
    if (this.#connected === connected) return;
    this.#connected = connected;
    this.#topics.clear();
    this.#listener.connected(connected);
  }

  listen(topics: readonly TopicKey[]): Promise<void> {
    if (this.#connected) for (const topic of topics) this.#topics.add(topic);
    return Promise.resolve();
  }

  ignore(topics: readonly TopicKey[]): void {
    for (const topic of topics) this.#topics.delete(topic);
  }

  send(topic: TopicKey, frame: Uint8Array): void {
    for (const node of this.#othersAt(topic)) node.#listener.heard(topic, frame);
  }

  announce(topics: readonly TopicKey[], frameOf: (topic: TopicKey) => Uint8Array): Promise<TopicKey[]> {
    const found = topics.filter((topic) => this.#othersAt(topic).length > 0);
    for (const topic of found) this.send(topic, frameOf(topic));
    return Promise.resolve(found);
  }

  close(): Promise<void> {
    this.#nodes.delete(this);
    this.#connected = false;
    return Promise.resolve();
  }

  #othersAt(topic: TopicKey): MemoryNode[] {
    if (!this.#connected) return [];
    return [...this.#nodes].filter((node) => node !== this && node.#topics.has(topic));
  }
}
