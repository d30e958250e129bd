/**
 * The sockets at each topic. In many maps, because one that has become too small is copied as a whole: at a million
 * entries everybody would wait for that a tenth of a second. And in arrays, for most topics have one listener, and a set
 * takes three times as much memory.
 */
export type SocketId = number;

/** Topics come from the network: they are keys of a Map, never names of properties. */
export type TopicKey = string;

const MAPS = 1_024;
const NOBODY: readonly SocketId[] = [];

export class Listeners {
  readonly #maps = new Map<number, Map<TopicKey, readonly SocketId[]>>();
  #size = 0;

  /** Topics. */
  get size(): number {
    return this.#size;
  }

  *keys(): Iterable<TopicKey> {
    for (const map of this.#maps.values()) yield* map.keys();
  }

  at(topic: TopicKey): readonly SocketId[] {
    return this.#mapOf(topic).get(topic) ?? NOBODY;
  }

  /** It is not there yet. */
  add(topic: TopicKey, socket: SocketId): void {
    const map = this.#mapOf(topic);
    const others = map.get(topic);
    if (others === undefined) this.#size++;
    map.set(topic, others === undefined ? [socket] : [...others, socket]);
  }

  /** It is there. Whether nobody is left. */
  remove(topic: TopicKey, socket: SocketId): boolean {
    const map = this.#mapOf(topic);
    const left = this.at(topic).filter((other) => other !== socket);
    if (left.length > 0) {
      map.set(topic, left);
      return false;
    }
    this.#size--;
    return map.delete(topic);
  }

  /** By its first characters, which are as good as random; who makes them equal makes one map as large as all would be. */
  #mapOf(topic: TopicKey): Map<TopicKey, readonly SocketId[]> {
    const place = (topic.charCodeAt(0) * 61 + topic.charCodeAt(1)) % MAPS;
    let map = this.#maps.get(place);
    if (map === undefined) this.#maps.set(place, (map = new Map<TopicKey, readonly SocketId[]>()));
    return map;
  }
}
