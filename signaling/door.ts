/**
 * Who comes through the door, and how long it may stand there. Connections that an address makes are counted, those that
 * have said nothing yet among them: who makes too many is sent away before the HTTP library hears of it, for what that
 * prepares for a connection is most of what one costs. And who has not said what it wants within `requestMs`, or says
 * nothing more after an answer, is sent away too, one after the other: the library would end all whose time is over at
 * once, and take thousands that came together. Until then it is read less and less often: each byte of thousands who
 * dribble would be a read of its own.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { addressKey } from './address.ts';
import { Buckets } from './bucket.ts';
import type { Limits } from './limits.ts';
import type { Turns } from './turns.ts';

export interface DoorOptions {
  readonly limits: Limits;
  readonly turns: Turns;
  readonly now: () => number;
  /** Behind a proxy there is nothing to count: all connections are the proxy's. */
  readonly counts: boolean;
}

/** Until the library takes a connection over, its errors are ours; there is nothing to do about a reset. */
export const ignore = (): void => undefined;

export function guard(http: Server, { limits, turns, now, counts }: DoorOptions): void {
  const arrivals = new Buckets(
    limits.connectionsAtOnce,
    limits.connectionsPerSecond,
    limits.rememberedAddresses
  );
  const open = new Map<string, number>();
  /** Whose request is awaited, and since when: the first has waited longest. */
  const awaited = new Map<Socket, number>();
  /** Those of whom it is the first. */
  const strangers = new Set<Socket>();

  function letsIn(socket: Socket): boolean {
    const address = addressKey(socket.remoteAddress ?? '');
    const count = (open.get(address) ?? 0) + 1;
    if (count > limits.connectionsPerAddress || !arrivals.take(address, now())) return false;
    open.set(address, count);
    socket.once('close', () => {
      const left = (open.get(address) ?? 0) - 1;
      if (left > 0) open.set(address, left);
      else open.delete(address);
    });
    return true;
  }

  function wait(socket: Socket): void {
    awaited.set(socket, performance.now());
  }

  function cease(socket: Socket): void {
    awaited.delete(socket);
    strangers.delete(socket);
  }

  /** Who has begun its first request and not ended it is read again after as long as it has had. */
  function readAgain(stranger: Socket, ms: number): void {
    const rest = (): number => {
      if (!strangers.has(stranger)) return 0;
      if (stranger.bytesRead > 0) stranger.pause();
      setTimeout(() => {
        turns.inLine(read);
      }, ms).unref();
      return 1;
    };
    const read = (): number => {
      if (!strangers.has(stranger)) return 0;
      stranger.resume();
      ms *= 2;
      turns.inLine(rest);
      return limits.connectionAsFrames;
    };
    setTimeout(() => {
      turns.inLine(rest);
    }, ms).unref();
  }

  /** One of those who are late; more of them stand in line for that as anybody else does. No answer: it would be most of the work. */
  function sendAway(): number {
    const [first] = awaited;
    if (first === undefined || first[1] > performance.now() - limits.requestMs) return 0;
    awaited.delete(first[0]);
    first[0].destroy();
    turns.inLine(sendAway);
    return limits.goodbyeAsFrames;
  }

  const listeners = http.listeners('connection') as ((socket: Socket) => void)[];
  http.removeAllListeners('connection');
  http.on('connection', (socket: Socket) => {
    if (counts && !letsIn(socket)) {
      socket.destroy();
      return;
    }
    socket.on('error', ignore);
    turns.inLine(() => {
      socket.off('error', ignore);
      if (socket.destroyed) return 0;
      wait(socket);
      strangers.add(socket);
      socket.once('close', () => {
        cease(socket);
      });
      for (const listener of listeners) listener.call(http, socket);
      readAgain(socket, limits.dribbleMs);
      return limits.connectionAsFrames;
    });
  });
  http.on('upgrade', ({ socket }: IncomingMessage) => {
    cease(socket);
  });
  http.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    cease(socket);
    response.once('finish', () => {
      if (!socket.destroyed) wait(socket);
    });
  });
  const watch = setInterval(() => {
    turns.inLine(sendAway);
  }, limits.requestCheckMs).unref();
  http.once('close', () => {
    clearInterval(watch);
  });
}
