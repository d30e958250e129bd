/**
 * The open WebSockets: reads their frames, asks the relay, delivers, and gets rid of sockets that are silent, slow
 * or greedy. Each ends in one place, its 'close' event. No body, topic or address leaves this file but to a peer.
 */
import { randomInt } from 'node:crypto';
import type { RawData, WebSocket } from 'ws';
import { WireError } from '../src/lib/errors.ts';
import {
  CloseCode,
  decodeClientFrame,
  encodeServerFrame,
  SignalingErrorCode,
  type ClientFrame
} from '../src/lib/wire/signaling.ts';
import { Bucket } from './bucket.ts';
import type { Limits } from './limits.ts';
import { Relay, type Delivery, type SocketId } from './relay.ts';

interface Connection {
  readonly id: SocketId;
  readonly ws: WebSocket;
  /** All sockets of the same address, this one included. */
  readonly neighbours: ReadonlySet<SocketId>;
  readonly frames: Bucket;
  readonly bytes: Bucket;
  readonly refusals: Bucket;
  missedBeats: number;
}

export class Sockets {
  readonly #limits: Limits;
  readonly #now: () => number;
  readonly #relay: Relay;
  readonly #connections = new Map<SocketId, Connection>();
  readonly #byAddress = new Map<string, Set<SocketId>>();
  #nextId: SocketId = 1;

  constructor(limits: Limits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
    this.#relay = new Relay(limits);
  }

  /** Whether one more socket of this address may be opened. */
  hasRoom(address: string): boolean {
    return (this.#byAddress.get(address)?.size ?? 0) < this.#limits.socketsPerAddress;
  }

  add(ws: WebSocket, address: string): void {
    const { framesAtOnce, framesPerSecond, bytesAtOnce, bytesPerSecond, refusalsAtOnce, refusalsPerSecond } =
      this.#limits;
    const now = this.#now();
    const neighbours = this.#byAddress.get(address) ?? new Set<SocketId>();
    const connection: Connection = {
      id: this.#nextId++,
      ws,
      neighbours,
      frames: new Bucket(framesAtOnce, framesPerSecond, now),
      bytes: new Bucket(bytesAtOnce, bytesPerSecond, now),
      refusals: new Bucket(refusalsAtOnce, refusalsPerSecond, now),
      missedBeats: 0
    };
    neighbours.add(connection.id);
    this.#byAddress.set(address, neighbours);
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
    // An oversized frame, broken framing, a reset: the library closes the socket, 'close' does the rest.
    ws.on('error', () => undefined);
    ws.on('close', () => {
      stopHeartbeat();
      this.#relay.leave(connection.id);
      this.#connections.delete(connection.id);
      neighbours.delete(connection.id);
      if (neighbours.size === 0) this.#byAddress.delete(address);
    });
  }

  /** Says goodbye to everybody; who has not answered after `closeMs` is cut off by the library. */
  closeAll(): void {
    for (const { ws } of this.#connections.values()) ws.close(CloseCode.ServiceRestart);
  }

  #receive(connection: Connection, data: RawData, isBinary: boolean): void {
    // Closing has begun: what was still under way is no longer done, or a flood would go on through its own end.
    if (connection.ws.readyState !== connection.ws.OPEN) return;
    if (!isBinary) {
      connection.ws.close(CloseCode.UnsupportedData);
      return;
    }
    // binaryType is 'nodebuffer', so `data` is one Buffer; it is a plain view for the shared decoder.
    const bytes = new Uint8Array(data as Buffer);
    if (!this.#admit(connection, bytes.length)) return;
    let frame: ClientFrame;
    try {
      frame = decodeClientFrame(bytes);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      connection.ws.close(CloseCode.MalformedFrame);
      return;
    }
    for (const delivery of this.#answer(connection, frame)) this.#deliver(delivery);
  }

  #answer({ id, neighbours }: Connection, frame: ClientFrame): Delivery[] {
    switch (frame.kind) {
      case 'subscribe':
        if (this.#relay.topicsOf(neighbours) + frame.topics.length > this.#limits.topicsPerAddress) {
          return [{ to: [id], frame: { kind: 'error', code: SignalingErrorCode.TooManyTopics } }];
        }
        return this.#relay.subscribe(id, frame.topics);
      case 'unsubscribe':
        this.#relay.unsubscribe(id, frame.topics);
        return [];
      case 'publish':
        return this.#relay.publish(id, frame.topic, frame.body);
      case 'ping':
        return [{ to: [id], frame: { kind: 'pong' } }];
    }
  }

  #deliver({ to, frame }: Delivery): void {
    const bytes = encodeServerFrame(frame);
    for (const id of to) {
      const ws = this.#connections.get(id)?.ws;
      if (ws === undefined || ws.readyState !== ws.OPEN) continue;
      ws.send(bytes);
      if (ws.bufferedAmount > this.#limits.bufferedBytes) ws.close(CloseCode.TooSlow);
    }
  }

  /** Whether this much more is within the rate. If not, the sender is told, and closed when it does not listen. */
  #admit(connection: Connection, bytes: number): boolean {
    const now = this.#now();
    if (connection.frames.take(1, now) && connection.bytes.take(bytes, now)) return true;
    if (!connection.refusals.take(1, now)) connection.ws.close(CloseCode.Flooding);
    else {
      this.#deliver({ to: [connection.id], frame: { kind: 'error', code: SignalingErrorCode.TooFast } });
    }
    return false;
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
