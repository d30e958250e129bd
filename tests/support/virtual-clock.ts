/** Time that the test holds: nothing fires until it is advanced, and everything fires in order. */
import type { Clock } from '../../src/lib/clock.ts';

interface Timer {
  readonly at: number;
  readonly order: number;
  callback: (() => void) | null;
}

export class VirtualClock implements Clock {
  #now: number;
  #order = 0;
  #offset = 0;
  readonly #turns: number;
  /** A binary heap, the next timer first. Cancelled ones lie there until their time comes. */
  readonly #timers: Timer[] = [];
  #pending = 0;

  /** @param turns how often the event loop turns between two timers: once settles every chain of promises. */
  constructor(start = Date.UTC(2026, 0, 1), turns = 3) {
    this.#now = start;
    this.#turns = turns;
  }

  /** Whole milliseconds, as Date.now() has them. */
  now(): number {
    return Math.floor(this.#now) + this.#offset;
  }

  /** Time that passes, whatever the clock is set to. */
  elapsed(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): () => void {
    const timer: Timer = { at: this.#now + Math.max(0, ms), order: this.#order++, callback };
    this.#push(timer);
    this.#pending++;
    return () => {
      if (timer.callback) this.#pending--;
      timer.callback = null;
    };
  }

  get pending(): number {
    return this.#pending;
  }

  /** Sets the clock as a user does, without time passing. */
  set(offsetMs: number): void {
    this.#offset = offsetMs;
  }

  /** Lets `ms` pass, firing every timer in its turn and letting promises settle between them. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await this.settle();
    for (;;) {
      const next = this.#timers[0];
      if (!next || next.at > end) break;
      this.#pop();
      const { callback } = next;
      if (!callback) continue;
      next.callback = null;
      this.#pending--;
      this.#now = Math.max(this.#now, next.at);
      callback();
      await this.settle();
    }
    this.#now = end;
  }

  /** Lets everything that only waits for promises run. */
  async settle(): Promise<void> {
    for (let i = 0; i < this.#turns; i++) await new Promise<void>((resolve) => setImmediate(resolve));
  }

  #push(timer: Timer): void {
    const heap = this.#timers;
    let at = heap.push(timer) - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = heap[up];
      if (!parent || !isBefore(timer, parent)) break;
      heap[at] = parent;
      at = up;
    }
    heap[at] = timer;
  }

  #pop(): void {
    const heap = this.#timers;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let down = 2 * at + 1;
      let child = heap[down];
      if (!child) break;
      const right = heap[down + 1];
      if (right && isBefore(right, child)) [child, down] = [right, down + 1];
      if (!isBefore(child, last)) break;
      heap[at] = child;
      at = down;
    }
    heap[at] = last;
  }
}

function isBefore(one: Timer, other: Timer): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
