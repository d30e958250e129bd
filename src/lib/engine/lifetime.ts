/**
 * The time that deadlines are measured in (protocol, section 10): never behind its high-water mark, which is kept on
 * disk, and never slower than the time that really passes while the page runs. Turning the clock back prolongs no
 * life. What must agree with other people's clocks (topics, an invitation's expiry) uses the clock itself.
 */
import type { Clock } from '../clock.ts';

/** How much of the mark a crash may lose. */
const SAVE_MS = 10_000;

export class Lifetime {
  readonly #clock: Clock;
  #mark: number;
  #at: number;
  #saved = 0;

  constructor(clock: Clock, savedMark: number) {
    this.#clock = clock;
    this.#mark = Math.max(savedMark, clock.now());
    this.#at = clock.elapsed();
  }

  now(): number {
    const elapsed = this.#clock.elapsed();
    this.#mark = Math.max(this.#mark + Math.max(0, elapsed - this.#at), this.#clock.now());
    this.#at = elapsed;
    return Math.floor(this.#mark);
  }

  /** The mark, when it is time to write it down again; else null. */
  unsaved(): number | null {
    const now = this.now();
    if (now - this.#saved < SAVE_MS) return null;
    this.#saved = now;
    return now;
  }
}
