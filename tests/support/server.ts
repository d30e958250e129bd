/** The real server: the compiled process on a free port, which can be stopped and started again on the same one. */
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { Address } from './person.ts';

export const ROOT = join(import.meta.dirname, '../..');
export const BUILD = join(ROOT, 'build');

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface Run {
  readonly child: ChildProcess;
  readonly greeting: Promise<string>;
  readonly ended: Promise<Ended>;
}

/** Starts the process; `greeting` is its first line, and rejects when it ends without one. */
export function run(
  port: number,
  build: string = BUILD,
  environment: Readonly<Record<string, string>> = {}
): Run {
  const child = spawn(process.execPath, [join(build, 'server/signaling/main.js')], {
    // One browser is many people here: they all come from one address.
    env: { ...process.env, PORT: String(port), HOST: '127.0.0.1', ...environment },
    stdio: ['ignore', 'pipe', 'pipe']
  });
  let out = '';
  let err = '';
  child.stderr.on('data', (data) => (err += String(data)));
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => {
      resolve({ code, out, err });
    });
  });
  const greeting = new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (data) => {
      out += String(data);
      if (out.includes('\n')) resolve(out.split('\n', 1)[0] ?? '');
    });
    child.on('close', () => {
      reject(new Error(`The server ended: ${err}`));
    });
  });
  // Whoever waits for the end need not wait for the greeting.
  greeting.catch(() => undefined);
  return { child, greeting, ended };
}

export class Server implements Address {
  wasStopped = false;
  #build: string;
  readonly #environment: Readonly<Record<string, string>>;
  #port = 0;
  #run: Run | null = null;

  constructor(build: string = BUILD, environment: Readonly<Record<string, string>> = {}) {
    this.#build = build;
    this.#environment = environment;
  }

  get port(): number {
    return this.#port;
  }

  get origin(): string {
    return `http://localhost:${String(this.#port)}`;
  }

  async start(): Promise<void> {
    const started = run(this.#port, this.#build, this.#environment);
    this.#run = started;
    this.#port = Number(/:(\d+)$/.exec(await started.greeting)?.[1]);
  }

  async stop(): Promise<void> {
    this.wasStopped = true;
    const stopped = this.#run;
    this.#run = null;
    stopped?.child.kill('SIGTERM');
    await stopped?.ended;
  }

  /** The same address, from now on with another build. */
  async replace(build: string): Promise<void> {
    await this.stop();
    this.#build = build;
    await this.start();
  }

  /** At once and without a word, as a crash. */
  async kill(): Promise<void> {
    this.wasStopped = true;
    const killed = this.#run;
    this.#run = null;
    killed?.child.kill('SIGKILL');
    await killed?.ended;
  }
}
