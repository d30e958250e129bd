import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { hex } from '../../../src/lib/bytes.ts';
import type { Signaling, SignalingEvent } from '../../../src/lib/transport/ports.ts';
import { connectWebSocket } from '../../../src/lib/transport/websocket.ts';
import {
  BODY_BYTES,
  CloseCode,
  SignalingErrorCode,
  SUBPROTOCOL,
  TOPIC_BYTES,
  type ClientFrame
} from '../../../src/lib/wire/signaling.ts';
import { FakeWebSocket } from '../../support/fake-websocket.ts';
import { seeded } from '../../support/random.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const URL_OF_SERVER = 'wss://aparte.example/signal';
const SECOND = 1_000;
const PING_AFTER = 25 * SECOND;

const topic = (fill: number): Uint8Array => new Uint8Array(TOPIC_BYTES).fill(fill);
const body = new Uint8Array(BODY_BYTES).fill(9);

let clock: VirtualClock;
let sockets: FakeWebSocket[];
let heard: SignalingEvent[];
/** The one byte that every back-off draws: 0 is three quarters of the base, 255 five quarters. */
let chance: number;
let signaling: Signaling;

function start(Socket: new (url: string, protocol: string) => FakeWebSocket): void {
  signaling = connectWebSocket({
    url: URL_OF_SERVER,
    clock,
    random: (length) => new Uint8Array(length).fill(chance),
    listener: (event) => heard.push(event),
    // As far as the adapter goes: handlers, send, close, bufferedAmount.
    WebSocket: Socket as unknown as new (url: string, protocol: string) => WebSocket
  });
}

beforeEach(() => {
  clock = new VirtualClock();
  sockets = [];
  heard = [];
  chance = 0;
  start(
    class extends FakeWebSocket {
      constructor(url: string, protocol: string) {
        super(url, protocol);
        sockets.push(this);
      }
    }
  );
});

const kinds = (): string[] => heard.map(({ kind }) => kind);

function newest(): FakeWebSocket {
  const socket = sockets.at(-1);
  if (!socket) throw new Error('no socket');
  return socket;
}

async function online(): Promise<FakeWebSocket> {
  await clock.advance(0);
  newest().open();
  return newest();
}

const topicsOf = (frames: readonly ClientFrame[], kind: 'subscribe' | 'unsubscribe'): string[][] =>
  frames.flatMap((frame) =>
    frame.kind === kind ? [frame.topics.map((bytes) => hex(bytes.subarray(0, 1)))] : []
  );

describe('connecting', () => {
  test('waits until its owner has the handle, then asks for the version that it speaks', async () => {
    expect(sockets).toHaveLength(0);
    await clock.advance(0);
    expect(sockets).toHaveLength(1);
    expect([newest().url, newest().protocol, newest().binaryType]).toEqual([
      URL_OF_SERVER,
      SUBPROTOCOL,
      'arraybuffer'
    ]);
    expect(heard).toEqual([]);
  });

  test('nothing is sent before it is open, and the topics first', async () => {
    signaling.setTopics([topic(1)]);
    await clock.advance(0);
    signaling.setTopics([topic(1), topic(2)]);
    signaling.publish(topic(1), body);
    expect(newest().sent).toEqual([]);
    newest().open();
    expect(topicsOf(newest().sent, 'subscribe')).toEqual([['01', '02']]);
    expect(kinds()).toEqual(['online']);
  });

  test('an attempt that leads to nothing is given up after ten seconds', async () => {
    await clock.advance(0);
    await clock.advance(10 * SECOND - 1);
    expect(newest().closed).toBe(false);
    await clock.advance(1);
    expect(sockets[0]?.closed).toBe(true);
    // Told, so that a person can be.
    expect(signaling.nextAttempt()).toBe(375);
    await clock.advance(75);
    expect(signaling.nextAttempt()).toBe(300);
    await clock.advance(300);
    expect(signaling.nextAttempt()).toBe(null);
    expect(sockets).toHaveLength(2);
    // The late answer of the first is nobody's.
    sockets[0]?.open();
    expect(heard).toEqual([]);
  });

  test('a page that may not connect at all tries again, and throws nothing', async () => {
    signaling.close();
    let attempts = 0;
    start(
      class extends FakeWebSocket {
        constructor(url: string, protocol: string) {
          super(url, protocol);
          attempts++;
          throw new DOMException('forbidden', 'SecurityError');
        }
      }
    );
    await clock.advance(5 * SECOND);
    expect(attempts).toBeGreaterThan(2);
    signaling.close();
    expect(clock.pending).toBe(0);
  });
});

describe('backing off', () => {
  async function delays(count: number): Promise<number[]> {
    const out: number[] = [];
    await clock.advance(0);
    for (let i = 0; i < count; i++) {
      newest().fail();
      const before = sockets.length;
      const from = clock.now();
      while (sockets.length === before) await clock.advance(25);
      out.push(clock.now() - from);
    }
    return out;
  }

  test('doubles from half a second, three quarters at the least', async () => {
    expect(await delays(7)).toEqual([375, 750, 1_500, 3_000, 6_000, 12_000, 22_500]);
  });

  test('is five quarters at the most', async () => {
    chance = 255;
    expect(await delays(4)).toEqual([625, 1_250, 2_500, 5_000]);
  });

  test('ends at half a minute, and begins anew once it was online', async () => {
    const long = await delays(10);
    expect(long.slice(-3)).toEqual([22_500, 22_500, 22_500]);
    newest().open();
    await clock.advance(10 * SECOND);
    expect(await delays(2)).toEqual([375, 750]);
    expect(kinds()).toEqual(['online', 'offline']);
  });

  test('goes on where the server lets in and sends away at once', async () => {
    const out: number[] = [];
    for (let i = 0; i < 5; i++) {
      await online();
      out.push(...(await delays(1)));
    }
    expect(out).toEqual([375, 750, 1_500, 3_000, 6_000]);
  });

  test('says offline only where it was online', async () => {
    await delays(3);
    expect(heard).toEqual([]);
  });
});

describe('sent away by the server', () => {
  test.each([
    [CloseCode.ServiceRestart, 250, 8_000, null],
    [CloseCode.TryAgainLater, 15_000, 60_000, 'full'],
    [CloseCode.Crowded, 15_000, 60_000, 'crowded'],
    [CloseCode.Flooding, 30_000, 60_000, 'refused'],
    [CloseCode.MalformedFrame, 30_000, 60_000, 'refused'],
    [CloseCode.UnsupportedData, 30_000, 60_000, 'refused'],
    [CloseCode.MessageTooBig, 30_000, 60_000, 'refused'],
    [CloseCode.TooManyFragments, 30_000, 60_000, 'refused'],
    // It was our network that was slow: the back-off's matter, as is every other end.
    [CloseCode.TooSlow, 375, 625, null],
    [1001, 375, 625, null],
    [1006, 375, 625, null]
  ] as const)('with %i it stays away from %i to %i ms, because: %s', async (code, shortest, longest, why) => {
    for (const [drawn, ms] of [
      [0, shortest],
      [255, longest]
    ] as const) {
      chance = drawn;
      const socket = await online();
      await clock.advance(10 * SECOND);
      heard.length = 0;
      socket.end(code);
      expect(heard).toEqual([{ kind: 'offline', why }]);
      const before = sockets.length;
      await clock.advance(ms - 1);
      expect(sockets).toHaveLength(before);
      await clock.advance(1);
      expect(sockets).toHaveLength(before + 1);
    }
  });

  test('a thousand who hear of a restart at once come back evenly', async () => {
    const random = seeded('a restart');
    const seconds = new Map<number, number>();
    for (let i = 0; i < 1_000; i++) {
      const before = sockets.length;
      signaling.close();
      signaling = connectWebSocket({
        ...{ url: URL_OF_SERVER, clock, random, listener: () => undefined },
        WebSocket: class extends FakeWebSocket {
          constructor(url: string, protocol: string) {
            super(url, protocol);
            sockets.push(this);
          }
        } as unknown as new (url: string, protocol: string) => WebSocket
      });
      await clock.advance(0);
      newest().open();
      newest().end(CloseCode.ServiceRestart);
      const from = clock.now();
      while (sockets.length < before + 2) await clock.advance(50);
      const second = Math.floor((clock.now() - from) / 1_000);
      seconds.set(second, (seconds.get(second) ?? 0) + 1);
    }
    expect(Math.max(...seconds.keys())).toBeLessThan(10);
    expect(Math.max(...seconds.values())).toBeLessThan((2 * 1_000) / 8);
  });

  test('whoever wakes or asks does not wait', async () => {
    (await online()).end(CloseCode.Crowded);
    signaling.retry(false);
    expect(sockets).toHaveLength(2);
  });

  test('told that it is too fast, it comes back later and says all topics again', async () => {
    const socket = await online();
    signaling.setTopics([topic(1)]);
    socket.say({ kind: 'error', code: SignalingErrorCode.TooFast });
    expect([socket.closed, heard.at(-1)]).toEqual([true, { kind: 'offline', why: null }]);
    await clock.advance(4_999);
    expect(sockets).toHaveLength(1);
    await clock.advance(1);
    newest().open();
    expect(topicsOf(newest().sent, 'subscribe')).toEqual([['01']]);
  });
});

describe('a silent connection', () => {
  test('is asked after 25 seconds and lives if it answers within five', async () => {
    const socket = await online();
    await clock.advance(PING_AFTER - 1);
    expect(socket.kinds).toEqual([]);
    await clock.advance(1);
    expect(socket.kinds).toEqual(['ping']);
    await clock.advance(5 * SECOND - 1);
    socket.say({ kind: 'pong' });
    await clock.advance(PING_AFTER - 1);
    expect(socket.kinds).toEqual(['ping']);
    await clock.advance(1);
    expect(socket.kinds).toEqual(['ping', 'ping']);
    expect(kinds()).toEqual(['online']);
  });

  test('is dead if it does not', async () => {
    const socket = await online();
    await clock.advance(PING_AFTER + 5 * SECOND);
    expect(kinds()).toEqual(['online', 'offline']);
    expect(socket.closed).toBe(true);
    await clock.advance(SECOND);
    expect(sockets).toHaveLength(2);
    // Nothing that the dead one still says is heard.
    socket.fail();
    socket.data(new ArrayBuffer(1));
    newest().open();
    expect(kinds()).toEqual(['online', 'offline', 'online']);
  });

  test('is not asked while it speaks', async () => {
    const socket = await online();
    signaling.setTopics([topic(1)]);
    for (let i = 0; i < 10; i++) {
      await clock.advance(PING_AFTER - 1);
      socket.say({ kind: 'present', topic: topic(1) });
    }
    expect(socket.kinds).toEqual(['subscribe']);
  });
});

describe('waking up', () => {
  test('an open connection must prove within one and a half seconds that it lives; if not, the next one is opened at once', async () => {
    const socket = await online();
    signaling.retry(false);
    expect(socket.kinds).toEqual(['ping']);
    await clock.advance(1_199);
    expect(kinds()).toEqual(['online']);
    await clock.advance(1);
    expect(kinds()).toEqual(['online', 'offline']);
    expect(sockets).toHaveLength(2);
  });

  test('whoever asks again meanwhile does not give it more time', async () => {
    const socket = await online();
    for (let times = 0; times < 3; times++) {
      signaling.retry(false);
      await clock.advance(500);
    }
    expect(socket.kinds).toEqual(['ping']);
    expect(kinds()).toEqual(['online', 'offline']);
  });

  test.each([
    ['no longer than the question takes', 1_000, 1_200],
    ['no longer than it has left', 4_500, 500]
  ])('a connection that has been asked already is given %s', async (_, later, left) => {
    const socket = await online();
    await clock.advance(PING_AFTER + later);
    signaling.retry(false);
    await clock.advance(left - 1);
    expect(kinds()).toEqual(['online']);
    await clock.advance(1);
    expect([socket.kinds, kinds()]).toEqual([['ping'], ['online', 'offline']]);
    expect(sockets).toHaveLength(2);
  });

  test('and stays, if it does', async () => {
    const socket = await online();
    signaling.retry(false);
    socket.say({ kind: 'pong' });
    await clock.advance(10 * SECOND);
    expect(kinds()).toEqual(['online']);
    expect(sockets).toHaveLength(1);
  });

  test('a back-off is cut short', async () => {
    await clock.advance(0);
    for (let i = 0; i < 8; i++) {
      newest().fail();
      await clock.advance(60 * SECOND);
    }
    newest().fail();
    const before = sockets.length;
    signaling.retry(false);
    expect(sockets).toHaveLength(before + 1);
    signaling.retry(false);
    signaling.retry(false);
    await clock.advance(SECOND);
    expect(sockets).toHaveLength(before + 1);
  });

  test('before the first attempt it connects, once', async () => {
    signaling.retry(false);
    await clock.advance(SECOND);
    expect(sockets).toHaveLength(1);
  });
});

describe('what the server says', () => {
  test('of topics that are not listened on is dropped', async () => {
    signaling.setTopics([topic(1)]);
    const socket = await online();
    socket.say(
      { kind: 'event', topic: topic(2), body },
      { kind: 'present', topic: topic(2) },
      { kind: 'event', topic: topic(1), body },
      { kind: 'error', code: SignalingErrorCode.TopicFull }
    );
    expect(heard.slice(1)).toEqual([{ kind: 'event', topic: topic(1), body }]);
    signaling.setTopics([]);
    socket.say({ kind: 'event', topic: topic(1), body });
    expect(heard).toHaveLength(2);
  });

  test('may be rubbish, and changes nothing then', async () => {
    const socket = await online();
    socket.data('text');
    socket.data(undefined);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        socket.data(Uint8Array.from(bytes).buffer);
      })
    );
    expect(kinds()).toEqual(['online']);
    signaling.setTopics([topic(1)]);
    socket.say({ kind: 'present', topic: topic(1) });
    expect(kinds()).toEqual(['online', 'present']);
  });
});

test('where a topic is full the server is asked again for all of them, once for many refusals, and no more by a new socket', async () => {
  signaling.setTopics([topic(1), topic(2)]);
  const socket = await online();
  const full = { kind: 'error', code: SignalingErrorCode.TopicFull } as const;
  socket.say(full, full);
  await clock.advance(15 * SECOND - 1);
  expect(topicsOf(socket.sent, 'subscribe')).toHaveLength(1);
  await clock.advance(1);
  expect(topicsOf(socket.sent, 'subscribe')).toEqual([
    ['01', '02'],
    ['01', '02']
  ]);
  socket.say(full);
  socket.end(1006);
  await clock.advance(SECOND);
  const next = await online();
  await clock.advance(20 * SECOND);
  expect(topicsOf(next.sent, 'subscribe')).toHaveLength(1);
});

describe('what is sent', () => {
  test('topics go in frames of 64, and only those that changed', async () => {
    const socket = await online();
    const all = Array.from({ length: 130 }, (_, i) => topic(i));
    signaling.setTopics(all);
    expect(topicsOf(socket.sent, 'subscribe').map(({ length }) => length)).toEqual([64, 64, 2]);
    signaling.setTopics([...all.slice(1), topic(200), topic(200)]);
    expect(topicsOf(socket.sent, 'unsubscribe')).toEqual([['00']]);
    expect(topicsOf(socket.sent, 'subscribe').slice(3)).toEqual([['c8']]);
    const before = socket.sent.length;
    signaling.setTopics([...all.slice(1), topic(200)]);
    expect(socket.sent).toHaveLength(before);
  });

  test('bodies are dropped while the socket is full, topics are not', async () => {
    const socket = await online();
    socket.bufferedAmount = (1 << 20) + 1;
    signaling.publish(topic(1), body);
    signaling.setTopics([topic(1)]);
    expect(socket.kinds).toEqual(['subscribe']);
    socket.bufferedAmount = 0;
    signaling.publish(topic(1), body);
    expect(socket.kinds).toEqual(['subscribe', 'publish']);
  });

  test('nothing goes into a socket that the server is closing: a browser would complain aloud', async () => {
    const socket = await online();
    socket.readyState = 2;
    signaling.setTopics([topic(1)]);
    signaling.publish(topic(1), body);
    expect(socket.kinds).toEqual([]);
  });
});

describe('closing leaves no timer and no socket', () => {
  test('before it began', async () => {
    signaling.close();
    await clock.advance(60 * SECOND);
    expect([sockets.length, clock.pending]).toEqual([0, 0]);
  });

  test.each(['connects', 'is online', 'backs off'])('while it %s', async (moment) => {
    await clock.advance(0);
    if (moment === 'is online') newest().open();
    if (moment === 'backs off') newest().fail();
    const before = kinds();
    signaling.close();
    signaling.retry(false);
    newest().open();
    newest().fail();
    expect(clock.pending).toBe(0);
    await clock.advance(120 * SECOND);
    expect([sockets.length, newest().closed, kinds()]).toEqual([1, true, before]);
  });
});
