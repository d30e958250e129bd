/**
 * The load that the capacity page (signaling/CAPACITY.md) plans for one node in its busiest hour, and how long it waits.
 * "talk": 160 pairs, each of an address of their own, who say 640 frames a second to each other: how long each is under
 * way. "come": 36 people a second who open a socket, listen to 45 topics and are answered: how long that takes. They leave
 * after three seconds. Each is a process of its own: to open a socket takes a client longer than a frame is under way.
 */
import { randomBytes } from 'node:crypto';
import { WebSocket } from 'ws';

const PAIRS = 160;
const FRAMES_PER_SECOND = 640;
const NEWCOMERS_PER_SECOND = 36;
const TOPICS = 45;
const STAY_MS = 3_000;
const FRAME = 4_129;

const [, , port, task] = process.argv;
/** Of what begins in between these two. */
let [from, until] = [0, 0];
let begun = 0;
let delays = [];

const [act, perSecond] = task === 'talk' ? [await talk(), FRAMES_PER_SECOND] : [come, NEWCOMERS_PER_SECOND];
void goOn();
process.on('message', async ({ seconds }) => {
  [begun, delays] = [0, []];
  from = performance.now();
  until = from + seconds * 1_000;
  await pause(seconds * 1_000);
  while (delays.length < begun && performance.now() < until + 5_000) await pause(5);
  process.send({ ms: delays, lost: begun - delays.length });
});
process.once('disconnect', () => process.exit());
process.send('ready');

/** One after the other, measured or not: the load is there all the time. */
async function goOn() {
  const start = performance.now();
  for (let turn = 0; ; turn++) {
    const now = performance.now();
    if (now >= from && now < until) begun++;
    act(turn, now);
    while (performance.now() < start + ((turn + 1) * 1_000) / perSecond) await pause(1);
  }
}

function answered(start) {
  if (start >= from && start < until) delays.push(performance.now() - start);
}

async function talk() {
  const writers = await Promise.all(
    Array.from({ length: PAIRS }, async (_, n) => {
      const topic = randomBytes(32);
      const ends = [connect(`127.0.2.${n + 1}`), connect(`127.0.2.${n + 1}`)];
      for (const socket of ends)
        socket.on('close', (code) => console.error(`An honest socket was closed: ${code}`));
      await Promise.all(ends.map((socket) => new Promise((resolve) => socket.once('open', resolve))));
      ends[1].send(subscription([topic]));
      ends[1].on('message', (data) => {
        if (data.length === FRAME) answered(data.readDoubleBE(FRAME - 8));
      });
      return (now) => {
        const frame = Buffer.concat([Buffer.of(3), topic, Buffer.alloc(4_096)]);
        frame.writeDoubleBE(now, FRAME - 8);
        ends[0].send(frame);
      };
    })
  );
  return (turn, now) => writers[turn % PAIRS](now);
}

function come(turn, now) {
  const socket = connect(`127.0.13.${(turn % 250) + 1}`);
  socket.on('open', () => {
    socket.send(subscription(Array.from({ length: TOPICS }, () => randomBytes(32))));
    socket.send(Buffer.of(7));
  });
  socket.once('message', () => {
    answered(now);
    setTimeout(() => socket.terminate(), STAY_MS);
  });
}

function connect(localAddress) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/signal`, ['aparte.1'], {
    ...{ origin: `http://127.0.0.1:${port}`, perMessageDeflate: false, localAddress }
  });
  socket.on('error', (error) => console.error(`An honest socket: ${error.message}`));
  return socket;
}

function subscription(topics) {
  return Buffer.concat([Buffer.of(1, topics.length), ...topics]);
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
