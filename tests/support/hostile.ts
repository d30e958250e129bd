/** Stands before the real server and does everything that a hostile one could: the pages come through untouched. */
import { once } from 'node:events';
import { createServer, request, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { hex } from '../../src/lib/bytes.ts';
import {
  CloseCode,
  decodeClientFrame,
  decodeServerFrame,
  encodeServerFrame,
  SIGNAL_PATH,
  SUBPROTOCOL,
  type ServerFrame
} from '../../src/lib/wire/signaling.ts';
import type { Address } from './person.ts';

/** One browser's socket, and the topics that it listens on. */
export interface Client {
  readonly socket: WebSocket;
  readonly topics: Map<string, Uint8Array>;
}

/** A body on its way, with somebody there to hear it. */
export interface Published {
  readonly from: Client;
  readonly topic: Uint8Array;
  readonly body: Uint8Array;
  /** Who would hear it. */
  readonly others: readonly Client[];
  /** Whether its sender was on the topic before all others: whoever waited there, not who came. */
  readonly wasFirst: boolean;
}

export interface Attack {
  /** Instead of passing it on. */
  published?(frame: Published, server: HostileServer): void;
  /** Around a frame that an honest server has sent; `honest` passes it on. */
  delivered?(client: Client, frame: ServerFrame, honest: () => void, server: HostileServer): void;
}

export class HostileServer implements Address {
  wasStopped = false;
  /** Frames that no honest server would have sent. */
  mischief = 0;
  /** Every body that ever was on its way, in any session of anybody. */
  readonly recorded: Published[] = [];
  readonly #behind: Address;
  readonly #http: HttpServer;
  readonly #sockets = new WebSocketServer({ noServer: true, handleProtocols: () => SUBPROTOCOL });
  /** Clients in the order in which they came, each with its way to the server. */
  readonly #clients = new Map<Client, (data: Uint8Array) => void>();
  #attack: Attack = {};
  #since = 0;
  #port = 0;

  constructor(behind: Address) {
    this.#behind = behind;
    this.#http = createServer((incoming, outgoing) => {
      const { pathname, search } = new URL(incoming.url ?? '/', this.origin);
      const { host: _host, ...headers } = incoming.headers;
      const asked = request(
        this.#behind.origin + pathname + search,
        { method: incoming.method ?? 'GET', headers },
        (answer) => {
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(outgoing);
        }
      );
      asked.on('error', () => {
        outgoing.destroy();
      });
      asked.end();
    });
    this.#http.on('upgrade', (incoming, socket, head) => {
      this.#sockets.handleUpgrade(incoming, socket, head, (client) => {
        this.#relay(client);
      });
    });
  }

  get origin(): string {
    return `http://localhost:${String(this.#port)}`;
  }

  /** What was recorded before it was turned. */
  get before(): Published[] {
    return this.recorded.slice(0, this.#since);
  }

  get clients(): Client[] {
    return [...this.#clients.keys()];
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#http.listen(0, '127.0.0.1', resolve);
    });
    this.#port = (this.#http.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.wasStopped = true;
    for (const client of this.#sockets.clients) client.terminate();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  /** From now on it does this. */
  turn(attack: Attack): void {
    this.#attack = attack;
    this.#since = this.recorded.length;
  }

  /** From now on it is honest, as after a restart under another hand: everybody comes back and is announced. */
  reform(): void {
    this.#attack = {};
    for (const { socket } of this.clients) socket.close(CloseCode.ServiceRestart);
  }

  /** Resolves when everybody has received what was sent up to now. */
  async settled(): Promise<void> {
    const open = this.clients.filter(({ socket }) => socket.readyState === WebSocket.OPEN);
    await Promise.all(
      open.map(({ socket }) => {
        const answered = Promise.race([once(socket, 'pong'), once(socket, 'close')]);
        socket.ping();
        return answered;
      })
    );
  }

  // --- What attacks are made of ---

  /** Passes the frame on, untouched. */
  pass({ from, topic, body }: Published): void {
    this.#clients.get(from)?.(Buffer.concat([Uint8Array.of(3), topic, body]));
  }

  /** Gives a body to somebody, on whatever topic. */
  give(client: Client, topic: Uint8Array, body: Uint8Array): void {
    this.lie(client, { kind: 'event', topic, body });
  }

  lie({ socket }: Client, frame: ServerFrame): void {
    this.mischief += 1;
    socket.send(encodeServerFrame(frame));
  }

  #relay(socket: WebSocket): void {
    const client: Client = { socket, topics: new Map() };
    const { origin } = this.#behind;
    const server = new WebSocket(origin.replace('http', 'ws') + SIGNAL_PATH, [SUBPROTOCOL], { origin });
    const early: Uint8Array[] = [];
    const on = (data: Uint8Array): void => {
      if (server.readyState === WebSocket.OPEN) server.send(data);
      else early.push(data);
    };
    this.#clients.set(client, on);
    socket.on('message', (data: Buffer) => {
      this.#hear(client, data, on);
    });
    server.on('open', () => {
      for (const data of early) server.send(data);
    });
    server.on('message', (data: Buffer) => {
      const honest = (): void => {
        socket.send(data);
      };
      if (this.#attack.delivered) {
        this.#attack.delivered(client, decodeServerFrame(new Uint8Array(data)), honest, this);
      } else honest();
    });
    socket.on('close', () => {
      this.#clients.delete(client);
    });
    for (const [one, other] of [
      [socket, server],
      [server, socket]
    ] as const) {
      one.on('close', () => {
        other.terminate();
      });
      one.on('error', () => undefined);
    }
  }

  #hear(client: Client, data: Buffer, on: (data: Uint8Array) => void): void {
    const frame = decodeClientFrame(new Uint8Array(data));
    if (frame.kind === 'subscribe') for (const topic of frame.topics) client.topics.set(hex(topic), topic);
    if (frame.kind === 'unsubscribe') for (const topic of frame.topics) client.topics.delete(hex(topic));
    if (frame.kind === 'publish') {
      const { topic, body } = frame;
      const present = this.clients.filter(({ topics }) => topics.has(hex(topic)));
      const others = present.filter((other) => other !== client);
      const published = { from: client, topic, body, others, wasFirst: present[0] === client };
      if (others.length > 0) {
        this.recorded.push(published);
        if (this.#attack.published) {
          this.#attack.published(published, this);
          return;
        }
      }
    }
    on(data);
  }
}
