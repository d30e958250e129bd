/**
 * What a hundred million people a month ask of the signaling layer: a simulation of its events in time, priced with the
 * costs that "npm run bench -- signaling" measures. signaling/CAPACITY.md says what the numbers mean. All assumptions are
 * in two tables, and can be argued with there.
 */
import { rounded } from './statistics.mjs';

/** About people. Messages do not pass the server: how many there are matters to nobody here. */
const WORLD = {
  monthly: 100e6,
  newcomersADay: 350_000,
  messagesADay: 15e9,
  /** Of the monthly, who come on one day; how often each does, and how long the page is open then. */
  dailyShare: 0.4,
  sessionsADay: 8,
  sessionMinutes: 12,
  /** Day and night: the busiest hour has so much more than the mean. */
  peak: 2,
  contacts: 15,
  invitations: 0.2,
  /** Of one's contacts, who are there when one comes; each of them is met with so many frames there and back. */
  present: 0.15,
  handshakeFrames: 8,
  /** Phones change networks: reconnections of an open page. */
  reconnectsAnHour: 3
};

/** Measured on one of two cores, before whatever else they did (CAPACITY.md): bytes, and milliseconds of one core. */
const COST = {
  socketBytes: 10.4 * 1_024,
  topicBytes: 265,
  openMs: 0.13,
  // With Redis between the nodes: a node's part, then that of Redis.
  subscribeTopicRedisMs: 0.56 / 30,
  frameRedisMs: 0.0356,
  redisTopicBytes: 241,
  redisTopicMs: 0.0031,
  redisFrameMs: 0.0068,
  frameWireBytes: 4_129 + 60,
  handshakeWireBytes: 6_000
};

/** What one node is given: it may have 16,000 sockets (limits.ts), and half of a core, for the day on which half are gone. */
const NODE = { sockets: 16_000, core: 0.5, redisCore: 0.5 };

const TOPICS = 3 * (WORLD.contacts + WORLD.invitations);

export function capacity() {
  const daily = WORLD.monthly * WORLD.dailyShare;
  const mean = (daily * WORLD.sessionsADay * WORLD.sessionMinutes) / (24 * 60);
  const sockets = mean * WORLD.peak;
  const arrivals = (daily * WORLD.sessionsADay * WORLD.peak) / 86_400;
  const reconnects = (sockets * WORLD.reconnectsAnHour) / 3_600;
  const opens = arrivals + reconnects;
  const meetings = opens * WORLD.contacts * WORLD.present;
  const frames = meetings * WORLD.handshakeFrames + (WORLD.newcomersADay * 6 * WORLD.peak) / 86_400;
  const topicChanges = opens * TOPICS * 2;

  const cpu =
    (opens * COST.openMs + opens * TOPICS * COST.subscribeTopicRedisMs + frames * COST.frameRedisMs) / 1_000;
  const redisCpu = (topicChanges * COST.redisTopicMs + frames * COST.redisFrameMs) / 1_000;
  const nodes = Math.ceil(Math.max(sockets / NODE.sockets, cpu / NODE.core));
  const load = {
    'people a day': daily,
    'sockets in the busiest hour': sockets,
    'of them opened a second (arrivals and reconnections)': opens,
    topics: sockets * TOPICS,
    'topics that come and go a second': topicChanges,
    'frames relayed a second': frames,
    'messages a second that the server does not see': (WORLD.messagesADay * WORLD.peak) / 86_400,
    nodes,
    'GB of memory of all nodes': (sockets * (COST.socketBytes + TOPICS * COST.topicBytes)) / 1e9,
    'cores of work of all nodes': cpu,
    'Gbit/s of all nodes, in and out':
      (8 * (opens * COST.handshakeWireBytes + 2 * frames * COST.frameWireBytes)) / 1e9,
    'GB of memory of Redis': (sockets * TOPICS * COST.redisTopicBytes) / 1e9,
    'cores of work of Redis': redisCpu,
    'servers of a Redis cluster': Math.ceil(redisCpu / NODE.redisCore)
  };
  const waves = simulate(sockets);
  return {
    title: `capacity: ${(WORLD.monthly / 1e6).toFixed(0)} million people a month`,
    rows: [
      ['', 'value', ''],
      ...Object.entries(load).map(([name, value]) => [name, format(value), '']),
      ['', '', ''],
      ['what comes in waves', 'busiest second', '/ mean'],
      ...waves.map(({ name, peak, ratio }) => [name, format(peak), rounded(ratio, 1)])
    ],
    result: { load, waves }
  };
}

/** Second by second, over what clients do by the code of today and by what it was: the same draws, spread differently. */
function simulate(sockets) {
  const random = seeded(1);
  const sample = 200_000;
  const scale = sockets / sample;
  const uniform = (from, to) => from + (to - from) * random();
  const ofNode = NODE.sockets / sample;
  const cases = [
    [
      'topics at a new epoch: every page looks every 30 s (before)',
      scale * TOPICS * (2 / 3),
      () => uniform(0, 30),
      3_600
    ],
    [
      'topics at a new epoch: each page has its place in the hour',
      scale * TOPICS * (2 / 3),
      () => uniform(0, 30) + uniform(0, 3_600),
      3_600
    ],
    [
      'sockets, a node restarts (1012): back-off of a broken line (before)',
      ofNode,
      () => backoff(uniform, 0),
      8
    ],
    ['sockets, a node restarts (1012): 0.25 to 8 s', ofNode, () => uniform(0.25, 8), 8],
    ['sockets, a node dies: back-off, other nodes take them', ofNode, () => backoff(uniform, 0), 8],
    [
      'sockets, all nodes restart for an update, one each 30 s',
      scale,
      () => Math.floor(uniform(0, sockets / NODE.sockets)) * 30 + uniform(0.25, 8),
      (sockets / NODE.sockets) * 30
    ]
  ];
  return cases.map(([name, weight, draw, span]) => {
    const seconds = new Map();
    for (let i = 0; i < sample; i++) {
      const second = Math.floor(draw());
      seconds.set(second, (seconds.get(second) ?? 0) + weight);
    }
    const peak = Math.max(...seconds.values());
    return { name, peak, ratio: peak / ((sample * weight) / span) };
  });
}

/** src/lib/backoff.ts */
function backoff(uniform, attempts) {
  return 0.5 * 2 ** attempts * uniform(0.75, 1.25);
}

/** mulberry32: the same draws in every run. */
function seeded(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function format(value) {
  return value >= 100 ? Math.round(value).toLocaleString('en') : rounded(value, 1);
}
