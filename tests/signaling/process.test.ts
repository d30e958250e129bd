/** The process as it is started: compiled, on its own, told by signals and the environment. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { decodeIceAnswer } from '../../src/lib/wire/ice-servers.ts';
import { Client, compileServer, topic, writeApp } from './harness.ts';

const ROOT = join(import.meta.dirname, '../..');
let directory: string;

beforeAll(() => {
  // Below the project, so that the compiled server finds its packages.
  mkdirSync(join(ROOT, 'build'), { recursive: true });
  directory = mkdtempSync(join(ROOT, 'build', 'process-test-'));
  writeApp(join(directory, 'app'));
  compileServer(join(directory, 'server'));
}, 60_000);

afterAll(() => {
  rmSync(directory, { recursive: true });
});

interface Run {
  readonly child: ChildProcess;
  /** What was printed when the process ended, and its exit code. */
  readonly ended: Promise<{ code: number | null; out: string; err: string }>;
  /** The first line. */
  readonly greeting: Promise<string>;
}

function start(environment: Record<string, string>): Run {
  const child = spawn(process.execPath, [join(directory, 'server/signaling/main.js')], {
    env: { ...process.env, PORT: '0', HOST: '127.0.0.1', ...environment },
    stdio: ['ignore', 'pipe', 'pipe']
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let out = '';
  let err = '';
  child.stderr.on('data', (data) => (err += String(data)));
  const greeting = new Promise<string>((resolve) => {
    child.stdout.on('data', (data) => {
      out += String(data);
      if (out.includes('\n')) resolve(out.split('\n', 1)[0] ?? '');
    });
  });
  const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
    child.on('close', (code) => {
      resolve({ code, out, err });
    });
  });
  return { child, ended, greeting };
}

const portOf = (greeting: string): string => /:(\d+)$/.exec(greeting)?.[1] ?? '';

describe('the server process', () => {
  it('says where it is, and a second one that the port is taken', async () => {
    const first = start({ HOST: '' });
    const greeting = await first.greeting;
    expect(greeting).toMatch(/^Aparté is at http:\/\/localhost:\d+$/);
    const port = portOf(greeting);
    const second = start({ HOST: '', PORT: port });
    expect(await second.ended).toEqual({
      code: 1,
      out: '',
      err: `Port ${port} is already taken: stop what uses it, or choose another with PORT=${String(Number(port) + 1)}.\n`
    });
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('on %s says 1012 to the open sockets and ends', async (signal) => {
    const { child, ended, greeting } = start({});
    const client = await Client.open(Number(portOf(await greeting)));
    child.kill(signal);
    expect(await client.closed).toBe(1012);
    expect(await ended).toMatchObject({ code: 0, err: '' });
  });

  it('writes down in JSON that it began and ended, when it is asked to, and nothing of anybody', async () => {
    const { child, ended, greeting } = start({ LOG_LEVEL: 'info', SERVE_APP: 'off' });
    const port = Number(portOf(await greeting));
    const client = await Client.open(port);
    client.subscribe(topic(0xab));
    await client.settle();
    child.kill('SIGTERM');
    await client.closed;
    const { code, out } = await ended;
    const lines = out.trimEnd().split('\n').slice(1);
    const logged = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    for (const line of logged) expect(line.time).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(logged.map(({ time: _time, ms: _ms, ...rest }) => rest)).toEqual([
      { level: 'info', event: 'listening', port, app: false, redis: false },
      { level: 'info', event: 'closing', sockets: 1 },
      { level: 'info', event: 'closed' }
    ]);
    expect(code).toBe(0);
    expect(Number(logged.at(-1)?.ms)).toBeLessThan(5_000);
  });

  it('comes up without its Redis, says that it is degraded and writes it down, and ends when it is told to', async () => {
    // Nobody listens on port 1.
    const { child, ended, greeting } = start({ REDIS_URL: 'redis://user:secret@127.0.0.1:1' });
    const lost = new Promise<void>((resolve) => {
      child.stdout?.on('data', (data) => {
        if (String(data).includes('"event":"backplane-lost"')) resolve();
      });
    });
    const port = portOf(await greeting);
    expect(await (await fetch(`http://127.0.0.1:${port}/healthz`)).text()).toMatch(/^degraded/);
    await lost;
    child.kill('SIGTERM');
    const { code, out, err } = await ended;
    expect([code, err]).toEqual([0, '']);
    expect(out).not.toContain('secret');
  });

  it('hands out credentials for the TURN server that it was told of', async () => {
    const TURN_URLS = 'turn:turn.example:3478?transport=udp turn:turn.example:3478?transport=tcp';
    const { greeting } = start({ STUN_URLS: 'stun:turn.example', TURN_URLS, TURN_SECRET: 'north' });
    const response = await fetch(`http://127.0.0.1:${portOf(await greeting)}/ice`);
    const { iceServers } = decodeIceAnswer(await response.text());
    expect(iceServers.map(({ urls }) => urls)).toEqual([['stun:turn.example'], TURN_URLS.split(' ')]);
    const { username = '', credential } = iceServers[1] ?? { urls: [] };
    expect(credential).toBe(createHmac('sha1', 'north').update(username).digest('base64'));
  });

  it.each([
    [{ PORT: 'eighty' }, 'PORT must be a whole number from 0 to 65535, not "eighty".\n'],
    [{ PORT: '65536' }, 'PORT must be a whole number from 0 to 65535, not "65536".\n'],
    [
      // An address that belongs to nobody (RFC 5737).
      { HOST: '192.0.2.1' },
      'HOST must be an address of this machine, such as 127.0.0.1, not "192.0.2.1"; without it, Aparté listens on all of them.\n'
    ],
    [{ PROXIES: '-1' }, 'PROXIES must be a whole number from 0 to 8, not "-1".\n'],
    [
      { SOCKETS_PER_ADDRESS: '0' },
      'SOCKETS_PER_ADDRESS must be a whole number from 32 to 1000000, not "0".\n'
    ],
    [
      { METRICS_TOKEN: 'open sesame' },
      'METRICS_TOKEN must be one word of ASCII letters, digits and signs, without a space.\n'
    ],
    [
      { ORIGINS: 'https://chat.example/' },
      'ORIGINS must be origins such as https://chat.example, not "https://chat.example/".\n'
    ],
    [
      { ORIGINS: 'wss://chat.example' },
      'ORIGINS must be origins such as https://chat.example, not "wss://chat.example".\n'
    ],
    [
      { ORIGINS: 'https://a.example chat.example' },
      'ORIGINS must be origins such as https://chat.example, not "chat.example".\n'
    ],
    [
      { TURN_SECRET: 'north' },
      'TURN_SECRET and TURN_URLS belong together: set both to offer a relay, or neither to offer none.\n'
    ],
    [
      { TURN_URLS: 'turn:turn.example' },
      'TURN_SECRET and TURN_URLS belong together: set both to offer a relay, or neither to offer none.\n'
    ],
    [
      { TURN_SECRET: 'north', TURN_URLS: 'turn:turn.example, turn.example' },
      'TURN_URLS must be URLs such as turn:turn.example:3478?transport=udp, not "turn.example".\n'
    ],
    [
      { STUN_URLS: 'turn:turn.example' },
      'STUN_URLS must be URLs such as stun:turn.example:3478, not "turn:turn.example".\n'
    ],
    [
      { REDIS_URL: '127.0.0.1:6379' },
      'REDIS_URL must be a URL such as redis://127.0.0.1:6379, or rediss:// with TLS.\n'
    ],
    [
      { REDIS_URL: 'redis://redis:6379/names' },
      'REDIS_URL must be a URL such as redis://127.0.0.1:6379, or rediss:// with TLS.\n'
    ],
    [
      { REDIS_URL: 'http://user:secret@redis' },
      'REDIS_URL must be a URL such as redis://127.0.0.1:6379, or rediss:// with TLS.\n'
    ],
    [{ SERVE_APP: 'yes' }, 'SERVE_APP must be one of on, off, not "yes".\n'],
    [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL must be one of warn, info, error, silent, not "loud".\n'],
    [{ STUN_URLS: 'stun:a stun:b stun:c stun:d stun:e' }, 'STUN_URLS must be at most 4 URLs.\n']
  ])('with %j says what is wrong', async (environment, sentence) => {
    expect(await start(environment).ended).toEqual({ code: 1, out: '', err: sentence });
  });
});
