import { describe, onTestFinished, test } from 'vitest';
import { WebSocket as NodeWebSocket } from 'ws';
import { createServer, type Server } from '../../signaling/server.ts';
import { MemoryNetwork } from '../../src/lib/transport/memory.ts';
import { connectWebSocket } from '../../src/lib/transport/websocket.ts';
import { SIGNAL_PATH } from '../../src/lib/wire/signaling.ts';
import { scratchDirectory, writeApp } from '../signaling/harness.ts';
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

describe('signaling over a WebSocket to the real server', () => {
  test.each(signalingContract)('$name', async ({ run }) => {
    const app = scratchDirectory();
    writeApp(app);
    let server: Server | null = createServer({ app });
    const port = await server.listen(0, '127.0.0.1');
    onTestFinished(() => server?.close());

    /** A browser says by itself whose page it is. */
    class BrowserSocket extends NodeWebSocket {
      constructor(url: string, protocol: string) {
        super(url, protocol, { origin: `http://127.0.0.1:${String(port)}` });
      }
    }

    await run({
      connect: (listener) =>
        connectWebSocket({
          url: `ws://127.0.0.1:${String(port)}${SIGNAL_PATH}`,
          clock: realClock,
          random: realRandom,
          listener,
          // Where it matters it is the browser's own: frames, handlers, closing.
          WebSocket: BrowserSocket as unknown as typeof WebSocket
        }),
      async setServer(up) {
        if (!up) {
          await server?.close();
          server = null;
          return;
        }
        server = createServer({ app });
        await server.listen(port, '127.0.0.1');
      }
    });
  });
});
