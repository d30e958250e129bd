/**
 * One server to be measured, as a process: ours as it is built, without limits of rate, or the bare relay of a few lines
 * that it stands beside. Told what to be by its first message; answers each further one with what it has used.
 */
import { WebSocketServer } from 'ws';

process.once('message', async ({ kind, server, redis }) => {
  const port = kind === 'bare' ? await bare() : await aparte(server, redis);
  process.send({ port });
  process.on('message', () => {
    // Twice: what the first round frees may hold more.
    for (let i = 0; i < 2; i++) globalThis.gc?.();
    const { user, system } = process.cpuUsage();
    process.send({ rss: process.memoryUsage().rss, cpu: (user + system) / 1_000 });
  });
});
process.once('disconnect', () => process.exit());

async function aparte(server, redis) {
  const [{ createServer }, { limitsFor }] = await Promise.all([
    import(`${server}/signaling/server.js`),
    import(`${server}/signaling/limits.js`)
  ]);
  const limits = { ...limitsFor(1e9), sockets: 1e9, topics: 1e9, connections: 60_000 };
  for (const name of ['framesPerSecond', 'framesAtOnce', 'bytesPerSecond', 'bytesAtOnce'])
    limits[name] = 1e12;
  const backplane = redis && (await import(`${server}/signaling/redis.js`)).redisBackplane(redis);
  const running = createServer({ app: null, limits, ...(backplane && { backplane }) });
  const port = await running.listen(0, '127.0.0.1');
  while (!running.connected) await new Promise((resolve) => setTimeout(resolve, 10));
  return port;
}

/** The first message of a socket is its room; every other one goes to the others of the room. */
function bare() {
  const rooms = new Map();
  const relay = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false, backlog: 4_096 });
  relay.on('connection', (socket) => {
    let room;
    socket.on('message', (data) => {
      if (room === undefined) {
        const name = data.toString('latin1');
        room = rooms.get(name) ?? new Set();
        rooms.set(name, room.add(socket));
      } else for (const other of room) if (other !== socket) other.send(data);
    });
    socket.on('close', () => room?.delete(socket));
  });
  return new Promise((resolve) => {
    relay.on('listening', () => {
      resolve(relay.address().port);
    });
  });
}
