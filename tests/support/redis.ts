/** A real Redis or Valkey of the test's own: a process that can be killed and started again on the same port. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { findProgram } from './program.ts';

const NAMES = ['redis-server', 'valkey-server'];
export const MISSING =
  'There is no Redis here: apt-get install redis-server (or valkey-server), or REDIS_SERVER=/path/to/it.';

/** Where it is; as root it is installed where it is not. Null: neither is possible. */
export function findRedis(): string | null {
  const found = findProgram('REDIS_SERVER', NAMES);
  if (found !== null || process.getuid?.() !== 0) return found;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // Without a network it would wait for one.
  const options = { stdio: 'ignore', env, timeout: 60_000 } as const;
  spawnSync('apt-get', ['install', '-y', '--no-install-recommends', 'redis-server'], options);
  return findProgram('REDIS_SERVER', NAMES);
}

export class RedisServer {
  readonly #program: string;
  readonly #cluster: boolean;
  readonly #directory = mkdtempSync(join(tmpdir(), 'aparte-redis-'));
  #port = 0;
  #child: ChildProcess | null = null;

  constructor(program: string, { cluster = false } = {}) {
    this.#program = program;
    this.#cluster = cluster;
  }

  get url(): string {
    return `redis://127.0.0.1:${String(this.#port)}`;
  }

  async start(): Promise<void> {
    this.#port ||= await freePort();
    const settings = {
      port: String(this.#port),
      bind: '127.0.0.1',
      dir: this.#directory,
      save: '',
      appendonly: 'no',
      ...(this.#cluster && { 'cluster-enabled': 'yes', 'cluster-announce-ip': '127.0.0.1' })
    };
    const child = spawn(
      this.#program,
      Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
      { stdio: ['ignore', 'pipe', 'pipe'] }
    );
    this.#child = child;
    await new Promise<void>((resolve, reject) => {
      let out = '';
      child.stdout.on('data', (data) => {
        out += String(data);
        if (out.includes('Ready to accept connections')) resolve();
      });
      child.once('exit', () => {
        reject(new Error(`Redis ended: ${out}`));
      });
    });
    if (this.#cluster) await this.#takeSlots();
  }

  /** At once and without a word. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child?.exitCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** A cluster of one. */
  async #takeSlots(): Promise<void> {
    const redis = new Redis(this.url);
    await redis.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383').catch(() => undefined);
    while (!String(await redis.call('CLUSTER', 'INFO')).includes('cluster_state:ok')) await redis.ping();
    redis.disconnect();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
