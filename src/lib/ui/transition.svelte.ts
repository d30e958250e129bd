/**
 * From the list into a conversation and back with a view transition, where the browser has them and the user wants
 * motion. It is never waited for: what is slow to begin is left out.
 */
import { tick } from 'svelte';

const patienceMs = 100;

/** Carries out `change` at once, or within a moment as the change of a transition. */
function withTransition(change: () => void): void {
  const start = (document as Partial<Pick<Document, 'startViewTransition'>>).startViewTransition;
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  if (start === undefined || still || document.visibilityState !== 'visible') {
    change();
    return;
  }
  let done = false;
  const once = (): void => {
    if (done) return;
    done = true;
    change();
  };
  const transition = start.call(document, async () => {
    once();
    await tick();
  });
  const late = setTimeout(() => {
    if (done) return;
    once();
    transition.skipTransition();
  }, patienceMs);
  // Skipped, by us or by the next one: nothing is lost.
  transition.ready.catch(() => undefined);
  transition.finished
    .catch(() => undefined)
    .finally(() => {
      clearTimeout(late);
    });
}

/** Follows a value. A change that moves from one screen to another is shown as such; the first value is there at once. */
export class Shown<T> {
  #value = $state.raw() as T;
  /** What is to be shown, by the newest change: the one before may still be under way. */
  #wanted: T;

  constructor(wanted: () => T, moves: (from: T, to: T) => boolean) {
    this.#wanted = wanted();
    this.#value = this.#wanted;
    $effect.pre(() => {
      const next = wanted();
      if (next === this.#wanted) return;
      const change = (): void => {
        this.#value = this.#wanted;
      };
      const moved = moves(this.#wanted, next);
      this.#wanted = next;
      if (moved) withTransition(change);
      else change();
    });
  }

  get value(): T {
    return this.#value;
  }
}
