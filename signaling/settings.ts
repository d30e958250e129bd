/** The environment, read and checked once: every variable of signaling/README.md, and one sentence for what is wrong. */
import { isIceUrl, MAX_URLS } from '../src/lib/wire/ice-servers.ts';
import type { IceSettings } from './ice.ts';
import { LEAST_SOCKETS_PER_ADDRESS, SOCKETS_PER_ADDRESS } from './limits.ts';
import { LOG_LEVELS, type LogLevel } from './log.ts';

export class Refusal extends Error {}

export interface Settings {
  readonly port: number;
  readonly host: string | undefined;
  readonly serveApp: boolean;
  readonly proxies: number;
  readonly origins: readonly string[];
  readonly socketsPerAddress: number;
  readonly ice: IceSettings;
  readonly redisUrl: string | null;
  readonly metricsToken: string | null;
  readonly logLevel: LogLevel;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws Refusal */
export function readSettings(environment: Environment): Settings {
  const read = new Reader(environment);
  return {
    port: read.wholeNumber('PORT', 8080, 65_535),
    host: read.text('HOST') ?? undefined,
    serveApp: read.oneOf('SERVE_APP', ['on', 'off']) === 'on',
    proxies: read.wholeNumber('PROXIES', 0, 8),
    origins: read.origins('ORIGINS'),
    socketsPerAddress: read.wholeNumber(
      'SOCKETS_PER_ADDRESS',
      SOCKETS_PER_ADDRESS,
      1_000_000,
      LEAST_SOCKETS_PER_ADDRESS
    ),
    ice: iceSettings(read),
    redisUrl: read.redisUrl('REDIS_URL'),
    metricsToken: read.token('METRICS_TOKEN'),
    logLevel: read.oneOf('LOG_LEVEL', ['warn', ...LOG_LEVELS.filter((level) => level !== 'warn')])
  };
}

function iceSettings(read: Reader): IceSettings {
  const turnUrls = read.iceUrls('TURN_URLS', 'turn', 'turn:turn.example:3478?transport=udp');
  const turnSecret = read.text('TURN_SECRET') ?? '';
  if ((turnSecret === '') !== (turnUrls.length === 0)) {
    throw new Refusal(
      'TURN_SECRET and TURN_URLS belong together: set both to offer a relay, or neither to offer none.'
    );
  }
  return { stunUrls: read.iceUrls('STUN_URLS', 'stun', 'stun:turn.example:3478'), turnUrls, turnSecret };
}

const NO_URL = { protocol: '', hostname: '', pathname: '' };

class Reader {
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** Null: it is not set, or empty. */
  text(name: string): string | null {
    return this.#environment[name]?.trim() || null;
  }

  wholeNumber(name: string, fallback: number, max: number, min = 0): number {
    const text = this.text(name);
    if (text === null) return fallback;
    const value = /^\d{1,7}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max)) {
      throw new Refusal(
        `${name} must be a whole number from ${String(min)} to ${String(max)}, not "${text}".`
      );
    }
    return value;
  }

  /** The first is the default. */
  oneOf<T extends string>(name: string, values: readonly T[]): T {
    const text = this.text(name) ?? values[0];
    const value = values.find((one) => one === text);
    if (value === undefined)
      throw new Refusal(`${name} must be one of ${values.join(', ')}, not "${text ?? ''}".`);
    return value;
  }

  origins(name: string): string[] {
    const origins = this.#list(name);
    for (const origin of origins) {
      if (!/^https?:/.test(origin) || !URL.canParse(origin) || new URL(origin).origin !== origin) {
        throw new Refusal(`${name} must be origins such as https://chat.example, not "${origin}".`);
      }
    }
    return origins;
  }

  iceUrls(name: string, scheme: 'stun' | 'turn', example: string): string[] {
    const urls = this.#list(name);
    for (const url of urls) {
      if (!isIceUrl(url, scheme)) throw new Refusal(`${name} must be URLs such as ${example}, not "${url}".`);
    }
    if (urls.length > MAX_URLS) throw new Refusal(`${name} must be at most ${String(MAX_URLS)} URLs.`);
    return urls;
  }

  /** What can stand in a header. It is a secret, so it is not quoted. */
  token(name: string): string | null {
    const text = this.text(name);
    if (text === null || /^[!-~]+$/.test(text)) return text;
    throw new Refusal(`${name} must be one word of ASCII letters, digits and signs, without a space.`);
  }

  redisUrl(name: string): string | null {
    const text = this.text(name);
    if (text === null) return null;
    const { protocol, hostname, pathname } = URL.canParse(text) ? new URL(text) : NO_URL;
    // Not quoted: there may be a password in it. Behind the slash stands the number of a database, or nothing.
    if (!['redis:', 'rediss:'].includes(protocol) || hostname === '' || !/^\/?\d*$/.test(pathname)) {
      throw new Refusal(`${name} must be a URL such as redis://127.0.0.1:6379, or rediss:// with TLS.`);
    }
    return text;
  }

  #list(name: string): string[] {
    return (this.text(name) ?? '').split(/[\s,]+/).filter((text) => text !== '');
  }
}
