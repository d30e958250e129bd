/** The clients of the signaling bench, as a process of their own. Each message is one piece of work; the answer, its figures. */
import { randomBytes } from 'node:crypto';
import { WebSocket } from 'ws';
import { percentile } from './statistics.mjs';

const SUB = 1;
const PUB = 3;
const PING = 7;
/** Sockets that are opened at the same time. */
const OPENING = 100;
/** Frames of each pair that are under way at the same time. */
const WINDOW = 16;

let sockets = [];
const works = { open, throughput, latency, close };
process.on('message', async ({ work, ...options }) => {
  process.send((await works[work](options)) ?? {});
});
process.once('disconnect', () => process.exit());

function connect(port, n) {
  // Loopback has addresses enough; no limit of ports is reached.
  const socket = new WebSocket(`ws://127.0.0.1:${port}/signal`, ['aparte.1'], {
    ...{ origin: `http://127.0.0.1:${port}`, perMessageDeflate: false },
    localAddress: `127.0.1.${1 + (n % 200)}`
  });
  sockets.push(socket);
  return new Promise((resolve, reject) => {
    socket.once('open', () => {
      resolve(socket);
    });
    socket.once('error', reject);
  });
}

const subscription = (topics) => Buffer.concat([Buffer.of(SUB, topics.length), ...topics]);

/** Idle sockets, with topics that nobody else has. */
async function open({ port, count, topics = 0 }) {
  const start = performance.now();
  let next = 0;
  const one = async () => {
    while (next < count) {
      const socket = await connect(port, next++);
      if (topics === 0) continue;
      socket.send(subscription(Array.from({ length: topics }, () => randomBytes(32))));
      const done = new Promise((resolve) => socket.once('message', resolve));
      socket.send(Buffer.of(PING));
      await done;
    }
  };
  await Promise.all(Array.from({ length: OPENING }, one));
  return { perSecond: (count * 1_000) / (performance.now() - start) };
}

/** Pairs, the first of each at the first port, the second at the last; both have said where they are. */
async function pairs({ kind, ports, count, bytes }) {
  return Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const topic = randomBytes(32);
      const ends = [await connect(ports[0], n), await connect(ports.at(-1), n)];
      for (const socket of ends) {
        socket.send(kind === 'bare' ? topic : subscription([topic]));
        if (kind === 'bare') continue;
        await new Promise((resolve) => {
          socket.once('message', resolve);
          if (socket === ends[0]) socket.send(Buffer.of(PING));
        });
      }
      // The bare relay gets frames of the same length, without the topic's meaning.
      return { ends, frame: Buffer.concat([Buffer.of(PUB), topic, Buffer.alloc(bytes)]) };
    })
  );
}

/** Frames a second when each pair always has some under way. */
async function throughput({ seconds, ...options }) {
  const all = await pairs(options);
  let relayed = 0;
  for (const { ends, frame } of all) {
    ends[1].on('message', (data) => {
      if (data.length < frame.length) return;
      relayed++;
      ends[0].send(frame);
    });
    for (let i = 0; i < WINDOW; i++) ends[0].send(frame);
  }
  await pause(500);
  const [from, start] = [relayed, performance.now()];
  await pause(seconds * 1_000);
  const result = { perSecond: ((relayed - from) * 1_000) / (performance.now() - start), relayed };
  await close();
  return { ...result, relayed };
}

/** At a fixed rate, with a share of pairs whose readers do not read: the delays of all others, milliseconds. */
async function latency({ seconds, rate, slow, ...options }) {
  const all = await pairs(options);
  const delays = [];
  all.forEach(({ ends, frame }, n) => {
    if (n < slow * all.length) ends[1].pause();
    else {
      ends[1].on('message', (data) => {
        if (data.length === frame.length)
          delays.push(performance.now() - data.readDoubleBE(frame.length - 8));
      });
    }
  });
  const start = performance.now();
  for (let sent = 0; performance.now() - start < seconds * 1_000;) {
    for (const due = ((performance.now() - start) * rate) / 1_000; sent < due; sent++) {
      const { ends, frame } = all[sent % all.length];
      if (ends[0].readyState !== WebSocket.OPEN) continue;
      frame.writeDoubleBE(performance.now(), frame.length - 8);
      ends[0].send(Buffer.from(frame));
    }
    await pause(1);
  }
  await pause(300);
  const result = { p50: percentile(delays, 0.5), p99: percentile(delays, 0.99), frames: delays.length };
  await close();
  return result;
}

async function close() {
  const gone = sockets.filter(({ readyState }) => readyState !== WebSocket.CLOSED);
  sockets = [];
  await Promise.all(
    gone.map(
      (socket) =>
        new Promise((resolve) => {
          socket.once('close', resolve);
          socket.terminate();
        })
    )
  );
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
