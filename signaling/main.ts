/** The process: reads the environment, listens, drains when it is told to stop. Says one sentence when it cannot. */
import { fileURLToPath } from 'node:url';
import { isIceUrl, MAX_URLS } from '../src/lib/wire/ice-servers.ts';
import type { IceSettings } from './ice.ts';
import { LIMITS } from './limits.ts';
import { createServer, type Server } from './server.ts';

/** Beside the compiled server: build/server/signaling/main.js and build/app. */
const APP = fileURLToPath(new URL('../../app', import.meta.url));

class Refusal extends Error {}

function wholeNumber(name: string, fallback: number, max: number): number {
  const text = process.env[name]?.trim() ?? '';
  if (text === '') return fallback;
  const value = /^\d{1,7}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= max)) throw new Refusal(`${name} must be a whole number from 0 to ${String(max)}.`);
  return value;
}

function list(name: string): string[] {
  return (process.env[name] ?? '').split(/[\s,]+/).filter((text) => text !== '');
}

function originList(): string[] {
  const origins = list('ORIGINS');
  for (const origin of origins) {
    if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
      throw new Refusal(`ORIGINS must be origins such as https://chat.example, not "${origin}".`);
    }
  }
  return origins;
}

function iceUrls(name: string, scheme: 'stun' | 'turn', example: string): string[] {
  const urls = list(name);
  for (const url of urls) {
    if (!isIceUrl(url, scheme)) throw new Refusal(`${name} must be URLs such as ${example}, not "${url}".`);
  }
  if (urls.length > MAX_URLS) throw new Refusal(`${name} must be at most ${String(MAX_URLS)} URLs.`);
  return urls;
}

function iceSettings(): IceSettings {
  const turnUrls = iceUrls('TURN_URLS', 'turn', 'turn:turn.example:3478?transport=udp');
  const turnSecret = process.env.TURN_SECRET?.trim() ?? '';
  if ((turnSecret === '') !== (turnUrls.length === 0)) {
    throw new Refusal(
      'TURN_SECRET and TURN_URLS belong together: set both to offer a relay, or neither to offer none.'
    );
  }
  return { stunUrls: iceUrls('STUN_URLS', 'stun', 'stun:turn.example:3478'), turnUrls, turnSecret };
}

function openServer(): Server {
  const options = {
    app: APP,
    origins: originList(),
    ice: iceSettings(),
    proxies: wholeNumber('PROXIES', 0, 8),
    limits: { socketsPerAddress: wholeNumber('SOCKETS_PER_ADDRESS', LIMITS.socketsPerAddress, 1_000_000) }
  };
  try {
    return createServer(options);
  } catch (error) {
    throw new Refusal(`The app is not built (${messageOf(error)}): run "npm run build" first.`);
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
      default:
        throw new Refusal(`Aparté cannot listen on port ${String(port)} (${messageOf(error)}).`);
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function main(): Promise<void> {
  const port = wholeNumber('PORT', 8080, 65_535);
  const host = process.env.HOST?.trim() || undefined;
  const server = openServer();
  const actual = await listen(server, port, host);
  const name = host === undefined || host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  console.log(`Aparté is at http://${name.includes(':') ? `[${name}]` : name}:${String(actual)}`);

  let stopping = false;
  const stop = (): void => {
    // A second signal does not wait any longer.
    if (stopping) process.exit(1);
    stopping = true;
    void server.close();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
