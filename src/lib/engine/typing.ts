/** "… is typing": said at most every few seconds, shown for a few more than that, and gone with the message. */
import type { Clock } from '../clock.ts';

const SHOWN_MS = 5_000;
const SAID_MS = 3_000;

export class Typing {
  readonly #clock: Clock;
  readonly #onChange: () => void;
  #until = -Infinity;
  #saidAt = -Infinity;

  constructor(clock: Clock, onChange: () => void) {
    this.#clock = clock;
    this.#onChange = onChange;
  }

  get shown(): boolean {
    return this.#clock.elapsed() < this.#until;
  }

  /** Whether it is time to say it again to the other side. */
  isDue(): boolean {
    const now = this.#clock.elapsed();
    if (now - this.#saidAt < SAID_MS) return false;
    this.#saidAt = now;
    return true;
  }

  show(): void {
    this.#until = this.#clock.elapsed() + SHOWN_MS;
    this.#onChange();
    this.#clock.after(SHOWN_MS, () => {
      if (!this.shown) this.#onChange();
    });
  }

  hide(): void {
    if (!this.shown) return;
    this.#until = -Infinity;
    this.#onChange();
  }
}
