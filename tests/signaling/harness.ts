/** A real server on a free port, and clients that speak its frames over real WebSockets. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { WebSocket, type ClientOptions } from 'ws';
import { createServer, type Server, type ServerOptions } from '../../signaling/server.ts';
import {
  BODY_BYTES,
  decodeServerFrame,
  encodeClientFrame,
  SIGNAL_PATH,
  SUBPROTOCOL,
  TOPIC_BYTES,
  type ClientFrame,
  type ServerFrame
} from '../../src/lib/wire/signaling.ts';

export const POLICY = "default-src 'none'; script-src 'self' 'sha256-abc='";
const page = (name: string): string =>
  `<!doctype html><meta http-equiv="content-security-policy" content="${POLICY}"><h1>${name}</h1>`;

/** A built app in little: what the adapter writes, file for file. */
export const APP_FILES: Readonly<Record<string, string>> = {
  'index.html': page('home'),
  'join.html': page('join'),
  'settings.html': page('settings'),
  'service-worker.js': 'self;',
  'manifest.webmanifest': '{}',
  'favicon.svg': '<svg/>',
  '_app/immutable/entry/app.abc.js': 'plain',
  '_app/immutable/entry/app.abc.js.br': 'brotli',
  '_app/immutable/entry/app.abc.js.gz': 'gzip'
};

/** Compiles the server into a directory, which must lie below the project, so that it finds its packages. */
export function compileServer(directory: string): void {
  const root = join(import.meta.dirname, '../..');
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { status, stdout } = spawnSync(
    process.execPath,
    [tsc, '-p', join(root, 'signaling'), '--outDir', directory],
    { encoding: 'utf8' }
  );
  if (status !== 0) throw new Error(stdout);
}

export function writeApp(directory: string): void {
  for (const [name, text] of Object.entries(APP_FILES)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
}

/** A directory that is gone when the test is. */
export function scratchDirectory(parent: string = tmpdir()): string {
  const directory = mkdtempSync(join(parent, 'aparte-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true });
  });
  return directory;
}

export async function startServer(
  options: Partial<ServerOptions> = {}
): Promise<{ port: number; server: Server }> {
  const app = scratchDirectory();
  writeApp(app);
  const server = createServer({ app, ...options });
  const port = await server.listen(0, '127.0.0.1');
  onTestFinished(() => server.close());
  return { port, server };
}

export class Client {
  readonly ws: WebSocket;
  readonly closed: Promise<number>;
  readonly #frames: ServerFrame[] = [];
  readonly #waiting: ((frame: ServerFrame) => void)[] = [];

  constructor(port: number, options: ClientOptions & { protocols?: string[]; path?: string } = {}) {
    const { protocols = [SUBPROTOCOL], path = SIGNAL_PATH, ...rest } = options;
    const host = `127.0.0.1:${String(port)}`;
    this.ws = new WebSocket(`ws://${host}${path}`, protocols, { origin: `http://${host}`, ...rest });
    this.closed = new Promise((resolve) => {
      this.ws.on('close', resolve);
    });
    this.ws.on('error', () => undefined);
    this.ws.on('message', (data) => {
      const frame = decodeServerFrame(new Uint8Array(data as Buffer));
      const waiting = this.#waiting.shift();
      if (waiting === undefined) this.#frames.push(frame);
      else waiting(frame);
    });
  }

  static async open(port: number, options: ClientOptions = {}): Promise<Client> {
    const client = new Client(port, options);
    await new Promise((resolve, reject) => {
      client.ws.on('open', resolve);
      client.ws.on('error', reject);
    });
    onTestFinished(() => {
      client.ws.terminate();
    });
    return client;
  }

  send(...frames: readonly ClientFrame[]): void {
    for (const frame of frames) this.ws.send(encodeClientFrame(frame));
  }

  subscribe(...topics: readonly Uint8Array[]): void {
    this.send({ kind: 'subscribe', topics });
  }

  publish(topic: Uint8Array, body: Uint8Array): void {
    this.send({ kind: 'publish', topic, body });
  }

  next(): Promise<ServerFrame> {
    const frame = this.#frames.shift();
    if (frame !== undefined) return Promise.resolve(frame);
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  /** Everything that the server sent up to now: what comes before the answer to a PING. */
  async settle(): Promise<ServerFrame[]> {
    this.send({ kind: 'ping' });
    const frames: ServerFrame[] = [];
    for (;;) {
      const frame = await this.next();
      if (frame.kind === 'pong') return frames;
      frames.push(frame);
    }
  }
}

/** The HTTP status that a refused WebSocket is answered with. */
export function refusedWith(client: Client): Promise<number | undefined> {
  return new Promise((resolve) => {
    client.ws.on('unexpected-response', (_request, response) => {
      response.resume();
      resolve(response.statusCode);
    });
  });
}

export function topic(fill: number): Uint8Array {
  return new Uint8Array(TOPIC_BYTES).fill(fill);
}

export function body(fill: number): Uint8Array {
  return new Uint8Array(BODY_BYTES).fill(fill);
}
