/** What a hostile server does with the frames that it is given. Each of the ATTACKS keeps the true frame to itself. */
import { randomBytes } from 'node:crypto';
import { hex } from '../../src/lib/bytes.ts';
import { BODY_BYTES } from '../../src/lib/wire/signaling.ts';
import type { Attack, Client, HostileServer, Published } from './hostile.ts';

type Lie = (frame: Published, server: HostileServer) => void;

/** Of a body: nonce, ciphertext of kind, dir, hsid, length; of message A's e, e1, its end; padding; the tag. */
const POSITIONS = [0, 23, 24, 25, 26, 36, 38, 69, 70, 1_253, 1_320, 4_079, 4_080, BODY_BYTES - 1];
/** Replayed at a time. */
const LONG_AGO = 24;

const LIES = {
  drop: () => undefined,

  reflect: ({ from, topic, body }, server) => {
    for (const own of [topic, ...others(from, topic)]) server.give(from, own, body);
  },

  /** To the right ones on a wrong topic, to everybody else, and on its topic what was said on another. */
  swap: ({ from, topic, body, others: hearers }, server) => {
    for (const client of server.clients)
      if (client !== from) for (const wrong of others(client, topic)) server.give(client, wrong, body);
    const elsewhere = server.before.findLast((other) => hex(other.topic) !== hex(topic));
    if (elsewhere) for (const hearer of hearers) server.give(hearer, topic, elsewhere.body);
  },

  /** All that was said in earlier attempts and sessions, to everybody, on its own topics and on this one. */
  replay: ({ from, topic }, server) => {
    for (const old of server.before.slice(-LONG_AGO))
      for (const client of [from, ...server.clients.filter((other) => other !== from)]) {
        server.give(client, topic, old.body);
        if (client.topics.has(hex(old.topic)) && hex(old.topic) !== hex(topic))
          server.give(client, old.topic, old.body);
      }
  },

  substitute: ({ topic, body, others: hearers }, server) => {
    for (const hearer of hearers) {
      for (let n = 0; n < 3; n += 1) server.give(hearer, topic, randomBytes(BODY_BYTES));
      for (const at of POSITIONS) server.give(hearer, topic, flipped(body, at));
    }
  }
} satisfies Readonly<Record<string, Lie>>;

/** Everything at once, in the end what the frame says of who is there. */
const everything: Lie = (frame, server) => {
  for (const lie of Object.values<Lie>(LIES)) lie(frame, server);
  for (const client of server.clients) server.lie(client, { kind: 'present', topic: frame.topic });
};

export const ATTACKS: readonly (readonly [name: string, lie: Lie])[] = [
  ...Object.entries<Lie>(LIES),
  ['all of it', everything]
];

export interface Aim {
  /** Whose frames: those of who was first on a topic, of who came, or of both. */
  readonly of: 'first' | 'second' | 'both';
  /** So many of each of them pass before. */
  readonly after: number;
}

/** Instead of the frames that are aimed at, lies. */
export class Aimed implements Attack {
  /** Frames that were kept back. */
  kept = 0;
  readonly #lie: Lie;
  readonly #aim: Aim;
  readonly #passed = new Map<Client, number>();

  constructor(lie: Lie, aim: Aim) {
    this.#lie = lie;
    this.#aim = aim;
  }

  published(frame: Published, server: HostileServer): void {
    const { of, after } = this.#aim;
    const aimedAt = of === 'both' || (of === 'first') === frame.wasFirst;
    const passed = this.#passed.get(frame.from) ?? 0;
    if (aimedAt && passed >= after) {
      this.#lie(frame, server);
      this.kept += 1;
    } else {
      this.#passed.set(frame.from, passed + 1);
      server.pass(frame);
    }
  }
}

/** Every two frames of a sender in the other order; what nothing follows stays behind. */
export class Reordering implements Attack {
  exchanged = 0;
  readonly #held = new Map<Client, Published>();

  published(frame: Published, server: HostileServer): void {
    const held = this.#held.get(frame.from);
    if (held) {
      this.#held.delete(frame.from);
      this.exchanged += 1;
      server.pass(frame);
      server.pass(held);
    } else this.#held.set(frame.from, frame);
  }
}

/** The honest frame, and around it what it makes possible. */
export const noisy: Attack = {
  delivered(client, frame, honest, server) {
    if (frame.kind === 'event') {
      const { topic, body } = frame;
      // A spoiled copy and invented bodies before it, itself, itself again, and what was said long ago.
      for (const at of [0, 7, 27, 1_967, BODY_BYTES - 1]) server.give(client, topic, flipped(body, at));
      for (let n = 0; n < 4; n += 1) server.give(client, topic, randomBytes(BODY_BYTES));
      honest();
      server.lie(client, frame);
      for (const old of server.recorded.slice(-20)) server.give(client, old.topic, old.body);
      server.lie(client, { kind: 'present', topic });
    } else {
      honest();
      if (frame.kind === 'present') server.lie(client, frame);
    }
    // What means nothing, and somebody on a topic that nobody has.
    server.lie(client, { kind: 'error', code: 200 });
    server.lie(client, { kind: 'present', topic: randomBytes(32) });
  }
};

function others(client: Client, topic: Uint8Array): Uint8Array[] {
  return [...client.topics.values()].filter((other) => hex(other) !== hex(topic));
}

function flipped(body: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(body);
  copy[at] = (copy[at] ?? 0) ^ 0x41;
  return copy;
}
