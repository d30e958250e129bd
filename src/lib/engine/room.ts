/**
 * What found no room on the disk and waits for some: it is tried again every few seconds, at once after a write that
 * succeeded, and when the user asks.
 */
import type { Clock } from '../clock.ts';

const AGAIN_MS = 5_000;

export class Room {
  readonly #clock: Clock;
  #waiting: (() => void)[] = [];
  #cancel: (() => void) | null = null;
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  later(work: () => void): void {
    if (this.#closed) return;
    this.#waiting.push(work);
    this.#cancel ??= this.#clock.after(AGAIN_MS, () => {
      this.retry();
    });
  }

  retry(): void {
    this.#stop();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const work of waiting) work();
  }

  /** What waits is left as it is: the next start finds it. */
  close(): void {
    this.#closed = true;
    this.#waiting = [];
    this.#stop();
  }

  #stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }
}
