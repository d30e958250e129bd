/**
 * A piece of internet in network namespaces: a public segment with the servers on it, and two people behind routers that
 * translate addresses.
 *
 *   world 203.0.113.1 --+-- router 203.0.113.11 -- alice 10.0.1.2
 *                       +-- router 203.0.113.12 -- bob   10.0.2.2     (in the same network: behind Alice's router)
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const KINDS = ['same network', 'cone', 'symmetric', 'UDP blocked'] as const;
export type Kind = (typeof KINDS)[number];
export type Who = 'alice' | 'bob';

export const WORLD = '203.0.113.1';
const ROUTERS = { alice: '203.0.113.11', bob: '203.0.113.12' } as const;
const PEOPLE: readonly Who[] = ['alice', 'bob'];
const PREFIX = 'aparte-nat-';
const PROGRAMS = { ip: ['-V'], iptables: ['-V'], turnserver: ['--version'] } as const;

/** What keeps it from running here, in one sentence; null: nothing. */
export function obstacle(): string | null {
  if (process.getuid?.() !== 0) return 'test:nat makes network namespaces, which only root may.';
  for (const [program, args] of Object.entries(PROGRAMS)) {
    try {
      execFileSync(program, args, { stdio: 'ignore' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') continue;
      return `test:nat needs ${program}: apt-get install coturn iproute2 iptables.`;
    }
  }
  try {
    ip('netns', 'add', `${PREFIX}try`);
    iptables('try', '-t', 'nat', '-A', 'POSTROUTING', '-j', 'MASQUERADE');
    return null;
  } catch (error) {
    return `test:nat cannot make a network namespace that translates addresses here (${String(error)}).`;
  } finally {
    remove('try');
  }
}

export class Network {
  readonly #children: ChildProcess[] = [];
  readonly #scripts = mkdtempSync(join(tmpdir(), 'aparte-nat-'));

  constructor(kind: Kind) {
    // What a run that was cut off has left behind.
    this.#clear();
    namespace('world');
    bridge('world', 'street', `${WORLD}/24`);
    const routers = kind === 'same network' ? PEOPLE.slice(0, 1) : PEOPLE;
    routers.forEach((who, index) => {
      this.#router(who, `10.0.${String(index + 1)}`, kind);
    });
    PEOPLE.forEach((who, index) => {
      const shared = kind === 'same network';
      const [router, net] = shared
        ? (['alice', '10.0.1'] as const)
        : ([who, `10.0.${String(index + 1)}`] as const);
      namespace(who);
      cable(who, 'eth0', `router-${router}`, `to-${who}`, 'home');
      address(who, 'eth0', `${net}.${String(index + 2)}/24`);
      ip('-n', PREFIX + who, 'route', 'add', 'default', 'via', `${net}.1`);
    });
  }

  /** Starts a program there; it is ended with the network. `ready`: what it prints when it is up. */
  async start(
    where: Who | 'world',
    ready: RegExp,
    command: readonly string[],
    env: Readonly<Record<string, string>> = {}
  ): Promise<ChildProcess> {
    const child = spawn('ip', ['netns', 'exec', PREFIX + where, ...command], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe']
    });
    this.#children.push(child);
    let said = '';
    await new Promise<void>((resolve, reject) => {
      const hear = (data: unknown): void => {
        said += String(data);
        if (ready.test(said)) resolve();
      };
      child.stdout.on('data', hear);
      child.stderr.on('data', hear);
      child.on('close', () => {
        reject(new Error(`${command.join(' ')} ended: ${said}`));
      });
    });
    return child;
  }

  /** A program that runs another one there: for those who want the path of a browser. */
  runner(where: Who, program: string): string {
    const path = join(this.#scripts, where);
    writeFileSync(path, `#!/bin/sh\nexec ip netns exec ${PREFIX}${where} ${program} "$@"\n`, { mode: 0o755 });
    return path;
  }

  /** Counts from now on what goes to the other's router and what comes from it, past the world's machine. */
  watch(who: Who): () => number {
    const other = ROUTERS[who === 'alice' ? 'bob' : 'alice'];
    for (const side of ['-s', '-d']) iptables(`router-${who}`, '-I', 'FORWARD', side, other);
    return () => {
      const lines = iptables(`router-${who}`, '-L', 'FORWARD', '-v', '-x', '-n').split('\n');
      return lines
        .filter((line) => line.includes(other))
        .reduce((sum, line) => sum + Number(line.trim().split(/\s+/)[0]), 0);
    };
  }

  /** From now on so many of all packets through this router are lost, either way; 0: none any more, 1: nothing passes. */
  lose(who: Who, part: number): void {
    const router = `router-${who}`;
    const rules = iptables(router, '-S', 'FORWARD').split('\n');
    for (const rule of rules.filter((one) => one.includes('--mode random')))
      iptables(router, '-D', ...rule.split(' ').slice(1));
    const lot = ['-m', 'statistic', '--mode', 'random', '--probability', String(part)];
    if (part > 0) iptables(router, '-I', 'FORWARD', ...lot, '-j', 'DROP');
  }

  /** Another network behind the same router: the device has another address, and what went through the old one is dead. */
  move(who: Who): void {
    const [device, net] = [PREFIX + who, `10.0.${String(PEOPLE.indexOf(who) + 1)}`];
    ip('-n', device, 'addr', 'flush', 'dev', 'eth0');
    address(who, 'eth0', `${net}.200/24`);
    ip('-n', device, 'route', 'replace', 'default', 'via', `${net}.1`);
  }

  async down(): Promise<void> {
    const running = this.#children.filter(
      ({ exitCode, signalCode }) => exitCode === null && signalCode === null
    );
    const ended = running.map((child) => new Promise((resolve) => child.once('close', resolve)));
    for (const child of running) child.kill();
    await Promise.all(ended);
    this.#clear();
    rmSync(this.#scripts, { recursive: true, force: true });
  }

  #clear(): void {
    for (const name of [...PEOPLE, ...PEOPLE.map((who) => `router-${who}`), 'world']) remove(name);
  }

  #router(who: Who, net: string, kind: Kind): void {
    const name = `router-${who}`;
    namespace(name);
    cable(name, 'out', 'world', `to-${who}`, 'street');
    address(name, 'out', `${ROUTERS[who]}/24`);
    bridge(name, 'home', `${net}.1/24`);
    sysctl(name, 'net.ipv4.ip_forward=1');
    // A stranger's packet is dropped before it is tracked: it would take the port that a hole is to be punched through.
    for (const chain of ['INPUT', 'FORWARD']) iptables(name, '-P', chain, 'DROP');
    iptables(name, '-A', 'FORWARD', '-i', 'home', '-o', 'home', '-j', 'ACCEPT');
    iptables(
      name,
      '-A',
      'FORWARD',
      '-i',
      'out',
      '-m',
      'conntrack',
      '--ctstate',
      'ESTABLISHED',
      '-j',
      'ACCEPT'
    );
    if (kind === 'UDP blocked') iptables(name, '-A', 'FORWARD', '-i', 'home', '-p', 'udp', '-j', 'REJECT');
    iptables(name, '-A', 'FORWARD', '-i', 'home', '-o', 'out', '-j', 'ACCEPT');
    // A cone keeps the port that a device has chosen, for every destination; a symmetric one draws lots for each.
    const mapping = kind === 'symmetric' ? ['--random-fully'] : [];
    iptables(name, '-t', 'nat', '-A', 'POSTROUTING', '-o', 'out', '-j', 'MASQUERADE', ...mapping);
  }
}

function namespace(name: string): void {
  ip('netns', 'add', PREFIX + name);
  // A device gives itself an IPv6 address after seconds: to a browser that is another network, in the middle of a test.
  for (const which of ['all', 'default']) sysctl(name, `net.ipv6.conf.${which}.disable_ipv6=1`);
  ip('-n', PREFIX + name, 'link', 'set', 'lo', 'up');
}

function remove(name: string): void {
  try {
    // Whoever is still in there was left by a run that was cut off, and would be out of reach afterwards.
    for (const pid of ip('netns', 'pids', PREFIX + name).split('\n'))
      if (pid !== '') process.kill(Number(pid));
    ip('netns', 'del', PREFIX + name);
  } catch {
    // There is none.
  }
}

function bridge(where: string, name: string, cidr: string): void {
  ip('-n', PREFIX + where, 'link', 'add', name, 'type', 'bridge');
  address(where, name, cidr);
}

function address(where: string, device: string, cidr: string): void {
  ip('-n', PREFIX + where, 'addr', 'add', cidr, 'dev', device);
  ip('-n', PREFIX + where, 'link', 'set', device, 'up');
}

/** From a device of one namespace to a port of a bridge in another. */
function cable(from: string, device: string, to: string, port: string, into: string): void {
  const [near, far] = [PREFIX + from, PREFIX + to];
  ip('link', 'add', device, 'netns', near, 'type', 'veth', 'peer', 'name', port, 'netns', far);
  ip('-n', far, 'link', 'set', port, 'master', into, 'up');
}

function ip(...args: readonly string[]): string {
  return execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function sysctl(where: string, setting: string): void {
  ip('netns', 'exec', PREFIX + where, 'sysctl', '-qw', setting);
}

function iptables(where: string, ...args: readonly string[]): string {
  return ip('netns', 'exec', PREFIX + where, 'iptables', ...args);
}
