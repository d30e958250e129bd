/**
 * The open WebSockets: reads their frames, asks the relay, delivers, and gets rid of sockets that are silent, slow
 * or greedy. Each ends in one place, its 'close' event. No body, topic or address leaves this file but to a peer.
 */
import { randomInt } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { WebSocket, type RawData } from 'ws';
import { WireError } from '../src/lib/errors.ts';
import {
  CloseCode,
  decodeClientFrame,
  encodeServerFrame,
  eventOf,
  MAX_TOPICS_PER_FRAME,
  SignalingErrorCode,
  type ClientFrame
} from '../src/lib/wire/signaling.ts';
import { Backlog } from './backlog.ts';
import type { OpenBackplane } from './backplane.ts';
import { Bucket } from './bucket.ts';
import { Gate } from './gate.ts';
import type { Limits } from './limits.ts';
import { Neighbourhood, type Neighbours } from './neighbours.ts';
import { Nodes } from './nodes.ts';
import { Relay, topicKey, type SocketId } from './relay.ts';
import { newTally, type Tally } from './tally.ts';
import type { Turns } from './turns.ts';

const { OPEN } = WebSocket;

interface Connection {
  readonly id: SocketId;
  readonly ws: WebSocket;
  readonly socket: Duplex;
  readonly gate: Gate;
  /** Together with the other sockets of the same address. */
  readonly neighbours: Neighbours;
  readonly frames: Bucket;
  readonly bytes: Bucket;
  readonly refusals: Bucket;
  missedBeats: number;
  /** Frames for it are collected. */
  corked: boolean;
}

export interface SocketsOptions {
  readonly limits: Limits;
  readonly turns: Turns;
  readonly now: () => number;
  readonly backplane: OpenBackplane;
  readonly onBackplane: (connected: boolean) => void;
}

export class Sockets {
  readonly tally: Tally = newTally();
  readonly #limits: Limits;
  readonly #turns: Turns;
  readonly #now: () => number;
  readonly #relay: Relay;
  readonly #nodes: Nodes;
  readonly #neighbourhood: Neighbourhood;
  readonly #backlog: Backlog<WebSocket>;
  readonly #connections = new Map<SocketId, Connection>();
  readonly #corked: Connection[] = [];
  #nextId: SocketId = 1;

  constructor({ limits, turns, now, backplane, onBackplane }: SocketsOptions) {
    this.#limits = limits;
    this.#turns = turns;
    this.#now = now;
    this.#relay = new Relay(limits);
    this.#neighbourhood = new Neighbourhood(limits);
    this.#backlog = new Backlog(limits.bufferedBytesInAll);
    this.#nodes = new Nodes({
      open: backplane,
      relay: this.#relay,
      deliver: (to, frame) => {
        this.#send(to, frame);
      },
      onConnected: onBackplane
    });
  }

  /** Other nodes are reached, if there are any. */
  get connected(): boolean {
    return this.#nodes.connected;
  }

  get gauges() {
    return { sockets: this.#connections.size, topics: this.#relay.size, waiting: this.#backlog.bytes };
  }

  /** The library's, over this connection. */
  add(ws: WebSocket, socket: Duplex, address: string): void {
    const limits = this.#limits;
    const now = this.#now();
    // An oversized frame, broken framing, a reset: the library closes the socket, 'close' does the rest.
    ws.on('error', () => undefined);
    ws.on('close', (code) => {
      this.tally.closed(code);
    });
    this.tally.opened++;
    const full = this.#connections.size >= limits.sockets;
    const neighbours = full ? null : this.#neighbourhood.enter(address, now);
    if (neighbours === null) {
      ws.close(full ? CloseCode.TryAgainLater : CloseCode.Crowded);
      return;
    }
    const gate = new Gate({
      ...{ ws, socket, limits, turns: this.#turns, share: neighbours.share },
      onDropped: (frames) => {
        this.#refuse(connection, frames);
      }
    });
    const connection: Connection = {
      id: this.#nextId++,
      ...{ ws, socket, gate, neighbours },
      frames: new Bucket(limits.framesAtOnce, limits.framesPerSecond, now),
      bytes: new Bucket(limits.bytesAtOnce, limits.bytesPerSecond, now),
      refusals: new Bucket(limits.refusalsAtOnce, limits.refusalsPerSecond, now),
      missedBeats: 0,
      corked: false
    };
    this.#connections.set(connection.id, connection);
    const stopHeartbeat = this.#startHeartbeat(connection);

    ws.on('message', (data, isBinary) => {
      this.#receive(connection, data, isBinary);
    });
    // The library answers pings by itself: they cost what a frame costs, or they would be a way around the rate.
    ws.on('ping', (data) => this.#admit(connection, data.length));
    ws.on('pong', (data) => {
      if (this.#admit(connection, data.length)) connection.missedBeats = 0;
    });
    ws.on('close', () => {
      stopHeartbeat();
      this.#connections.delete(connection.id);
      this.#backlog.forget(ws);
      this.#leave(connection, () => {
        this.#neighbourhood.leave(address, neighbours);
      });
    });
  }

  /** Its topics, a few at a time: two thousand would be felt. */
  #leave({ id, neighbours }: Connection, done: () => void): void {
    const some = (): number => {
      const left = this.#relay.leave(id, MAX_TOPICS_PER_FRAME);
      neighbours.topics -= left.topics;
      this.#nodes.left(left.empty);
      if (this.#relay.topicsOf(id) === 0) done();
      else this.#turns.inLine(some);
      return left.topics;
    };
    some();
  }

  /** Says goodbye to everybody; who has not answered after `closeMs` is cut off by the library. */
  async closeAll(): Promise<void> {
    for (const { ws } of this.#connections.values()) ws.close(CloseCode.ServiceRestart);
    await this.#nodes.close();
  }

  #receive(connection: Connection, data: RawData, isBinary: boolean): void {
    // Closing has begun: what was still under way is no longer done, or a flood would go on through its own end.
    if (connection.ws.readyState !== connection.ws.OPEN) return;
    if (!isBinary) {
      connection.ws.close(CloseCode.UnsupportedData);
      return;
    }
    // binaryType is 'nodebuffer', so `data` is one Buffer; it is a plain view for the shared decoder.
    const buffer = data as Buffer;
    const bytes = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
    if (!this.#admit(connection, bytes.length)) return;
    let frame: ClientFrame;
    try {
      frame = decodeClientFrame(bytes);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      connection.ws.close(CloseCode.MalformedFrame);
      return;
    }
    if ('topics' in frame && !this.#admitTopics(connection, frame.topics.length)) return;
    this.tally.frames[frame.kind]++;
    this.#obey(connection, frame, bytes);
  }

  #obey(connection: Connection, frame: ClientFrame, bytes: Uint8Array): void {
    const { id, neighbours } = connection;
    switch (frame.kind) {
      case 'subscribe':
        this.#subscribe(connection, frame.topics);
        return;
      case 'unsubscribe': {
        const before = this.#relay.topicsOf(id);
        this.#nodes.left(this.#relay.unsubscribe(id, frame.topics));
        neighbours.topics += this.#relay.topicsOf(id) - before;
        return;
      }
      case 'publish': {
        const topic = topicKey(frame.topic);
        const event = eventOf(bytes);
        this.#send(this.#relay.at(topic), event, id);
        this.#nodes.send(topic, event);
        return;
      }
      case 'ping':
        this.#send([id], encodeServerFrame({ kind: 'pong' }));
    }
  }

  #subscribe({ id, ws, neighbours }: Connection, topics: readonly Uint8Array[]): void {
    if (this.#relay.size + topics.length > this.#limits.topics) {
      ws.close(CloseCode.TryAgainLater);
      return;
    }
    if (neighbours.topics + topics.length > this.#limits.topicsPerAddress) {
      ws.close(CloseCode.Crowded);
      return;
    }
    const before = this.#relay.topicsOf(id);
    const { deliveries, arrivals } = this.#relay.subscribe(id, topics);
    neighbours.topics += this.#relay.topicsOf(id) - before;
    for (const { to, frame } of deliveries) {
      if (frame.kind === 'error') this.tally.refused(frame.code);
      this.#send(to, encodeServerFrame(frame));
    }
    void this.#nodes.arrived(id, arrivals);
  }

  #send(to: Iterable<SocketId>, frame: Uint8Array, from?: SocketId): void {
    for (const id of to) {
      const connection = this.#connections.get(id);
      if (id === from || connection?.ws.readyState !== OPEN) continue;
      this.#cork(connection);
      connection.ws.send(frame);
      this.tally.sent++;
    }
  }

  /** All that one read brings for a socket goes out in one write: that is most of what a frame costs. */
  #cork(connection: Connection): void {
    if (connection.corked) return;
    connection.corked = true;
    connection.socket.cork();
    if (this.#corked.push(connection) > 1) return;
    process.nextTick(() => {
      for (const one of this.#corked.splice(0)) this.#uncork(one);
    });
  }

  #uncork(connection: Connection): void {
    const { ws, socket } = connection;
    connection.corked = false;
    socket.uncork();
    const waiting = ws.bufferedAmount;
    if (waiting === 0 || ws.readyState !== OPEN) return;
    if (waiting > this.#limits.bufferedBytes) ws.close(CloseCode.TooSlow);
    for (const slow of this.#backlog.note(ws)) slow.close(CloseCode.TooSlow);
  }

  /** Whether one more frame of this length is within the rate. If not, the sender is told, and closed when it does not listen. */
  #admit(connection: Connection, length: number): boolean {
    const { frames, bytes, gate, neighbours } = connection;
    const now = this.#now();
    // What came together with a frame that was refused is not looked at.
    const within =
      !gate.rests &&
      frames.take(1, now) &&
      bytes.take(length, now) &&
      neighbours.frames.take(1, now) &&
      neighbours.bytes.take(length, now);
    if (!within) this.#refuse(connection, 1);
    return within;
  }

  #admitTopics(connection: Connection, count: number): boolean {
    const { frames, neighbours } = connection;
    const now = this.#now();
    const asFrames = count / this.#limits.topicsAsOneFrame;
    const within =
      frames.take(asFrames, now) &&
      neighbours.frames.take(asFrames, now) &&
      neighbours.subscriptions.take(count, now);
    if (within) neighbours.share.spent += count;
    else this.#refuse(connection, 1);
    return within;
  }

  #refuse({ id, ws, gate, refusals }: Connection, frames: number): void {
    this.tally.refused(SignalingErrorCode.TooFast, frames);
    if (!refusals.take(frames, this.#now())) ws.close(CloseCode.Flooding);
    if (gate.rests) return;
    this.#send([id], encodeServerFrame({ kind: 'error', code: SignalingErrorCode.TooFast }));
    this.#rest(ws, gate);
  }

  /** What is not read costs nothing: to refuse each frame of a flood would take the time of all others. */
  #rest(ws: WebSocket, gate: Gate): void {
    const { restMs } = this.#limits;
    gate.rest();
    setTimeout(
      () => {
        // One that was closed meanwhile is read no more, and cut off after `closeMs`.
        if (ws.readyState === OPEN) gate.wake();
      },
      restMs / 2 + randomInt(restMs + 1)
    ).unref();
  }

  #startHeartbeat(connection: Connection): () => void {
    const { heartbeatMs, heartbeatJitter, missedBeats } = this.#limits;
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      // Jitter, so that ten thousand sockets of one restart do not beat together for ever.
      const jitter = 1 + heartbeatJitter * (randomInt(2_001) / 1_000 - 1);
      timer = setTimeout(beat, heartbeatMs * jitter);
    };
    const beat = (): void => {
      if (connection.missedBeats >= missedBeats) {
        connection.ws.terminate();
        return;
      }
      connection.missedBeats++;
      connection.ws.ping();
      arm();
    };
    arm();
    return () => {
      clearTimeout(timer);
    };
  }
}
