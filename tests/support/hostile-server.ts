/**
 * A signaling server that does what it likes (S1). It stands between the engines and the network in memory, sees every
 * frame, and may answer each with any events to any socket: it knows topics and bodies, as the real one does.
 */
import { hex } from '../../src/lib/bytes.ts';
import type { Signaling, SignalingEvent } from '../../src/lib/transport/ports.ts';
import type { World } from './people.ts';

export interface Seen {
  /** Number of the socket that published it. */
  readonly from: number;
  readonly topic: Uint8Array;
  readonly body: Uint8Array;
}

interface Socket {
  readonly listener: (event: SignalingEvent) => void;
  topics: readonly Uint8Array[];
  open: boolean;
}

/** What becomes of a frame; `pass` delivers it (or what is given instead) as an honest server would. */
export type Strategy = (
  frame: Seen,
  index: number,
  server: HostileServer,
  pass: (body?: Uint8Array) => void
) => void;

export class HostileServer {
  readonly seen: Seen[] = [];
  readonly sockets: Socket[] = [];
  strategy: Strategy;
  readonly #world: World;

  constructor(
    world: World,
    strategy: Strategy = (_frame, _index, _server, pass) => {
      pass();
    }
  ) {
    this.#world = world;
    this.strategy = strategy;
    const { connectSignaling } = world.network;
    Object.defineProperty(world.network, 'connectSignaling', {
      value: (listener: (event: SignalingEvent) => void): Signaling => {
        const honest = connectSignaling(listener);
        const socket: Socket = { listener, topics: [], open: true };
        const from = this.sockets.push(socket) - 1;
        return {
          ...honest,
          setTopics: (topics) => {
            socket.topics = topics;
            honest.setTopics(topics);
          },
          publish: (topic, body) => {
            const frame = { from, topic, body };
            const index = this.seen.push(frame) - 1;
            this.strategy(frame, index, this, (other = body) => {
              honest.publish(topic, other);
            });
          },
          close: () => {
            socket.open = false;
            honest.close();
          }
        };
      }
    });
  }

  /** Hands a body to one socket, a little later, whether or not it listens there. */
  give(to: number, topic: Uint8Array, body: Uint8Array): void {
    this.#world.clock.after(1, () => {
      const socket = this.sockets[to];
      if (socket?.open) socket.listener({ kind: 'event', topic, body: body.slice() });
    });
  }

  /** Everybody who listens on the topic, but for one. */
  others(topic: Uint8Array, except: number): number[] {
    const key = hex(topic);
    return this.sockets.flatMap(({ topics, open }, index) =>
      open && index !== except && topics.some((known) => hex(known) === key) ? [index] : []
    );
  }
}
