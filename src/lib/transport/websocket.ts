/**
 * Signaling over a WebSocket: connects, comes back with jittered back-off, listens again on all topics, and proves
 * with PING that a silent connection lives. Whoever is sent away by the server stays away as long as the close code asks.
 */
import { backoff } from '../backoff.ts';
import { hex } from '../bytes.ts';
import type { Clock } from '../clock.ts';
import { WireError } from '../errors.ts';
import {
  CloseCode,
  decodeServerFrame,
  encodeClientFrame,
  MAX_TOPICS_PER_FRAME,
  SignalingErrorCode,
  SUBPROTOCOL,
  type ClientFrame
} from '../wire/signaling.ts';
import type { Refusal, Signaling, SignalingEvent } from './ports.ts';

/** Between two PINGs of a connection that says nothing else; below the idle limits of common proxies (60 s). */
const PING_MS = 25_000;
/** How long a PONG may take before the connection counts as dead. */
const PONG_MS = 5_000;
/** The same for somebody who has a reason to ask, and waits: no longer than for the other side (liveness.ts). */
const PROOF_MS = 1_200;
/** How long connecting may take. */
const CONNECT_MS = 10_000;
/** What waits in the socket before further bodies are dropped; handshakes write again by themselves. */
const MAX_BUFFERED = 1 << 20;
/** A server that kept us for so long is well: the next end of a connection is the first one again. */
const STEADY_MS = 10_000;
/** A topic was full: there may be room by now, of which nobody tells us. The shortest and the longest, milliseconds. */
const ROOM_MS = [15_000, 60_000] as const;
/** WebSocket.OPEN, where there may be no WebSocket to ask. */
const OPEN = 1;

interface Absence {
  /** The shortest and the longest, milliseconds. Whoever is sent away together must not come back together. */
  readonly ms: readonly [number, number];
  /** What a person is told of it. */
  readonly why: Refusal | null;
}

/** The page and the server do not understand each other: one of them is older, and coming back soon changes nothing. */
const NOT_UNDERSTOOD: Absence = { ms: [30_000, 60_000], why: 'refused' };
/** By close code. Every other end is a broken connection, and the back-off's matter. */
const ABSENCES = new Map<number, Absence>([
  [CloseCode.ServiceRestart, { ms: [250, 8_000], why: null }],
  [CloseCode.TryAgainLater, { ms: [15_000, 60_000], why: 'full' }],
  [CloseCode.Crowded, { ms: [15_000, 60_000], why: 'crowded' }],
  [CloseCode.Flooding, NOT_UNDERSTOOD],
  [CloseCode.MalformedFrame, NOT_UNDERSTOOD],
  [CloseCode.UnsupportedData, NOT_UNDERSTOOD],
  [CloseCode.MessageTooBig, NOT_UNDERSTOOD],
  [CloseCode.TooManyFragments, NOT_UNDERSTOOD]
]);
/** TooFast: frames were dropped, and which ones is not known. After a while all topics are said again, in a new socket. */
const OUT_OF_BREATH: Absence = { ms: [5_000, 15_000], why: null };

export interface WebSocketOptions {
  readonly url: string;
  readonly clock: Clock;
  readonly random: (length: number) => Uint8Array;
  readonly listener: (event: SignalingEvent) => void;
  /** For tests outside a browser. */
  readonly WebSocket?: new (url: string, protocol: string) => WebSocket;
}

export function connectWebSocket(options: WebSocketOptions): Signaling {
  const { url, clock, random, listener } = options;
  // A browser without one is told apart by boot.ts; here it is a server that is never reached.
  const Socket = options.WebSocket ?? (globalThis as Partial<typeof globalThis>).WebSocket;
  let topics = new Map<string, Uint8Array>();
  let socket: WebSocket | null = null;
  let online = false;
  let attempts = 0;
  let openedAt = Infinity;
  /** Until when a PONG is waited for: asking again may shorten it, and does not prolong it. */
  let askedUntil = Infinity;
  let closed = false;
  let nextAt: number | null = null;
  let cancelTimer = (): void => undefined;
  /** null: every topic that was asked for had room. */
  let cancelRoom: (() => void) | null = null;

  const timer = (ms: number, callback: () => void): void => {
    cancelTimer();
    cancelTimer = clock.after(ms, callback);
  };

  const write = (frame: ClientFrame): void => {
    // Between the other side's close and the event that tells of it, a browser complains of every send.
    if (online && socket?.readyState === OPEN)
      socket.send(encodeClientFrame(frame) as Uint8Array<ArrayBuffer>);
  };

  const subscribe = (kind: 'subscribe' | 'unsubscribe', list: readonly Uint8Array[]): void => {
    for (let i = 0; i < list.length; i += MAX_TOPICS_PER_FRAME) {
      write({ kind, topics: list.slice(i, i + MAX_TOPICS_PER_FRAME) });
    }
  };

  const ping = (patience: number, silent: () => void): void => {
    if (askedUntil === Infinity) write({ kind: 'ping' });
    askedUntil = Math.min(askedUntil, clock.elapsed() + patience);
    timer(askedUntil - clock.elapsed(), silent);
  };

  const heard = (): void => {
    askedUntil = Infinity;
    timer(PING_MS, () => {
      ping(PONG_MS, () => {
        lose();
      });
    });
  };

  function connect(): void {
    drop();
    nextAt = null;
    let opening: WebSocket;
    if (!Socket) return;
    try {
      opening = new Socket(url, SUBPROTOCOL);
    } catch {
      // A policy forbids it, or there is no network stack: the same as not reached.
      lose();
      return;
    }
    socket = opening;
    opening.binaryType = 'arraybuffer';
    opening.onopen = () => {
      online = true;
      openedAt = clock.elapsed();
      heard();
      subscribe('subscribe', [...topics.values()]);
      listener({ kind: 'online' });
    };
    opening.onmessage = (message: MessageEvent<unknown>) => {
      heard();
      if (message.data instanceof ArrayBuffer) receive(new Uint8Array(message.data));
    };
    opening.onclose = ({ code }) => {
      lose(ABSENCES.get(code));
    };
    timer(CONNECT_MS, () => {
      lose();
    });
  }

  function receive(bytes: Uint8Array): void {
    try {
      const frame = decodeServerFrame(bytes);
      if (frame.kind === 'event' || frame.kind === 'present') {
        if (topics.has(hex(frame.topic))) listener(frame);
      } else if (frame.kind === 'error') refused(frame.code);
    } catch (error) {
      // A server that sends rubbish is no better than none, and no worse.
      if (!(error instanceof WireError)) throw error;
    }
  }

  function refused(code: number): void {
    if (code === SignalingErrorCode.TooFast) lose(OUT_OF_BREATH);
    // Which one it was is not said. To listen where one listens already changes nothing.
    else if (code === SignalingErrorCode.TopicFull)
      cancelRoom ??= clock.after(between(ROOM_MS, random), () => {
        cancelRoom = null;
        subscribe('subscribe', [...topics.values()]);
      });
  }

  /** The socket's end, however it came; the next attempt follows. */
  function lose(absence?: Absence): void {
    drop();
    if (clock.elapsed() - openedAt >= STEADY_MS) attempts = 0;
    openedAt = Infinity;
    const ms = absence ? between(absence.ms, random) : backoff(attempts++, random);
    nextAt = clock.elapsed() + ms;
    timer(ms, connect);
    setOffline(absence?.why ?? null);
  }

  /** Gives up what there is, and connects. */
  function again(): void {
    attempts = 0;
    connect();
    setOffline(null);
  }

  function setOffline(why: Refusal | null): void {
    const wasOnline = online;
    online = false;
    if (wasOnline) listener({ kind: 'offline', why });
  }

  function drop(): void {
    cancelTimer();
    cancelRoom?.();
    cancelRoom = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.onerror = () => undefined;
    socket.close();
    socket = null;
  }

  // Not before the caller has its handle.
  timer(0, connect);
  return {
    setTopics(list) {
      const next = new Map(list.map((topic) => [hex(topic), topic]));
      const left = [...topics].filter(([key]) => !next.has(key)).map(([, topic]) => topic);
      const added = [...next].filter(([key]) => !topics.has(key)).map(([, topic]) => topic);
      topics = next;
      subscribe('unsubscribe', left);
      subscribe('subscribe', added);
    },
    publish(topic, body) {
      if (socket && socket.bufferedAmount > MAX_BUFFERED) return;
      write({ kind: 'publish', topic, body });
    },
    retry(changed) {
      if (closed) return;
      if (changed) again();
      else if (!online && !socket) connect();
      else if (online) ping(PROOF_MS, again);
    },
    nextAttempt: () => (nextAt === null ? null : Math.max(0, nextAt - clock.elapsed())),
    close() {
      closed = true;
      online = false;
      drop();
    }
  };
}

function between([shortest, longest]: readonly [number, number], random: WebSocketOptions['random']): number {
  const [high = 0, low = 0] = random(2);
  return shortest + ((longest - shortest) * (high * 256 + low)) / 65_535;
}
