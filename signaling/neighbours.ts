/** What all sockets of one address hold and do together. Addresses are known while a socket is open, and in here only. */
import { Bucket } from './bucket.ts';
import type { Limits } from './limits.ts';
import type { Share } from './turns.ts';

export interface Neighbours {
  sockets: number;
  topics: number;
  readonly frames: Bucket;
  readonly bytes: Bucket;
  /** Topics that are subscribed to, again or not. */
  readonly subscriptions: Bucket;
  readonly share: Share;
}

export class Neighbourhood {
  readonly #limits: Limits;
  readonly #byAddress = new Map<string, Neighbours>();

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** One more socket of this address; null: it may hold no more. */
  enter(address: string, now: number): Neighbours | null {
    const limits = this.#limits;
    const neighbours = this.#byAddress.get(address) ?? {
      sockets: 0,
      topics: 0,
      frames: new Bucket(limits.framesAtOnceOfAddress, limits.framesPerSecondOfAddress, now),
      bytes: new Bucket(limits.bytesAtOnceOfAddress, limits.bytesPerSecondOfAddress, now),
      subscriptions: new Bucket(limits.topicsAtOnceOfAddress, limits.topicsPerSecondOfAddress, now),
      share: { spent: 0, turn: 0 }
    };
    if (neighbours.sockets >= limits.socketsPerAddress) return null;
    neighbours.sockets++;
    this.#byAddress.set(address, neighbours);
    return neighbours;
  }

  leave(address: string, neighbours: Neighbours): void {
    neighbours.sockets--;
    if (neighbours.sockets === 0) this.#byAddress.delete(address);
  }
}
