/**
 * What the server says of the STUN and TURN servers that a browser may use (`GET /ice`), as JSON:
 *
 *   { "ttl": seconds, "iceServers": [{ "urls": […] }, { "urls": […], "username": …, "credential": … }] }
 *
 * An answer that is not exactly that is none: a browser throws on a URL that it does not like, and would not connect.
 * (By hand and not with a schema: the page's first script and the server share this file, and neither needs more.)
 */
import { WireError } from '../errors.ts';

/** Beside the app, on its own origin. */
export const ICE_PATH = '/ice';
/** URLs of one server. Every one of them is asked in every connection, and browsers complain of more than a few. */
export const MAX_URLS = 4;
/** Far over what a server of ours says. */
export const MAX_ANSWER_CHARACTERS = 8_192;
const MAX_SERVERS = 2;
/** A week: whoever says more means something else. */
const MAX_TTL_SECONDS = 7 * 86_400;
const MAX_WORD_CHARACTERS = 512;

export interface IceServer {
  readonly urls: readonly string[];
  readonly username?: string;
  readonly credential?: string;
}

export interface IceAnswer {
  /** For how long the credentials are good. */
  readonly ttl: number;
  readonly iceServers: readonly IceServer[];
}

/** `stun:host:port`, `turns:[2001:db8::1]:5349?transport=tcp` (RFC 7064, RFC 7065). */
const ICE_URL =
  /^(stun|turn)s?:(?:[0-9A-Za-z](?:[0-9A-Za-z.-]{0,251}[0-9A-Za-z])?|\[[0-9A-Fa-f:.]{2,45}\])(?::(\d{1,5}))?(\?transport=(?:udp|tcp))?$/;

export function isIceUrl(text: string, scheme: 'stun' | 'turn'): boolean {
  const [, kind, port = '1', transport] = ICE_URL.exec(text) ?? [];
  if (kind !== scheme || Number(port) < 1 || Number(port) > 65_535) return false;
  // A STUN URL has no transport (RFC 7064).
  return scheme === 'turn' || transport === undefined;
}

/** Whether one of these relays (TURN), and not only tells a browser its address (STUN). */
export function hasRelay(servers: readonly IceServer[]): boolean {
  return servers.some(({ urls }) => urls.some((url) => isIceUrl(url, 'turn')));
}

/** @throws WireError */
export function decodeIceAnswer(text: string): IceAnswer {
  if (text.length > MAX_ANSWER_CHARACTERS) throw new WireError('ICE servers');
  const { ttl, iceServers } = record(parse(text));
  if (!isWhole(ttl) || ttl < 1 || ttl > MAX_TTL_SECONDS) throw new WireError('ttl');
  return { ttl, iceServers: list(iceServers, MAX_SERVERS).map(readServer) };
}

function readServer(value: unknown): IceServer {
  const { urls: listed, username, credential } = record(value);
  const urls = list(listed, MAX_URLS);
  if (urls.length === 0) throw new WireError('URLs');
  const isAll = (scheme: 'stun' | 'turn') => (url: unknown) => isWord(url) && isIceUrl(url, scheme);
  if (urls.every(isAll('stun'))) return { urls: urls as string[] };
  // A TURN server without credentials is one that browsers throw on.
  if (!urls.every(isAll('turn')) || !isWord(username) || !isWord(credential)) throw new WireError('TURN');
  return { urls: urls as string[], username, credential };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new WireError('JSON');
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new WireError('an object expected');
  return value as Record<string, unknown>;
}

function list(value: unknown, max: number): readonly unknown[] {
  if (!Array.isArray(value) || value.length > max) throw new WireError('a list expected');
  return value;
}

function isWord(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_WORD_CHARACTERS;
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
