/** A picture takes time: the first comes at once, those after it no more often than this. */
const gap = 50;

/** Calls `paint` now, or when it is time for the next picture; however often it is asked, never more often. */
export class Pace {
  readonly #paint: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #wanted = false;

  constructor(paint: () => void) {
    this.#paint = paint;
  }

  ask(): void {
    this.#wanted = true;
    if (this.#timer === undefined) this.#next();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#wanted = false;
  }

  // A timer, not a frame: a page that is hidden has a title that counts.
  #next(): void {
    this.#timer = undefined;
    if (!this.#wanted) return;
    this.#wanted = false;
    this.#timer = setTimeout(() => {
      this.#next();
    }, gap);
    this.#paint();
  }
}
