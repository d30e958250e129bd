/** The built server as its own process, and beside it a page that is not ours and may use it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../build/server/signaling/main.js', import.meta.url));
const SCRIPT = readFileSync(new URL('bare-page.js', import.meta.url));
const PAGE = '<!doctype html><title>Bare</title><p id="log"></p><script src="/bare-page.js"></script>';

/**
 * @param {string[]} [origins] whose pages may use the WebSocket as well
 * @returns {Promise<{ url: string, close: () => Promise<void> }>}
 */
export async function startApp(origins = []) {
  if (!existsSync(MAIN)) throw new Error('Nothing is built: run "npm run build" first.');
  const env = {
    ...process.env,
    PORT: '0',
    HOST: '127.0.0.1',
    ORIGINS: origins.join(','),
    SOCKETS_PER_ADDRESS: '1000'
  };
  const server = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const port = await new Promise((resolve, reject) => {
    server.stdout.on('data', (text) => {
      const match = /:(\d+)\s*$/.exec(String(text));
      if (match) resolve(match[1]);
    });
    server.once('exit', (code) => {
      reject(new Error(`The server ended with ${code}.`));
    });
  });
  return {
    url: `http://localhost:${port}`,
    close: async () => {
      const gone = once(server, 'exit');
      server.kill('SIGTERM');
      await gone;
    }
  };
}

/** @returns {Promise<{ url: string, close: () => void }>} */
export async function startBarePage() {
  const server = createServer((request, response) => {
    const script = request.url === '/bare-page.js';
    response.setHeader('Content-Type', script ? 'text/javascript' : 'text/html');
    response.setHeader('Cache-Control', script ? 'max-age=3600' : 'no-cache');
    response.end(script ? SCRIPT : PAGE);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://localhost:${server.address().port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    }
  };
}
