import { describe, expect, it } from 'vitest';
import { Buckets } from '../../signaling/bucket.ts';
import { CREDENTIAL_SECONDS, iceAnswer, NO_ICE, turnCredentials } from '../../signaling/ice.ts';
import { LIMITS } from '../../signaling/limits.ts';
import { decodeIceAnswer } from '../../src/lib/wire/ice-servers.ts';
import { startServer } from './harness.ts';

const SETTINGS = {
  stunUrls: ['stun:turn.example:3478'],
  turnUrls: ['turn:turn.example:3478?transport=udp', 'turn:turn.example:3478?transport=tcp'],
  turnSecret: 'north'
};
const HOUR = 3_600;

describe('TURN credentials', () => {
  it('are what OpenSSL makes of the same secret and name', () => {
    // printf %s "1433895918:0102030405060708" | openssl dgst -sha1 -hmac north -binary | base64
    const random = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    expect(turnCredentials('north', 1_433_895_918 - CREDENTIAL_SECONDS, random)).toEqual({
      username: '1433895918:0102030405060708',
      credential: 'ASL4eAtzPIRBSGzeaRBnUMZYRRo='
    });
  });

  it('die after hours, not at once and not after days, and are nobody’s twice', () => {
    const [one, other] = [1, 2].map((fill) =>
      turnCredentials('north', 1_000.9, new Uint8Array(8).fill(fill))
    );
    const expiry = Number(one?.username.split(':')[0]);
    expect(expiry).toBe(1_000 + CREDENTIAL_SECONDS);
    expect(CREDENTIAL_SECONDS).toBeGreaterThanOrEqual(HOUR);
    expect(CREDENTIAL_SECONDS).toBeLessThanOrEqual(24 * HOUR);
    expect(one?.username).not.toBe(other?.username);
    expect(one?.credential).not.toBe(other?.credential);
  });

  it('are in the answer that the app understands, and the secret is not', () => {
    const text = iceAnswer(SETTINGS, 1_000, new Uint8Array(8));
    expect(text).not.toContain('north');
    const { username, credential } = turnCredentials('north', 1_000, new Uint8Array(8));
    expect(decodeIceAnswer(text)).toEqual({
      ttl: CREDENTIAL_SECONDS,
      iceServers: [{ urls: SETTINGS.stunUrls }, { urls: SETTINGS.turnUrls, username, credential }]
    });
  });

  it('are for nobody where none are set', () => {
    const stunOnly = { ...NO_ICE, stunUrls: ['stun:turn.example'] };
    expect(decodeIceAnswer(iceAnswer(NO_ICE, 1, new Uint8Array(8))).iceServers).toEqual([]);
    expect(decodeIceAnswer(iceAnswer(stunOnly, 1, new Uint8Array(8))).iceServers).toEqual([
      { urls: ['stun:turn.example'] }
    ]);
  });
});

describe('GET /ice', () => {
  const ask = (port: number, method = 'GET'): Promise<Response> =>
    fetch(`http://127.0.0.1:${String(port)}/ice`, { method });

  it('says which servers there are, to the own pages only and for no cache', async () => {
    const { port } = await startServer({ ice: SETTINGS });
    const before = Math.floor(Date.now() / 1_000);
    const response = await ask(port);
    const { headers } = response;
    expect([response.status, headers.get('content-type'), headers.get('cache-control')]).toEqual([
      200,
      'application/json',
      'no-store'
    ]);
    expect(headers.get('access-control-allow-origin')).toBe(null);
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
    const { iceServers } = decodeIceAnswer(await response.text());
    const { username = '', credential } = iceServers[1] ?? { urls: [] };
    const [expiry, random = ''] = username.split(':');
    expect(Number(expiry)).toBeGreaterThanOrEqual(before + CREDENTIAL_SECONDS);
    const bytes = Uint8Array.from(Buffer.from(random, 'hex'));
    expect(turnCredentials('north', Number(expiry) - CREDENTIAL_SECONDS, bytes).credential).toBe(credential);
  });

  it('says that there are none, as long as nobody has set any', async () => {
    const { port } = await startServer();
    expect(decodeIceAnswer(await (await ask(port)).text()).iceServers).toEqual([]);
    expect((await ask(port, 'POST')).status).toBe(405);
  });

  it('is for an address only so often, and says so', async () => {
    let now = 0;
    const limits = { credentialsAtOnce: 2, credentialsPerSecond: 1 };
    const { port } = await startServer({ ice: SETTINGS, limits, now: () => now });
    const status = async (): Promise<number> => (await ask(port)).status;
    expect([await status(), await status(), await status()]).toEqual([200, 200, 429]);
    now = 1_000;
    expect([await status(), await status()]).toEqual([200, 429]);
  });

  it('has enough for every socket of an address', () => {
    expect(LIMITS.credentialsAtOnce).toBeGreaterThanOrEqual(LIMITS.socketsPerAddress);
  });
});

describe('buckets', () => {
  it('are one for each key', () => {
    const buckets = new Buckets(1, 1, 10);
    expect(['a', 'a', 'b', 'b'].map((key) => buckets.take(key, 0))).toEqual([true, false, true, false]);
    expect(buckets.take('a', 1_000)).toBe(true);
  });

  it('are forgotten when they are full again, and the oldest when they are too many', () => {
    const buckets = new Buckets(1, 1, 3);
    for (const key of ['a', 'b']) buckets.take(key, 0);
    buckets.take('c', 500);
    expect(buckets.size).toBe(3);
    buckets.take('d', 1_000);
    expect(buckets.size).toBe(2);
    for (const key of ['e', 'f', 'g']) buckets.take(key, 1_000);
    expect(buckets.size).toBe(3);
    // Whoever asks again and again does not push themselves out.
    expect(buckets.take('g', 1_001)).toBe(false);
  });
});
