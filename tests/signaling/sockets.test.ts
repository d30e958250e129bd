import { connect } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import {
  CloseCode,
  encodeClientFrame,
  MAX_FRAME_BYTES,
  SignalingErrorCode
} from '../../src/lib/wire/signaling.ts';
import { limitsFor } from '../../signaling/limits.ts';
import { body, Client, refusedWith, startServer, topic } from './harness.ts';

const error = (code: number): object => ({ kind: 'error', code });
const present = (fill: number): object => ({ kind: 'present', topic: topic(fill) });
const event = (fill: number, text: number): object => ({
  kind: 'event',
  topic: topic(fill),
  body: body(text)
});

describe('relaying', () => {
  it('carries a body to the others of the topic, not to the sender, not to other topics', async () => {
    const { port } = await startServer();
    const [ada, bob, eve] = [await Client.open(port), await Client.open(port), await Client.open(port)];
    ada.subscribe(topic(1));
    eve.subscribe(topic(2));
    expect(await ada.settle()).toEqual([]);
    expect(await eve.settle()).toEqual([]);
    bob.subscribe(topic(1), topic(3));
    expect(await bob.settle()).toEqual([present(1)]);
    bob.publish(topic(1), body(42));
    expect(await bob.settle()).toEqual([]);
    expect(await ada.settle()).toEqual([present(1), event(1, 42)]);
    expect(await eve.settle()).toEqual([]);
  });

  it('ends with unsubscribing, and with the socket', async () => {
    const { port } = await startServer();
    const [ada, bob] = [await Client.open(port), await Client.open(port)];
    ada.subscribe(topic(1), topic(2));
    ada.send({ kind: 'unsubscribe', topics: [topic(1)] });
    await ada.settle();
    bob.subscribe(topic(1), topic(2));
    bob.publish(topic(1), body(1));
    expect(await bob.settle()).toEqual([present(2)]);
    expect(await ada.settle()).toEqual([present(2)]);
    bob.ws.close();
    await bob.closed;
    ada.subscribe(topic(2));
    expect(await ada.settle()).toEqual([]);
  });

  it('takes any bytes for a topic, names of properties among them', async () => {
    const { port } = await startServer();
    const [ada, bob] = [await Client.open(port), await Client.open(port)];
    const names = ['__proto__', 'constructor', 'toString'].map((name) => {
      const bytes = new Uint8Array(32);
      bytes.set(new TextEncoder().encode(name));
      return bytes;
    });
    ada.subscribe(...names);
    await ada.settle();
    bob.subscribe(...names);
    expect(await bob.settle()).toHaveLength(3);
    for (const name of names) bob.publish(name, body(1));
    await bob.settle();
    expect((await ada.settle()).filter(({ kind }) => kind === 'event')).toHaveLength(3);
  });
});

describe('a bad frame', () => {
  it.each([
    ['text', 'hello', CloseCode.UnsupportedData],
    ['nothing', new Uint8Array(0), CloseCode.MalformedFrame],
    ['an unknown type', Uint8Array.of(0x77), CloseCode.MalformedFrame],
    ['a SUB of no topics', Uint8Array.of(1, 0), CloseCode.MalformedFrame],
    ['a SUB cut short', Uint8Array.of(1, 1, 9), CloseCode.MalformedFrame],
    ['a PING with a tail', Uint8Array.of(7, 0), CloseCode.MalformedFrame],
    ['a PUB one byte short', new Uint8Array(MAX_FRAME_BYTES - 1).fill(3), CloseCode.MalformedFrame],
    ['one byte too many', new Uint8Array(MAX_FRAME_BYTES + 1).fill(3), CloseCode.MessageTooBig],
    ['a megabyte', new Uint8Array(1 << 20), CloseCode.MessageTooBig]
  ])('%s closes its socket and nobody else’s', async (_name, data, code) => {
    // What follows the head of the megabyte is not read, and so is no answer to the goodbye.
    const { port } = await startServer({ limits: { closeMs: 20 } });
    const [good, bad] = [await Client.open(port), await Client.open(port)];
    bad.ws.send(data);
    expect(await bad.closed).toBe(code);
    expect(await good.settle()).toEqual([]);
  });

  it('in many fragments, or in broken framing, ends the socket too', async () => {
    const { port } = await startServer();
    const [good, crumbs, broken] = [
      await Client.open(port),
      await Client.open(port),
      await Client.open(port)
    ];
    for (let i = 0; i < 8; i++) crumbs.ws.send(Uint8Array.of(7), { fin: false });
    expect(await crumbs.closed).toBe(1008);
    (broken.ws as unknown as { _socket: { write(bytes: Uint8Array): void } })._socket.write(
      new Uint8Array(64).fill(0xff)
    );
    expect(await broken.closed).toBe(1002);
    expect(await good.settle()).toEqual([]);
  });

  it('is survived 2,000 times', async () => {
    const { port } = await startServer({
      limits: {
        ...limitsFor(1e6),
        ...{ framesAtOnce: 1e9, bytesAtOnce: 1e9 }
      }
    });
    const good = await Client.open(port);
    good.subscribe(topic(1));
    let seed = 0x2545f491;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return seed % below;
    };
    const real = [
      encodeClientFrame({ kind: 'subscribe', topics: [topic(1), topic(2)] }),
      encodeClientFrame({ kind: 'unsubscribe', topics: [topic(2)] }),
      encodeClientFrame({ kind: 'publish', topic: topic(1), body: body(0) }),
      encodeClientFrame({ kind: 'ping' })
    ];
    let client = await Client.open(port);
    let closed = 0;
    for (let i = 0; i < 2_000; i++) {
      // Half of them rubbish, half of them a real frame with a byte changed or its end cut off.
      let bytes = Uint8Array.from({ length: random(90) }, () => random(256));
      if (i % 2 === 1) {
        bytes = Uint8Array.from(real[random(real.length)] ?? []);
        if (random(2) === 0) bytes[random(Math.min(bytes.length, 4))] = random(256);
        else bytes = bytes.slice(0, random(bytes.length));
      }
      client.ws.send(bytes);
      if (i % 10 !== 9) continue;
      client.send({ kind: 'ping' });
      const alive = await Promise.race([client.closed.then(() => false), client.settle().then(() => true)]);
      if (alive) continue;
      closed++;
      client = await Client.open(port);
    }
    expect(closed).toBeGreaterThan(100);
    good.subscribe(topic(1));
    expect((await good.settle()).at(-1)?.kind).not.toBe('error');
    const other = await Client.open(port);
    other.subscribe(topic(1));
    other.publish(topic(1), body(42));
    await other.settle();
    expect(await good.settle()).toContainEqual(event(1, 42));
  });
});

describe('limits', () => {
  it('refuse topics over what a socket may have, and go on', async () => {
    const { port } = await startServer({ limits: { topicsPerSocket: 2 } });
    const ada = await Client.open(port);
    ada.subscribe(topic(1), topic(2));
    ada.subscribe(topic(3));
    expect(await ada.settle()).toEqual([error(SignalingErrorCode.TooManyTopics)]);
  });

  it('close who wants topics over what an address may have, until some are gone', async () => {
    const { port } = await startServer({ limits: { topicsPerAddress: 3 } });
    const [ada, bob] = [await Client.open(port), await Client.open(port)];
    ada.subscribe(topic(1), topic(2));
    expect(await ada.settle()).toEqual([]);
    bob.subscribe(topic(3), topic(4));
    expect(await bob.closed).toBe(CloseCode.Crowded);
    ada.send({ kind: 'unsubscribe', topics: [topic(1), topic(9)] });
    await ada.settle();
    const eve = await Client.open(port);
    eve.subscribe(topic(3), topic(4));
    expect(await eve.settle()).toEqual([]);
  });

  it('close who wants topics over what all may have', async () => {
    const { port } = await startServer({ limits: { topics: 3 } });
    const [ada, bob] = [await Client.open(port), await Client.open(port)];
    ada.subscribe(topic(1), topic(2));
    await ada.settle();
    bob.subscribe(topic(3), topic(4));
    expect(await bob.closed).toBe(CloseCode.TryAgainLater);
    expect(await ada.settle()).toEqual([]);
  });

  it('refuse a crowd on one topic', async () => {
    const { port } = await startServer({ limits: { socketsPerTopic: 1 } });
    const [ada, bob] = [await Client.open(port), await Client.open(port)];
    ada.subscribe(topic(1));
    await ada.settle();
    bob.subscribe(topic(1));
    expect(await bob.settle()).toEqual([error(SignalingErrorCode.TopicFull)]);
    expect(await ada.settle()).toEqual([]);
  });

  it.each([
    ['an address', { socketsPerAddress: 1 }, CloseCode.Crowded],
    ['the server', { sockets: 1 }, CloseCode.TryAgainLater]
  ])('close a socket over what %s may have, until one is gone', async (_name, limits, code) => {
    const { port } = await startServer({ limits });
    const ada = await Client.open(port);
    expect(await new Client(port).closed).toBe(code);
    expect(await ada.settle()).toEqual([]);
    ada.ws.close();
    await ada.closed;
    await (await Client.open(port)).settle();
  });

  it('turn away whoever opens too often, before anything is opened', async () => {
    let now = 0;
    const { port } = await startServer({
      now: () => now,
      limits: { openingsAtOnce: 2, openingsPerSecond: 1 }
    });
    for (let i = 0; i < 2; i++) (await Client.open(port)).ws.terminate();
    expect(await refusedWith(new Client(port))).toBe(429);
    const elsewhere = await Client.open(port, { localAddress: '127.0.0.2' });
    expect(await elsewhere.settle()).toEqual([]);
    now = 1_000;
    await Client.open(port);
  });

  it('drop connections over what an address may have, before they say a word', async () => {
    const { port } = await startServer({ limits: { connectionsPerAddress: 2 } });
    const held = [await Client.open(port), await Client.open(port)];
    await expect(Client.open(port)).rejects.toThrow(/ECONNRESET|hang up/);
    await Client.open(port, { localAddress: '127.0.0.2' });
    held[0]?.ws.terminate();
    await held[0]?.closed;
    await vi.waitFor(() => Client.open(port));
  });

  it('drop connections of an address that makes one after the other', async () => {
    let now = 0;
    const { port } = await startServer({
      now: () => now,
      limits: { connectionsAtOnce: 2, connectionsPerSecond: 1 }
    });
    for (let i = 0; i < 2; i++) (await Client.open(port)).ws.terminate();
    await expect(Client.open(port)).rejects.toThrow(/ECONNRESET|hang up/);
    await Client.open(port, { localAddress: '127.0.0.2' });
    now = 1_000;
    await Client.open(port);
  });

  it('count what all sockets of an address do together', async () => {
    const { port } = await startServer({ now: () => 0, limits: { framesAtOnceOfAddress: 3 } });
    const [ada, bob] = [await Client.open(port), await Client.open(port)];
    const eve = await Client.open(port, { localAddress: '127.0.0.2' });
    await ada.settle();
    await ada.settle();
    await bob.settle();
    bob.subscribe(topic(1));
    expect(await bob.next()).toEqual(error(SignalingErrorCode.TooFast));
    expect(await eve.settle()).toEqual([]);
  });

  it('drop what is over the rate with TooFast, and let it pass later', async () => {
    let now = 0;
    const { port } = await startServer({
      now: () => now,
      limits: { framesAtOnce: 3.25, framesPerSecond: 2, restMs: 1 }
    });
    const ada = await Client.open(port);
    await ada.settle();
    ada.subscribe(topic(1));
    ada.subscribe(topic(1));
    ada.send({ kind: 'ping' });
    expect(await ada.next()).toEqual(error(SignalingErrorCode.TooFast));
    now = 1_000;
    expect(await ada.settle()).toEqual([]);
  });

  it('count many topics as more than one frame', async () => {
    const { port } = await startServer({ now: () => 0, limits: { framesAtOnce: 4 } });
    const ada = await Client.open(port);
    const many = (from: number): Uint8Array[] => Array.from({ length: 16 }, (_, i) => topic(from + i));
    ada.subscribe(...many(0));
    ada.subscribe(...many(16));
    expect(await ada.next()).toEqual(error(SignalingErrorCode.TooFast));
  });

  it('count bytes as well as frames', async () => {
    const { port } = await startServer({ now: () => 0, limits: { bytesAtOnce: 1.5 * MAX_FRAME_BYTES } });
    const ada = await Client.open(port);
    ada.publish(topic(1), body(1));
    ada.publish(topic(1), body(1));
    expect(await ada.next()).toEqual(error(SignalingErrorCode.TooFast));
  });

  it.each([
    [
      'frames',
      (client: Client) => {
        client.send({ kind: 'ping' });
      }
    ],
    [
      'pings of the WebSocket itself',
      (client: Client) => {
        client.ws.ping();
      }
    ],
    [
      'unasked pongs',
      (client: Client) => {
        client.ws.pong();
      }
    ]
  ])('close a flood of %s', async (_name, send) => {
    const { port } = await startServer({
      now: () => 0,
      limits: { framesAtOnce: 2, refusalsAtOnce: 3, restMs: 1, closeMs: 20 }
    });
    const [ada, bob] = [await Client.open(port), await Client.open(port)];
    for (let i = 0; i < 6; i++) send(ada);
    expect(await ada.closed).toBe(CloseCode.Flooding);
    expect(await bob.settle()).toEqual([]);
  });

  it('let a thousand frames of one wait while another is served', async () => {
    const { port } = await startServer({ now: () => 0, limits: { ...limitsFor(1e9), framesAtOnce: 1e9 } });
    const [greedy, ada] = [await Client.open(port, { localAddress: '127.0.0.2' }), await Client.open(port)];
    const answers: string[] = [];
    greedy.ws.on('message', () => answers.push('greedy'));
    ada.ws.on('message', () => answers.push('ada'));
    // All of them are in one read, or two.
    const all = Array.from({ length: 1_000 }, () => greedy.settle());
    await Promise.all([...all, ada.settle()]);
    expect(answers.filter((who) => who === 'greedy')).toHaveLength(1_000);
    expect(answers.indexOf('ada')).toBeLessThan(500);
  });

  it('read nothing more from who is too fast, for a while', async () => {
    const { port } = await startServer({
      now: () => 0,
      limits: { framesAtOnce: 3, refusalsAtOnce: 1, restMs: 60_000, closeMs: 20 }
    });
    const [ada, bob] = [await Client.open(port), await Client.open(port)];
    for (let i = 0; i < 3; i++) await ada.settle();
    ada.send({ kind: 'ping' });
    expect(await ada.next()).toEqual(error(SignalingErrorCode.TooFast));
    // Read, it would be one refusal too many, and the end.
    ada.send({ kind: 'ping' });
    for (let i = 0; i < 3; i++) await bob.settle();
    expect(ada.ws.readyState).toBe(ada.ws.OPEN);
  });

  it('drop a reader that does not read, and only that one', async () => {
    const { port } = await startServer({
      limits: { ...limitsFor(1e9), framesAtOnce: 1e9, bytesAtOnce: 1e12, closeMs: 60_000 }
    });
    const [ada, bob, slow] = [await Client.open(port), await Client.open(port), await Client.open(port)];
    slow.subscribe(topic(1));
    bob.subscribe(topic(2));
    await slow.settle();
    await bob.settle();
    slow.ws.pause();
    // 32 MiB: far more than the system keeps for a connection by itself.
    for (let round = 0; round < 128; round++) {
      for (let i = 0; i < 64; i++) ada.publish(topic(1), body(i));
      await ada.settle();
    }
    slow.ws.resume();
    expect(await slow.closed).toBe(CloseCode.TooSlow);
    ada.publish(topic(2), body(9));
    await ada.settle();
    expect(await bob.settle()).toEqual([event(2, 9)]);
  });
});

describe('the heartbeat', () => {
  const limits = { heartbeatMs: 10, heartbeatJitter: 0.5 };

  it('keeps who answers', async () => {
    const { port } = await startServer({ limits: { ...limits, framesAtOnce: 1e9 } });
    const ada = await Client.open(port);
    for (let beats = 0; beats < 6; beats++) await new Promise((resolve) => ada.ws.once('ping', resolve));
    expect(await ada.settle()).toEqual([]);
  });

  it('ends who is silent, after two chances', async () => {
    const { port } = await startServer({ limits });
    const ada = await Client.open(port, { autoPong: false });
    let beats = 0;
    ada.ws.on('ping', () => beats++);
    expect(await ada.closed).toBe(1006);
    expect(beats).toBe(2);
  });
});

describe('who may connect', () => {
  it.each([
    ['a page of another host', 403, { origin: 'https://evil.example' }],
    ['a page of no origin', 403, { origin: 'null' }],
    ['nobody says from where', 403, { origin: undefined as unknown as string }],
    ['another path', 404, { path: '/signal/x' }],
    ['another protocol', 400, { protocols: ['aparte.2'] }],
    ['no protocol', 400, { protocols: [] }]
  ])('not %s', async (_name, status, options) => {
    const { port } = await startServer();
    expect(await refusedWith(new Client(port, options))).toBe(status);
  });

  it('a page of a host that was named, and the protocol is agreed', async () => {
    const { port } = await startServer({ origins: ['https://chat.example'] });
    const client = await Client.open(port, { origin: 'https://chat.example' });
    expect(client.ws.protocol).toBe('aparte.1');
  });
});

describe('closing', () => {
  it('says 1012 to everybody and lets nobody in', async () => {
    const { port, server } = await startServer();
    const [ada, bob] = [await Client.open(port), await Client.open(port)];
    const closed = server.close();
    expect(await Promise.all([ada.closed, bob.closed])).toEqual([1012, 1012]);
    await closed;
    await expect(Client.open(port)).rejects.toThrow('ECONNREFUSED');
  });

  it('whoever stood in line to be let in is gone as well', async () => {
    const { port, server } = await startServer();
    const opening = Array.from({ length: 20 }, () => Client.open(port));
    await Promise.race(opening);
    await server.close();
    const opened = (await Promise.allSettled(opening)).flatMap((one) =>
      one.status === 'fulfilled' ? [one.value] : []
    );
    expect(opened.length).toBeLessThan(20);
    expect(new Set(await Promise.all(opened.map(({ closed }) => closed)))).toEqual(new Set([1012]));
  });

  it('does not wait for ever for who does not answer', async () => {
    const { port, server } = await startServer({ limits: { closeMs: 20 } });
    const deaf = await Client.open(port);
    deaf.ws.pause();
    const half = connect(port, '127.0.0.1');
    half.on('error', () => undefined);
    await new Promise((resolve) => half.once('connect', resolve));
    half.write('GET / HTTP/1.1\r\n');
    await server.close();
  });
});
