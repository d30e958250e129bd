/** What can be done to a server by those who have a few addresses and time. Each goes on until it is told to stop. */
import { randomBytes, randomInt } from 'node:crypto';
import { connect } from 'node:net';
import { request } from 'node:http';
import { WebSocket } from 'ws';

const port = process.argv[2];
let stopped = false;
let done = 0;

/**
 * By name: how many hands do it at the same time, and what one of them does, over and over.
 */
export const ATTACKS = {
  /** Requests that never end, a byte a second; 25 addresses. What becomes of them after five seconds is a part of it. */
  'slow-headers': [5_000, dribble],
  /** One byte a fragment, no end. */
  fragments: [20, (n) => onSocket(address(4, n % 4), fragment)],
  /** 64 KiB of headers. */
  'header-bomb': [30, bomb],
  pings: [30, (n) => onSocket(address(6, n % 4), ping)],
  /** As many topics as there is room for, of eight addresses with as many sockets as they may have. */
  topics: [512, (n) => onSocket(address(7, n % 8), subscribe)],
  /** Open, close, open; one address. */
  connections: [100, () => onSocket(address(8, 0), () => undefined)],
  megabytes: [10, (n) => onSocket(address(9, n % 4), megabyte)],
  /** 100,000 of them, from a hundred addresses; then nothing. */
  'random-frames': [100, (n) => (done < 100_000 ? onSocket(address(10, n), rubbish) : pause(500))],
  /** They listen and do not read, while others write to them. */
  'slow-readers': [20, deaf]
};

const attack = ATTACKS[process.argv[3]];
// This file is read for its names as well.
if (process.send && attack) {
  const [hands, act] = attack;
  process.on('message', ({ begin }) => {
    stopped = !begin;
    if (begin) for (let n = 0; n < hands; n++) void repeat(act, n);
    process.send({ done });
  });
  process.once('disconnect', () => process.exit());
  process.send('ready');
}

async function repeat(act, n) {
  while (!stopped) {
    await act(n);
    await pause(5 + randomInt(10));
  }
}

function address(net, n) {
  return `127.0.${net}.${n + 1}`;
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function dribble(n) {
  const socket = connect({ port, host: '127.0.0.1', localAddress: address(3, n % 25) });
  socket.on('error', () => undefined);
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ');
  const timer = setInterval(() => socket.write('x'), 1_000);
  done++;
  return new Promise((resolve) => {
    socket.on('close', () => {
      clearInterval(timer);
      resolve();
    });
  });
}

function bomb() {
  done++;
  return new Promise((resolve) => {
    const outgoing = request({ port, host: '127.0.0.1', localAddress: address(5, 0), agent: false });
    for (let i = 0; i < 16; i++) outgoing.setHeader(`x-${i}`, 'x'.repeat(4_000));
    outgoing.on('error', resolve);
    outgoing.on('response', (response) => response.resume().on('close', resolve));
    outgoing.end();
  });
}

/** Opens a socket, does something with it, and waits for its end, which the server brings. */
function onSocket(localAddress, act) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/signal`, ['aparte.1'], {
    ...{ origin: `http://127.0.0.1:${port}`, perMessageDeflate: false, localAddress }
  });
  socket.on('error', () => undefined);
  socket.on('open', async () => {
    await act(socket);
    if (act.length === 0) {
      done++;
      socket.terminate();
    }
  });
  return new Promise((resolve) => socket.on('close', resolve));
}

async function whileOpen(socket, act) {
  while (!stopped && socket.readyState === WebSocket.OPEN) {
    // What the attacker has to buffer hurts nobody but the attacker.
    if (socket.bufferedAmount < 1 << 18) {
      act();
      done++;
    }
    if (done % 20 === 0 || socket.bufferedAmount > 0) await pause(1);
  }
}

function fragment(socket) {
  return whileOpen(socket, () => socket.send(Buffer.of(7), { fin: false }));
}

function ping(socket) {
  return whileOpen(socket, () => socket.ping());
}

function subscribe(socket) {
  socket.on('message', () => undefined);
  return whileOpen(socket, () => {
    socket.send(Buffer.concat([Buffer.of(1, 64), randomBytes(64 * 32)]));
    done += 63;
  });
}

function megabyte(socket) {
  return whileOpen(socket, () => socket.send(Buffer.alloc(1 << 20)));
}

async function rubbish(socket) {
  for (let i = 0; i < 100; i++) socket.send(randomBytes(randomInt(90)));
  done += 100;
}

async function deaf(n) {
  const topic = randomBytes(32);
  const subscription = Buffer.concat([Buffer.of(1, 1), topic]);
  await Promise.all([
    onSocket(address(11, n), (socket) => {
      socket.send(subscription);
      socket.pause();
      // Who does not read does not hear of the end either.
      return pause(3_000).then(() => socket.terminate());
    }),
    onSocket(address(12, n), async (socket) => {
      const end = performance.now() + 3_000;
      while (performance.now() < end && socket.readyState === WebSocket.OPEN) {
        socket.send(Buffer.concat([Buffer.of(3), topic, randomBytes(4_096)]));
        done++;
        await pause(30);
      }
      socket.terminate();
    })
  ]);
}
