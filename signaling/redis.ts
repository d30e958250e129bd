/**
 * The backplane over Redis or Valkey: a channel a topic, and nothing is ever stored. On a single server ordinary pub/sub,
 * on a cluster the sharded one, so that each of its servers carries its share. Whatever breaks, everything is thrown away
 * and begun anew: a library that comes back by itself would not tell what was missed.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Backplane, BackplaneListener, OpenBackplane } from './backplane.ts';
import type { TopicKey } from './relay.ts';
import { openWires, PROOF_MS, topicOf, type Wires } from './wires.ts';

/** Each message begins with its node, which does not listen to itself. */
const NODE_BYTES = 8;
/** Between two attempts to connect, half of it by chance: all nodes lose their Redis at the same moment. */
const RETRY_MS = 1_000;
export function redisBackplane(url: string): OpenBackplane {
  return (listener) => new RedisBackplane(url, listener);
}

class RedisBackplane implements Backplane {
  readonly #url: string;
  readonly #listener: BackplaneListener;
  readonly #node = randomBytes(NODE_BYTES);
  readonly #closing = new AbortController();
  readonly #ended: Promise<void>;
  #wires: Wires | null = null;

  constructor(url: string, listener: BackplaneListener) {
    this.#url = url;
    this.#listener = listener;
    this.#ended = this.#live();
  }

  get connected(): boolean {
    return this.#wires !== null;
  }

  async listen(topics: readonly TopicKey[]): Promise<void> {
    const wires = this.#wires;
    if (wires === null || topics.length === 0) return;
    await settled(wires.subscribe(topics.map((topic) => wires.channelOf(topic))));
  }

  ignore(topics: readonly TopicKey[]): void {
    const wires = this.#wires;
    if (wires === null || topics.length === 0) return;
    void settled(wires.unsubscribe(topics.map((topic) => wires.channelOf(topic))));
  }

  send(topic: TopicKey, frame: Uint8Array): void {
    if (this.#wires === null) return;
    void settled(this.#wires.publish(this.#wires.channelOf(topic), Buffer.concat([this.#node, frame])));
  }

  async announce(topics: readonly TopicKey[], frameOf: (topic: TopicKey) => Uint8Array): Promise<TopicKey[]> {
    const wires = this.#wires;
    if (wires === null || topics.length === 0) return [];
    const counts = await settled(wires.count(topics.map((topic) => wires.channelOf(topic))));
    // One of them is this node.
    const found = topics.filter((topic) => (counts?.get(wires.channelOf(topic)) ?? 0) > 1);
    for (const topic of found) this.send(topic, frameOf(topic));
    return found;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#wires?.end();
    await this.#ended;
  }

  /** Connects, serves until the end, and connects again. */
  async #live(): Promise<void> {
    const { signal } = this.#closing;
    // Not to be there at the beginning is said as well, once: it may be the wrong address.
    for (let first = true; ; first = false) {
      const wires = await settled(openWires(this.#url));
      if (wires && !this.#isClosing) await this.#serve(wires);
      wires?.end();
      if (this.#isClosing) return;
      if (wires || first) this.#listener.connected(false);
      await settled(pause(RETRY_MS / 2 + randomInt(RETRY_MS / 2), undefined, { signal }));
    }
  }

  get #isClosing(): boolean {
    return this.#closing.signal.aborted;
  }

  async #serve(wires: Wires): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      wires.onEnd(resolve);
    });
    wires.onMessage((channel, message) => {
      if (this.#node.equals(message.subarray(0, NODE_BYTES))) return;
      this.#listener.heard(topicOf(channel), message.subarray(NODE_BYTES));
    });
    const proof = setInterval(() => {
      wires.prove().catch(() => {
        wires.end();
      });
    }, PROOF_MS);
    this.#wires = wires;
    this.#listener.connected(true);
    await ended;
    clearInterval(proof);
    this.#wires = null;
  }
}

/** What fails here is the connection, and its end is heard of in another place. */
async function settled<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch {
    return undefined;
  }
}
