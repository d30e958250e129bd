/** "They are typing", both ways: said every few seconds at most, shown until it was not said for a while. */
import type { Clock } from '../clock.ts';

const SHOWN_MS = 5_000;
const SAID_MS = 3_000;

export class Typing {
  readonly #clock: Clock;
  readonly #onChange: () => void;
  #until = 0;
  #saidAt = 0;

  constructor(clock: Clock, onChange: () => void) {
    this.#clock = clock;
    this.#onChange = onChange;
  }

  /** Whether the other side types. */
  get shown(): boolean {
    return this.#clock.now() < this.#until;
  }

  show(typing: boolean): void {
    if (!typing && !this.shown) return;
    this.#until = typing ? this.#clock.now() + SHOWN_MS : 0;
    this.#onChange();
    if (!typing) return;
    this.#clock.after(SHOWN_MS, () => {
      if (!this.shown) this.#onChange();
    });
  }

  /** The connection is gone: whoever shows that shows this with it. */
  forget(): void {
    this.#until = 0;
  }

  /** Whether this side may say again that it types; then it says so. */
  mayBeSaid(): boolean {
    const now = this.#clock.now();
    if (now - this.#saidAt < SAID_MS) return false;
    this.#saidAt = now;
    return true;
  }
}
