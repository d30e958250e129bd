/**
 * One port for everything: the built app, the WebSocket that introduces browsers to each other, the ICE servers that
 * they may use, and /healthz.
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
import { Buckets } from './bucket.ts';
import { SECURITY_HEADERS } from './headers.ts';
import { iceAnswer, NO_ICE, type IceSettings } from './ice.ts';
import { LIMITS, type Limits } from './limits.ts';
import { Sockets } from './sockets.ts';
import { answer, serveApp } from './static.ts';

export interface ServerOptions {
  /** Directory of the built app. */
  readonly app: string;
  /** Origins beside the server's own whose pages may connect, as `https://chat.example`. */
  readonly origins?: readonly string[];
  /** How many reverse proxies of ours stand in front and write X-Forwarded-For. */
  readonly proxies?: number;
  /** STUN and TURN servers that browsers are told of. */
  readonly ice?: IceSettings;
  readonly limits?: Partial<Limits>;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
}

export interface Server {
  /** Resolves with the port once connections are accepted; 0 asks the system for a free one. */
  listen(port: number, host?: string): Promise<number>;
  /** Refuses the new, says 1012 to the open, and resolves when all are gone. Idempotent. */
  close(): Promise<void>;
}

/** @throws when the directory of the app does not hold one. */
export function createServer(options: ServerOptions): Server {
  const limits: Limits = { ...LIMITS, ...options.limits };
  const origins = new Set(options.origins);
  const proxies = options.proxies ?? 0;
  const now = options.now ?? (() => performance.now());
  const sockets = new Sockets(limits, now);
  const ice = options.ice ?? NO_ICE;
  const credentials = new Buckets(
    limits.credentialsAtOnce,
    limits.credentialsPerSecond,
    limits.credentialAddresses
  );
  const app = serveApp(options.app);
  let closing: Promise<void> | null = null;

  // A client that dribbles its request line is gone after five seconds, one with a bag of headers at once.
  const http = createHttpServer({
    headersTimeout: 5_000,
    requestTimeout: 5_000,
    keepAliveTimeout: 5_000,
    connectionsCheckingInterval: 1_000,
    maxHeaderSize: 8_192
  });
  http.maxConnections = limits.connections;
  http.maxHeadersCount = 40;

  // closeTimeout is younger than the library's type declarations.
  const webSocketOptions: WebSocketOptions & { closeTimeout: number } = {
    noServer: true,
    clientTracking: false,
    maxPayload: limits.frameBytes,
    // No decompression anywhere: bodies are ciphertext, and there is no such thing as a zip bomb here.
    perMessageDeflate: false,
    // No browser splits a frame of four kilobytes; tiny fragments are how a socket eats memory.
    maxFragments: 4,
    maxBufferedChunks: 64,
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
      answer(response, closing === null ? 200 : 503, closing === null ? 'ok\n' : 'closing\n');
    } else if (request.url === ICE_PATH) {
      answerIce(request, response);
    } else {
      app(request, response);
    }
  }

  /** For pages of this origin: there is no CORS header, so a page of another one can not read it. */
  function answerIce(request: IncomingMessage, response: ServerResponse): void {
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
      // Until the library takes the socket over its errors are ours; there is nothing to do about a reset.
      socket.on('error', () => undefined);
      socket.once('finish', () => socket.destroy());
      socket.end(`HTTP/1.1 ${refused}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    wss.handleUpgrade(request, socket, head, (ws) => {
      sockets.add(ws, address);
    });
  }

  function refusal(request: IncomingMessage, address: string): string | null {
    if (closing !== null) return '503 Service Unavailable';
    if (request.url !== SIGNAL_PATH) return '404 Not Found';
    if (!isAllowedOrigin(request, origins)) return '403 Forbidden';
    if (!offersProtocol(request)) return '400 Bad Request';
    if (!sockets.hasRoom(address)) return '429 Too Many Requests';
    return null;
  }

  http.on('request', handle);
  http.on('upgrade', upgrade);

  return {
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        http.once('error', reject);
        http.listen(port, host, () => {
          http.off('error', reject);
          resolve((http.address() as AddressInfo).port);
        });
      }),
    close: () => {
      closing ??= new Promise((resolve) => {
        http.close(() => {
          resolve();
        });
        sockets.closeAll();
        http.closeIdleConnections();
        // A download that hangs must not keep the process: by then every WebSocket is gone.
        setTimeout(() => {
          http.closeAllConnections();
        }, limits.closeMs).unref();
      });
      return closing;
    }
  };
}

/**
 * Pages of this host only, or of one that was named. Browsers always send Origin with a WebSocket, so whoever sends
 * none is no browser and is refused too: a program can forge the header, but then it knows that it does.
 */
function isAllowedOrigin(request: IncomingMessage, origins: ReadonlySet<string>): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined || !URL.canParse(origin)) return false;
  return origins.has(origin) || new URL(origin).host === host?.toLowerCase();
}

function offersProtocol(request: IncomingMessage): boolean {
  const offered = request.headers['sec-websocket-protocol'] ?? '';
  return offered.split(',').some((name) => name.trim() === SUBPROTOCOL);
}
