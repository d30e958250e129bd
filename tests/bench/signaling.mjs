/**
 * The server beside a bare ws relay of a few lines, in turns: each a process of its own, and the clients another, all on
 * this machine. What is to be compared are the columns of one run.
 *
 * Idle: sockets that are open and silent, then as many that listen to topics. Throughput: 50 pairs with 16 frames under
 * way each, in frames a second and in the server's CPU time a frame. The server knows bodies of 4,096 bytes only; for 256
 * it is the same code with that one number changed. Delay: 1,000 frames of 4 KiB a second, a twentieth of the readers
 * not reading. Two nodes: one side of each pair here, the other there, Redis (if there is one) between.
 */
import { fork } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median, rounded } from './statistics.mjs';
import { withTypeScript } from './typescript.mjs';

const BUILD = fileURLToPath(new URL('../../build', import.meta.url));
const IDLE = 10_000;
const TOPICS = 30;
const PAIRS = 50;
const SECONDS = 2;

/** @param {{ runs: number }} options */
export function signaling({ runs }) {
  if (!existsSync(join(BUILD, 'server'))) throw new Error('Nothing is built: run "npm run build" first.');
  return withTypeScript(async (load) => {
    const { findRedis, RedisServer } = await load('/tests/support/redis.ts');
    const small = smallerFrames();
    const program = findRedis();
    const redis = program === null ? null : new RedisServer(program);
    try {
      await redis?.start();
      const servers = { 256: small, 4096: join(BUILD, 'server') };
      const rounds = Math.min(runs, 5);
      const idle = { aparte: await idleCost('aparte', servers[4096]), bare: await idleCost('bare') };
      const rates = {};
      for (const bytes of [256, 4096]) {
        const houses = {
          bare: () => [{ kind: 'bare' }],
          one: () => [{ kind: 'aparte', server: servers[bytes] }],
          ...(redis && {
            two: () => [0, 1].map(() => ({ kind: 'aparte', server: servers[bytes], redis: redis.url }))
          })
        };
        rates[bytes] = await compare(houses, bytes, rounds, redis?.url);
      }
      const topicBytes = redis && (await redisCost(servers[4096], redis.url));
      return report(idle, rates, topicBytes, rounds);
    } finally {
      await redis?.remove();
      rmSync(small, { recursive: true });
    }
  });
}

/** The built server with bodies of 256 bytes. */
function smallerFrames() {
  const folder = mkdtempSync(join(BUILD, 'server-256-'));
  cpSync(join(BUILD, 'server'), folder, { recursive: true });
  const file = join(folder, 'src/lib/wire/signaling.js');
  const text = readFileSync(file, 'utf8');
  const changed = text.replace('BODY_BYTES = 4096', 'BODY_BYTES = 256');
  if (changed === text) throw new Error('the length of a body is not where it was');
  writeFileSync(file, changed);
  return folder;
}

async function idleCost(kind, server) {
  const node = await start({ kind, server });
  const load = worker('signaling-load.mjs');
  const before = await node.ask();
  const { perSecond } = await load.ask({ work: 'open', port: node.port, count: IDLE });
  const open = await node.ask();
  const cost = {
    perSecond,
    openMs: (open.cpu - before.cpu) / IDLE,
    socket: (open.rss - before.rss) / IDLE,
    rss: open.rss
  };
  await load.ask({ work: 'close' });
  if (kind !== 'bare') {
    // On top of as many sockets as before, which have left their room behind.
    const again = await start({ kind, server });
    const empty = await again.ask();
    await load.ask({ work: 'open', port: again.port, count: IDLE, topics: TOPICS });
    const full = await again.ask();
    cost.topic = (full.rss - empty.rss - cost.socket * IDLE) / (IDLE * TOPICS);
    cost.subscribeMs = (full.cpu - empty.cpu) / IDLE - cost.openMs;
    again.end();
  }
  load.end();
  node.end();
  return cost;
}

/** In turns, so that whatever else the machine does hits all of them alike. */
async function compare(houses, bytes, rounds, redis) {
  const results = Object.fromEntries(
    Object.keys(houses).map((name) => [name, { perSecond: [], micros: [], redis: [], p50: [], p99: [] }])
  );
  for (let round = 0; round < rounds; round++) {
    for (const [name, specs] of Object.entries(houses)) {
      const nodes = await Promise.all(specs().map(start));
      const load = worker('signaling-load.mjs');
      const pairs = {
        kind: name === 'bare' ? 'bare' : 'aparte',
        ports: nodes.map(({ port }) => port),
        bytes
      };
      const cpu = async () =>
        (await Promise.all(nodes.map((node) => node.ask()))).reduce((sum, used) => sum + used.cpu, 0);
      // The first second is the compiler's.
      await load.ask({ work: 'throughput', ...pairs, count: PAIRS, seconds: 1 });
      const [before, redisBefore] = [await cpu(), await redisUse(name === 'two' ? redis : null)];
      const { perSecond, relayed } = await load.ask({
        ...{ work: 'throughput', ...pairs, count: PAIRS, seconds: SECONDS }
      });
      results[name].perSecond.push(perSecond);
      results[name].micros.push((((await cpu()) - before) * 1_000) / relayed);
      const { cpu: redisCpu } = await redisUse(name === 'two' ? redis : null);
      results[name].redis.push(((redisCpu - redisBefore.cpu) * 1e6) / relayed);
      const { p50, p99 } = await load.ask({
        ...{ work: 'latency', ...pairs, count: 2 * PAIRS, seconds: 2 * SECONDS },
        ...{ rate: 1_000, slow: 0.05 }
      });
      results[name].p50.push(p50);
      results[name].p99.push(p99);
      load.end();
      for (const node of nodes) node.end();
    }
  }
  const { bare } = results;
  return Object.fromEntries(
    Object.entries(results).map(([name, { perSecond, micros, redis, p50, p99 }]) => [
      name,
      {
        perSecond: median(perSecond),
        micros: median(micros),
        ratio: median(perSecond.map((rate, at) => rate / bare.perSecond[at])),
        cpuRatio: median(micros.map((cost, at) => bare.micros[at] / cost)),
        redis: median(redis),
        p50: median(p50),
        p99: median(p99)
      }
    ])
  );
}

/** What Redis keeps for a topic that one node listens to. */
async function redisCost(server, url) {
  const node = await start({ kind: 'aparte', server, redis: url });
  const load = worker('signaling-load.mjs');
  const [before, nodeBefore] = [await redisUse(url), await node.ask()];
  const sockets = IDLE / 5;
  await load.ask({ work: 'open', port: node.port, count: sockets, topics: TOPICS });
  const [after, nodeAfter] = [await redisUse(url), await node.ask()];
  const topics = sockets * TOPICS;
  load.end();
  node.end();
  return {
    bytes: (after.memory - before.memory) / topics,
    micros: ((after.cpu - before.cpu) * 1e6) / topics,
    nodeMs: (nodeAfter.cpu - nodeBefore.cpu) / sockets
  };
}

/** Bytes and seconds of the Redis at this address. */
async function redisUse(url) {
  if (!url) return { memory: 0, cpu: 0 };
  const { Redis } = await import('ioredis');
  const redis = new Redis(url);
  const text = await redis.info();
  redis.disconnect();
  const number = (name) => Number(new RegExp(`^${name}:([0-9.]+)`, 'm').exec(text)?.[1]);
  return { memory: number('used_memory'), cpu: number('used_cpu_user') + number('used_cpu_sys') };
}

async function start(spec) {
  const node = worker('signaling-node.mjs', ['--expose-gc']);
  const { port } = await node.ask(spec);
  return { ...node, port };
}

function worker(file, execArgv = []) {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), { execArgv });
  return {
    ask: (message = {}) =>
      new Promise((resolve, reject) => {
        child.once('message', resolve);
        child.once('exit', reject);
        child.send(message);
      }),
    end: () => {
      child.removeAllListeners('exit');
      child.disconnect();
    }
  };
}

function report(idle, rates, redis, rounds) {
  const kib = (bytes) => rounded(bytes / 1_024, 1);
  const { aparte, bare } = idle;
  const rows = Object.entries(rates).flatMap(([bytes, houses]) =>
    Object.entries(houses).map(([name, { perSecond, ratio, micros, cpuRatio, p50, p99 }]) => [
      `${bytes} B, ${{ bare: 'bare ws', one: 'one node', two: 'two nodes, Redis' }[name]}`,
      ...[rounded(perSecond), rounded(ratio, 2), rounded(micros, 1), rounded(cpuRatio, 2)],
      ...[rounded(p50, 1), rounded(p99, 1)]
    ])
  );
  const line = (name, ...values) => [name, ...values, ...Array(6 - values.length).fill('')];
  return {
    title: `signaling: medians of ${rounds} rounds in turns`,
    rows: [
      ['', 'frames/s', '/ bare', 'CPU µs a frame', 'bare / it', 'p50 ms', 'p99 ms at 1,000/s'],
      ...rows,
      line(''),
      line('', 'Aparté', 'bare ws'),
      line(`KiB a socket, ${IDLE} idle`, kib(aparte.socket), kib(bare.socket)),
      line('MB of the process with them', rounded(aparte.rss / 1e6), rounded(bare.rss / 1e6)),
      line('opened a second', rounded(aparte.perSecond), rounded(bare.perSecond)),
      line('CPU ms to open one', rounded(aparte.openMs, 2), rounded(bare.openMs, 2)),
      line(`CPU ms for its ${TOPICS} topics`, rounded(aparte.subscribeMs, 2)),
      line('bytes a topic', rounded(aparte.topic)),
      ...(redis
        ? [
            line(
              'CPU µs a frame of 256, of 4,096 B in Redis',
              ...[256, 4096].map((b) => rounded(rates[b].two.redis, 1))
            ),
            line('bytes a topic in Redis', rounded(redis.bytes)),
            line('CPU µs a topic in Redis', rounded(redis.micros, 1)),
            line(`CPU ms to open one with ${TOPICS} topics and Redis`, rounded(redis.nodeMs, 2))
          ]
        : [])
    ],
    result: { rounds, idle, rates, redis }
  };
}
