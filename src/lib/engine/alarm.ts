/** One timer that is set to the earliest time that anybody wants, and set again whenever that changes. */
import type { Clock } from '../clock.ts';

/** setTimeout fires at once beyond 2^31 - 1 ms. */
const MAX_DELAY_MS = 2 ** 31 - 1;

export class Alarm {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #at: number | null = null;
  #cancel = (): void => undefined;

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Rings at `at`, by the time that `now` is given in; null: not at all. It may ring early, after a long wait. */
  set(at: number | null, now: number): void {
    if (at === this.#at) return;
    this.#at = at;
    this.#cancel();
    if (at === null) return;
    this.#cancel = this.#clock.after(Math.min(Math.max(0, at - now), MAX_DELAY_MS), () => {
      this.#at = null;
      this.#ring();
    });
  }

  clear(): void {
    this.set(null, 0);
  }
}
