/** The process: reads the environment, listens, drains when it is told to stop. Says one sentence when it cannot. */
import { fileURLToPath } from 'node:url';
import { limitsFor } from './limits.ts';
import { crashOf, createLog, type Log } from './log.ts';
import { createServer, type Server } from './server.ts';
import { readSettings, Refusal, type Settings } from './settings.ts';

/** Beside the compiled server: build/server/signaling/main.js and build/app. */
const APP = fileURLToPath(new URL('../../app', import.meta.url));

async function openServer(settings: Settings, log: Log): Promise<Server> {
  const { redisUrl, serveApp, socketsPerAddress } = settings;
  // The library is loaded by those who use it.
  const redis = redisUrl === null ? null : (await import('./redis.ts')).redisBackplane(redisUrl);
  try {
    return createServer({
      ...settings,
      app: serveApp ? APP : null,
      limits: limitsFor(socketsPerAddress),
      ...(redis && { backplane: redis }),
      onBackplane: (connected) => {
        log({ event: connected ? 'backplane-connected' : 'backplane-lost' });
      }
    });
  } catch (error) {
    throw new Refusal(
      `The app is not built (${messageOf(error)}): run "npm run build" first, or set SERVE_APP=off.`
    );
  }
}

async function listen(server: Server, port: number, host: string | undefined): Promise<number> {
  try {
    return await server.listen(port, host);
  } catch (error) {
    switch ((error as NodeJS.ErrnoException).code) {
      case 'EADDRINUSE':
        throw new Refusal(
          `Port ${String(port)} is already taken: stop what uses it, or choose another with PORT=${String(port + 1)}.`
        );
      case 'EACCES':
        throw new Refusal(
          `Port ${String(port)} needs more rights than this process has: choose one above 1023.`
        );
      case 'ENOTFOUND':
      case 'EAI_AGAIN':
      case 'EADDRNOTAVAIL':
        throw new Refusal(
          `HOST must be an address of this machine, such as 127.0.0.1, not "${String(host)}"; without it, Aparté listens on all of them.`
        );
      default:
        throw new Refusal(`Aparté cannot listen on port ${String(port)} (${messageOf(error)}).`);
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function main(): Promise<void> {
  const settings = readSettings(process.env);
  const { port, host, serveApp, redisUrl, logLevel } = settings;
  const write = (text: string): void => void process.stdout.write(text);
  const log = createLog(logLevel, write, () => new Date());
  const server = await openServer(settings, log);
  const actual = await listen(server, port, host);
  const name = host === undefined || host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  console.log(`Aparté is at http://${name.includes(':') ? `[${name}]` : name}:${String(actual)}`);
  log({ event: 'listening', port: actual, app: serveApp, redis: redisUrl !== null });

  let stopping = false;
  const stop = (): void => {
    // A second signal does not wait any longer.
    if (stopping) process.exit(1);
    stopping = true;
    const began = performance.now();
    log({ event: 'closing', sockets: server.sockets });
    void server.close().then(() => {
      log({ event: 'closed', ms: Math.round(performance.now() - began) });
    });
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  // Open conversations need no server; a new process is better than one in a state that nobody foresaw.
  process.on('uncaughtException', (error) => {
    log(crashOf(error));
    process.exit(1);
  });
}

try {
  await main();
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  console.error(error.message);
  process.exit(1);
}
