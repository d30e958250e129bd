import type { Engine, Snapshot } from '../engine/api.ts';

/** A picture takes time: the first comes at once, those after it no more often than this. */
const gap = 50;

/**
 * Paints what the engine is now, and from then on what it becomes. Another phase is painted at once: nothing on the
 * screen may outlive the engine that it was made for, however soon there is another. Returns the unsubscriber.
 */
export function follow(
  engine: Pick<Engine, 'snapshot' | 'subscribe'>,
  paint: (now: Snapshot) => void
): () => void {
  let phase: Snapshot['phase'];
  const show = (): void => {
    ({ phase } = engine.snapshot);
    paint(engine.snapshot);
  };
  show();
  const pace = new Pace(show);
  const unsubscribe = engine.subscribe((now) => {
    if (now.phase !== phase) pace.stop();
    pace.ask();
  });
  return () => {
    unsubscribe();
    pace.stop();
  };
}

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
