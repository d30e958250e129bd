/** What is counted, and all of it: numbers, of which none belongs to anybody. */
import type { ClientFrame } from '../src/lib/wire/signaling.ts';

export interface Tally {
  opened: number;
  /** Frames to sockets. */
  sent: number;
  readonly frames: Record<ClientFrame['kind'], number>;
  /** By close code, by the code of an ERR frame, by HTTP status: written by the server or from a short list. */
  readonly closings: Map<number, number>;
  readonly errors: Map<number, number>;
  readonly turnedAway: Map<number, number>;
  closed(code: number): void;
  refused(code: number, times?: number): void;
  turnAway(status: number): void;
}

/** A client may close with any of 4,000 codes; the server's own are below 4100, and the registry's below 1016. */
const OTHER = 0;

export function newTally(): Tally {
  const closings = new Map<number, number>();
  const errors = new Map<number, number>();
  const turnedAway = new Map<number, number>();
  const count = (map: Map<number, number>, key: number, times = 1): void => {
    map.set(key, (map.get(key) ?? 0) + times);
  };
  return {
    opened: 0,
    sent: 0,
    frames: { subscribe: 0, unsubscribe: 0, publish: 0, ping: 0 },
    closings,
    errors,
    turnedAway,
    closed(code) {
      count(closings, (code >= 1000 && code < 1016) || (code >= 4000 && code < 4010) ? code : OTHER);
    },
    refused(code, times) {
      count(errors, code, times);
    },
    turnAway(status) {
      count(turnedAway, status);
    }
  };
}
