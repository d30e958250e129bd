/** Stands before the real server and does everything that a hostile one could: the pages come through untouched. */
import { createHash } from 'node:crypto';
import { createServer, request, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import {
  BODY_BYTES,
  decodeServerFrame,
  encodeServerFrame,
  SIGNAL_PATH,
  SUBPROTOCOL
} from '../../src/lib/wire/signaling.ts';
import type { Address } from './person.ts';

export class HostileServer implements Address {
  wasStopped = false;
  /** Frames that no honest server would have sent. */
  mischief = 0;
  readonly #behind: Address;
  readonly #http: HttpServer;
  readonly #sockets = new WebSocketServer({ noServer: true, handleProtocols: () => SUBPROTOCOL });
  /** Everything that ever came, for later. */
  readonly #recorded: Buffer[] = [];
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

  async start(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#http.listen(0, '127.0.0.1', resolve);
    });
    this.#port = (this.#http.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const client of this.#sockets.clients) client.terminate();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  #relay(client: WebSocket): void {
    const { origin } = this.#behind;
    const server = new WebSocket(origin.replace('http', 'ws') + SIGNAL_PATH, [SUBPROTOCOL], { origin });
    const early: Buffer[] = [];
    client.on('message', (data: Buffer) => {
      if (server.readyState === WebSocket.OPEN) server.send(data);
      else early.push(data);
    });
    server.on('open', () => {
      for (const data of early) server.send(data);
    });
    server.on('message', (data: Buffer) => {
      this.#deliver(client, data);
    });
    for (const [one, other] of [
      [client, server],
      [server, client]
    ] as const) {
      one.on('close', () => {
        other.terminate();
      });
      one.on('error', () => undefined);
    }
  }

  /** The honest frame, and around it what it makes possible. */
  #deliver(client: WebSocket, data: Buffer): void {
    const frame = decodeServerFrame(new Uint8Array(data));
    if (frame.kind === 'event') {
      const { topic } = frame;
      // A spoiled copy and invented bodies before it, itself, itself again, and what was said long ago.
      for (const at of [1, 40, 60, 2_000, data.length - 1]) this.#lie(client, flipped(data, at));
      for (let n = 0; n < 4; n += 1)
        this.#lie(
          client,
          Buffer.from(encodeServerFrame({ kind: 'event', topic, body: noise(`${this.mischief}`) }))
        );
      client.send(data);
      this.#lie(client, data);
      for (const old of this.#recorded.slice(-20)) this.#lie(client, old);
      this.#recorded.push(data);
      this.#lie(client, Buffer.from(encodeServerFrame({ kind: 'present', topic })));
    } else {
      client.send(data);
      if (frame.kind === 'present') this.#lie(client, data);
    }
    this.#lie(client, Buffer.from(encodeServerFrame({ kind: 'error', code: 200 })));
    this.#lie(
      client,
      Buffer.from(encodeServerFrame({ kind: 'present', topic: noise('topic').subarray(0, 32) }))
    );
  }

  #lie(client: WebSocket, data: Buffer): void {
    this.mischief += 1;
    client.send(data);
  }
}

function flipped(data: Buffer, at: number): Buffer {
  const copy = Buffer.from(data);
  copy[at] = (copy[at] ?? 0) ^ 0x41;
  return copy;
}

/** The same for the same seed. */
function noise(seed: string): Uint8Array {
  return new Uint8Array(createHash('shake256', { outputLength: BODY_BYTES }).update(seed).digest());
}
