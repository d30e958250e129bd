/**
 * Which STUN and TURN servers a browser is told of, with credentials for the TURN server that die by themselves: the
 * REST form that coturn's `use-auth-secret` takes. The secret never leaves this process. Pure: the time and the
 * randomness are parameters.
 */
import { createHmac } from 'node:crypto';
import type { IceAnswer, IceServer } from '../src/lib/wire/ice-servers.ts';

/**
 * Twelve hours. coturn asks for valid credentials again with every refresh of an allocation, so a shorter life would
 * cut relayed conversations; a longer one would lend the relay to whoever once asked for it.
 */
export const CREDENTIAL_SECONDS = 12 * 60 * 60;

export interface IceSettings {
  readonly stunUrls: readonly string[];
  readonly turnUrls: readonly string[];
  /** coturn's `static-auth-secret`; '' where there are no TURN URLs. */
  readonly turnSecret: string;
}

/** Nobody but this server hears of anybody. */
export const NO_ICE: IceSettings = { stunUrls: [], turnUrls: [], turnSecret: '' };

export interface Credentials {
  /** When it dies, in Unix seconds, and random letters: two people are not the same user to the TURN server. */
  readonly username: string;
  /** base64(HMAC-SHA1(secret, username)). */
  readonly credential: string;
}

export function turnCredentials(secret: string, unixSeconds: number, random: Uint8Array): Credentials {
  const expiry = Math.floor(unixSeconds) + CREDENTIAL_SECONDS;
  const username = `${String(expiry)}:${Buffer.from(random).toString('hex')}`;
  return { username, credential: createHmac('sha1', secret).update(username).digest('base64') };
}

/** What `GET /ice` answers. A life in seconds and not a date: the browser's clock may be wrong. */
export function iceAnswer(settings: IceSettings, unixSeconds: number, random: Uint8Array): string {
  const { stunUrls, turnUrls, turnSecret } = settings;
  const iceServers: IceServer[] = [];
  if (stunUrls.length > 0) iceServers.push({ urls: [...stunUrls] });
  if (turnUrls.length > 0) {
    iceServers.push({ urls: [...turnUrls], ...turnCredentials(turnSecret, unixSeconds, random) });
  }
  const said: IceAnswer = { ttl: CREDENTIAL_SECONDS, iceServers };
  return JSON.stringify(said);
}
