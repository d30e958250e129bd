import { afterAll, beforeAll, describe, onTestFinished, test } from 'vitest';
import { WebSocket as NodeWebSocket } from 'ws';
import { MemoryHub, type OpenBackplane } from '../../signaling/backplane.ts';
import { redisBackplane } from '../../signaling/redis.ts';
import { createServer, type Server } from '../../signaling/server.ts';
import { MemoryNetwork } from '../../src/lib/transport/memory.ts';
import { connectWebSocket } from '../../src/lib/transport/websocket.ts';
import { SIGNAL_PATH } from '../../src/lib/wire/signaling.ts';
import { scratchDirectory, writeApp } from '../signaling/harness.ts';
import { findRedis, RedisServer } from '../support/redis.ts';
import { realClock, realRandom } from './check.ts';
import { signalingContract } from './signaling.ts';

describe('signaling in memory', () => {
  test.each(signalingContract)('$name', async ({ run }) => {
    const network = new MemoryNetwork({ clock: realClock, random: realRandom });
    await run({
      connect: network.connectSignaling,
      setServer(up) {
        network.setServer(up);
        return Promise.resolve();
      }
    });
  });
});

const program = findRedis();
const redis = new RedisServer(program ?? '');
beforeAll(() => (program === null ? undefined : redis.start()));
afterAll(() => redis.remove());

/** How many servers there are, and what is between them. */
const HOUSES: readonly [string, number, (() => OpenBackplane) | null][] = [
  ['the real server', 1, () => new MemoryHub().open],
  ['two nodes in one process', 2, () => new MemoryHub().open],
  ['two nodes over Redis', 2, program === null ? null : () => redisBackplane(redis.url)]
];

describe.each(HOUSES)('signaling over a WebSocket to %s', (_name, count, between) => {
  test.skipIf(between === null).each(signalingContract)('$name', async ({ run }) => {
    const app = scratchDirectory();
    writeApp(app);
    const backplane = between?.() ?? new MemoryHub().open;
    const open = async (port: number): Promise<{ server: Server; port: number }> => {
      let connected = (): void => undefined;
      const reached = new Promise<void>((resolve) => (connected = resolve));
      const server = createServer({ app, backplane, onBackplane: connected });
      const actual = await server.listen(port, '127.0.0.1');
      // In one process the nodes have each other from the beginning, and say nothing of it.
      if (!server.connected) await reached;
      return { server, port: actual };
    };
    let nodes = await Promise.all(Array.from({ length: count }, () => open(0)));
    const ports = nodes.map(({ port }) => port);
    const closeAll = (): Promise<unknown> => Promise.all(nodes.map(({ server }) => server.close()));
    onTestFinished(async () => {
      await closeAll();
    });

    let turn = 0;
    await run({
      connect: (listener) => {
        // Each on another node than the one before.
        const port = String(ports[turn++ % count]);
        /** A browser says by itself whose page it is. */
        class BrowserSocket extends NodeWebSocket {
          constructor(url: string, protocol: string) {
            super(url, protocol, { origin: `http://127.0.0.1:${port}` });
            // Of a socket that nobody listens to any more a browser says nothing.
            this.on('error', () => undefined);
          }
        }
        return connectWebSocket({
          url: `ws://127.0.0.1:${port}${SIGNAL_PATH}`,
          clock: realClock,
          // As soon as it may: nobody waits for a jitter of seconds.
          random: (length) => new Uint8Array(length),
          listener,
          // Where it matters it is the browser's own: frames, handlers, closing.
          WebSocket: BrowserSocket as unknown as typeof WebSocket
        });
      },
      async setServer(up) {
        await closeAll();
        if (up) nodes = await Promise.all(ports.map(open));
      }
    });
  });
});
