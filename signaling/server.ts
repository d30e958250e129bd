/**
 * One port for everything: the built app, the WebSocket that introduces browsers to each other, the ICE servers that
 * they may use, /healthz and /metrics.
 * What the server may learn is what a socket shows: addresses, times, and opaque topics that change within hours.
 */
import { randomBytes } from 'node:crypto';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type ServerOptions as WebSocketOptions } from 'ws';
import { ICE_PATH } from '../src/lib/wire/ice-servers.ts';
import { SIGNAL_PATH, SUBPROTOCOL } from '../src/lib/wire/signaling.ts';
import { addressOf } from './address.ts';
import { alone, type OpenBackplane } from './backplane.ts';
import { Buckets } from './bucket.ts';
import { guard, ignore } from './door.ts';
import { SECURITY_HEADERS } from './headers.ts';
import { iceAnswer, NO_ICE, type IceSettings } from './ice.ts';
import { LIMITS, type Limits } from './limits.ts';
import type { Exposition } from './metrics.ts';
import { mayConnect, shareWithNamed } from './origins.ts';
import { mayScrape } from './scraper.ts';
import { Sockets } from './sockets.ts';
import { answer, nothingHere, serveApp } from './static.ts';
import { Turns } from './turns.ts';

export interface ServerOptions {
  /** Directory of the built app; null: it lies on another host. */
  readonly app: string | null;
  /** Origins beside the server's own whose pages may connect, as `https://chat.example`. */
  readonly origins?: readonly string[];
  /** How many reverse proxies of ours stand in front and write X-Forwarded-For. */
  readonly proxies?: number;
  /** STUN and TURN servers that browsers are told of. */
  readonly ice?: IceSettings;
  /** The way to the other nodes; without one there are none. */
  readonly backplane?: OpenBackplane;
  readonly onBackplane?: (connected: boolean) => void;
  /** Who says this may read /metrics from anywhere; null: only who is near. */
  readonly metricsToken?: string | null;
  readonly limits?: Partial<Limits>;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
}

export interface Server {
  /** Resolves with the port once connections are accepted; 0 asks the system for a free one. */
  listen(port: number, host?: string): Promise<number>;
  /** WebSockets that are open. */
  readonly sockets: number;
  /** The other nodes are reached, if there are any. */
  readonly connected: boolean;
  /** Refuses the new, says 1012 to the open, and resolves when all are gone. Idempotent. */
  close(): Promise<void>;
}

/** @throws when the directory of the app does not hold one. */
export function createServer(options: ServerOptions): Server {
  const limits: Limits = { ...LIMITS, ...options.limits };
  const origins = new Set(options.origins);
  const proxies = options.proxies ?? 0;
  const now = options.now ?? (() => performance.now());
  const ice = options.ice ?? NO_ICE;
  const remembered = limits.rememberedAddresses;
  const credentials = new Buckets(limits.credentialsAtOnce, limits.credentialsPerSecond, remembered);
  const openings = new Buckets(limits.openingsAtOnce, limits.openingsPerSecond, remembered);
  const app = options.app === null ? nothingHere : serveApp(options.app);
  const turns = new Turns(limits);
  const sockets = new Sockets({
    limits,
    turns,
    now,
    backplane: options.backplane ?? alone,
    onBackplane: options.onBackplane ?? (() => undefined)
  });
  let metrics: Exposition | null = null;
  let closing: Promise<void> | null = null;

  // The library's own limits of time are behind those of door.ts, and are not reached.
  const http = createHttpServer({
    headersTimeout: 2 * limits.requestMs,
    requestTimeout: 2 * limits.requestMs,
    keepAliveTimeout: 2 * limits.requestMs,
    connectionsCheckingInterval: limits.requestMs,
    maxHeaderSize: limits.headerBytes
  });
  http.maxConnections = limits.connections;
  http.maxHeadersCount = limits.headers;

  // closeTimeout is younger than the library's type declarations.
  const webSocketOptions: WebSocketOptions & { closeTimeout: number } = {
    noServer: true,
    clientTracking: false,
    maxPayload: limits.frameBytes,
    // No decompression anywhere: bodies are ciphertext, and there is no such thing as a zip bomb here.
    perMessageDeflate: false,
    maxFragments: limits.fragments,
    maxBufferedChunks: limits.chunks,
    closeTimeout: limits.closeMs,
    handleProtocols: () => SUBPROTOCOL
  };
  const wss = new WebSocketServer(webSocketOptions);

  function handle(request: IncomingMessage, response: ServerResponse): void {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      answer(response, 405, 'Only GET and HEAD.\n');
    } else if (request.url === '/healthz') {
      answer(response, closing === null ? 200 : 503, `${health()}\n`);
    } else if (request.url === '/metrics' && mayScrape(request, options.metricsToken ?? null)) {
      void answerMetrics(response);
    } else if (request.url === ICE_PATH) {
      answerIce(request, response);
    } else {
      app(request, response);
    }
  }

  /** Degraded is no reason to send people elsewhere: this node's own go on, and all nodes have lost the same. */
  function health(): string {
    if (closing !== null) return 'closing';
    return sockets.connected ? 'ok' : 'degraded: the other nodes are not reached';
  }

  async function answerMetrics(response: ServerResponse): Promise<void> {
    const { createMetrics } = await import('./metrics.ts');
    metrics ??= createMetrics(sockets);
    answer(response, 200, await metrics.read(), metrics.type);
  }

  function answerIce(request: IncomingMessage, response: ServerResponse): void {
    shareWithNamed(request, response, origins);
    if (!credentials.take(addressOf(request, proxies), now())) {
      answer(response, 429, 'Too many requests.\n');
      return;
    }
    answer(response, 200, iceAnswer(ice, Date.now() / 1_000, randomBytes(8)), 'application/json');
  }

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const address = addressOf(request, proxies);
    const refused = refusal(request, address);
    if (refused !== null) {
      sockets.tally.turnAway(Number.parseInt(refused, 10));
      socket.on('error', ignore);
      socket.once('finish', () => socket.destroy());
      socket.end(`HTTP/1.1 ${refused}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    // Opening is most of the work that a socket makes: many at once open one after the other.
    socket.on('error', ignore);
    turns.inLine(() => {
      if (closing !== null) {
        // It was let into the line before that, and would hear nothing of it.
        socket.destroy();
        return 0;
      }
      wss.handleUpgrade(request, socket, head, (ws) => {
        sockets.add(ws, socket, address);
      });
      socket.off('error', ignore);
      return limits.openingAsFrames;
    });
  }

  function refusal(request: IncomingMessage, address: string): string | null {
    if (closing !== null) return '503 Service Unavailable';
    if (request.url !== SIGNAL_PATH) return '404 Not Found';
    if (!mayConnect(request, origins)) return '403 Forbidden';
    if (!offersProtocol(request)) return '400 Bad Request';
    if (!openings.take(address, now())) return '429 Too Many Requests';
    return null;
  }

  guard(http, { limits, turns, now, counts: proxies === 0 });
  http.on('request', handle);
  http.on('upgrade', upgrade);

  return {
    get sockets() {
      return sockets.gauges.sockets;
    },
    get connected() {
      return sockets.connected;
    },
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        http.once('error', reject);
        http.listen({ port, host, backlog: limits.waiting }, () => {
          http.off('error', reject);
          resolve((http.address() as AddressInfo).port);
        });
      }),
    close: () => {
      closing ??= drain();
      return closing;
    }
  };

  async function drain(): Promise<void> {
    const gone = new Promise<void>((resolve) => {
      http.close(() => {
        resolve();
      });
    });
    http.closeIdleConnections();
    // A download that hangs must not keep the process: by then every WebSocket is gone.
    setTimeout(() => {
      http.closeAllConnections();
    }, limits.closeMs).unref();
    await Promise.all([gone, sockets.closeAll()]);
  }
}

function offersProtocol(request: IncomingMessage): boolean {
  const offered = request.headers['sec-websocket-protocol'] ?? '';
  return offered.split(',').some((name) => name.trim() === SUBPROTOCOL);
}
