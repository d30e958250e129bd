/**
 * The time that deadlines are measured in (protocol, section 10): never behind its high-water mark, which is kept on
 * disk, and never slower than the time that really passes, while the page runs and while nothing does. Turning the clock
 * back prolongs no life: with the mark lies what the clock said then, so that days in which the app was closed count by a
 * clock that is years behind as well. What must agree with other people's clocks (topics, an invitation's expiry) uses
 * the clock itself.
 */
import type { Clock } from '../clock.ts';

/** So far it goes ahead of what is on disk before a commit takes it along. */
const SAVE_MS = 10_000;
/** A clock that is set by less than this was corrected, not turned. */
const TURNED_MS = 1_000;

/** As it lies on the disk: the mark, and the clock of that moment. */
export interface Mark {
  readonly mark: number;
  readonly clock: number;
}

export class Lifetime {
  readonly #clock: Clock;
  #mark: number;
  #at: number;
  #saved: Mark = { mark: 0, clock: 0 };

  /** @param saved whatever lies on the disk */
  constructor(clock: Clock, saved: unknown) {
    const [kept, now] = [parse(saved), clock.now()];
    this.#clock = clock;
    this.#mark = kept ? Math.max(kept.mark + Math.max(0, now - kept.clock), now) : now;
    this.#at = clock.elapsed();
  }

  now(): number {
    const elapsed = this.#clock.elapsed();
    this.#mark = Math.max(this.#mark + Math.max(0, elapsed - this.#at), this.#clock.now());
    this.#at = elapsed;
    return Math.floor(this.#mark);
  }

  /** The mark, when it is time to write it down again, or the clock was turned; else null. */
  unsaved(): Mark | null {
    const [mark, clock] = [this.now(), this.#clock.now()];
    const { mark: before, clock: then } = this.#saved;
    const turned = Math.abs(mark - clock - (before - then)) >= TURNED_MS;
    return turned || mark - before >= SAVE_MS ? { mark, clock } : null;
  }

  /** It is on disk. */
  saved(mark: Mark): void {
    this.#saved = mark;
  }
}

/** What the clock says, for people to see. (Before 1970 it is set to nothing that could be written down.) */
export function shownTime(clock: Pick<Clock, 'now'>): number {
  return Math.max(0, Math.floor(clock.now()));
}

/** null: there is none, or what is there is none. The first version kept the mark alone. */
function parse(saved: unknown): Mark | null {
  if (isTime(saved)) return { mark: saved, clock: saved };
  if (typeof saved !== 'object' || saved === null) return null;
  const { mark, clock } = saved as Partial<Record<string, unknown>>;
  return isTime(mark) && isTime(clock) ? { mark, clock } : null;
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
