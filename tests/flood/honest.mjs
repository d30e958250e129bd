/** Forty pairs, each of an address of their own, who say five frames a second to each other; and how long these take. */
import { randomBytes } from 'node:crypto';
import { WebSocket } from 'ws';

const PAIRS = 40;
const EVERY_MS = 200;
const FRAME = 4_129;

const port = process.argv[2];
let delays = [];
let sent = 0;

const writers = await Promise.all(
  Array.from({ length: PAIRS }, async (_, n) => {
    const topic = randomBytes(32);
    const [writer, reader] = await Promise.all([0, 1].map(() => connect(`127.0.2.${n + 1}`)));
    reader.send(Buffer.concat([Buffer.of(1, 1), topic]));
    reader.on('message', (data) => {
      if (data.length === FRAME) delays.push(performance.now() - data.readDoubleBE(FRAME - 8));
    });
    return () => {
      const frame = Buffer.concat([Buffer.of(3), topic, Buffer.alloc(4_096)]);
      frame.writeDoubleBE(performance.now(), FRAME - 8);
      writer.send(frame);
      sent++;
    };
  })
);

process.on('message', async ({ seconds }) => {
  [delays, sent] = [[], 0];
  const start = performance.now();
  // One after the other, not all at once.
  for (let turn = 0; performance.now() - start < seconds * 1_000; turn++) {
    writers[turn % PAIRS]();
    const due = start + ((turn + 1) * EVERY_MS) / PAIRS;
    while (performance.now() < due) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const end = performance.now() + 5_000;
  while (delays.length < sent && performance.now() < end)
    await new Promise((resolve) => setTimeout(resolve, 20));
  process.send({ ms: delays, lost: sent - delays.length });
});
process.once('disconnect', () => process.exit());
process.send('ready');

function connect(localAddress) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/signal`, ['aparte.1'], {
    ...{ origin: `http://127.0.0.1:${port}`, perMessageDeflate: false, localAddress }
  });
  socket.on('close', (code) => console.error(`An honest socket was closed: ${code}`));
  return new Promise((resolve) => {
    socket.once('open', () => resolve(socket));
  });
}
