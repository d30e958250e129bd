import type {
  ConversationId,
  Engine,
  MessageId,
  Timeline,
  TimelineHandle,
  TimelineItem
} from '../engine/api.ts';
import { alive, days, nextDeadline, unreadFrom } from './grouping.ts';
import type { Day } from './grouping.ts';

/** Even without a snapshot the clock may jump (sleep, a frozen tab): timed messages are looked at this often. */
const longestNap = 1_000;

/** One open conversation's history as the log paints it. Close it when the conversation is left. */
export class TimelineView {
  readonly #handle: TimelineHandle;
  #timeline = $state.raw<Timeline | null>(null);
  #living = $state.raw<readonly TimelineItem[]>([]);
  #unreadCount = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #loading = false;
  #closed = false;
  #newest: Timeline | null = null;
  /** This frame has had its picture: many commits a second are not many pictures a frame. */
  #painted = false;

  /** State, not derived: a derived value would die with the effect that opened this view, before its last reader. */
  #days = $state.raw<readonly Day[]>([]);

  constructor(engine: Engine, id: ConversationId) {
    this.#handle = engine.openTimeline(id, (timeline) => {
      this.#newest = timeline;
      if (!this.#painted) this.#take();
    });
  }

  get ready(): boolean {
    return this.#timeline !== null;
  }

  get days(): readonly Day[] {
    return this.#days;
  }

  /** What is loaded and may still be painted, oldest first. */
  get items(): readonly TimelineItem[] {
    return this.#living;
  }

  /** A message that may still be painted. */
  find(id: MessageId): TimelineItem | undefined {
    return this.#living.find((item) => item.id === id);
  }

  get hasOlder(): boolean {
    return this.#timeline?.hasOlder ?? false;
  }

  get typing(): boolean {
    return this.#timeline?.typing ?? false;
  }

  /** Hides what is over; to be called when the page is shown again, too. */
  readonly tick = (): void => {
    this.#watch();
  };

  readonly older = async (): Promise<void> => {
    if (this.#loading || this.#closed) return;
    this.#loading = true;
    try {
      await this.#handle.loadOlder();
    } finally {
      this.#loading = false;
    }
  };

  readonly seen = (ids: readonly MessageId[]): void => {
    if (!this.#closed) this.#handle.seen(ids);
  };

  readonly wrote = (): void => {
    if (!this.#closed) this.#handle.typing();
  };

  readonly close = (): void => {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#handle.close();
  };

  #take(): void {
    const timeline = this.#newest;
    if (this.#closed || timeline === null) return;
    this.#newest = null;
    // The line "3 new messages" stays as it was on opening, whatever arrives later.
    if (this.#unreadCount === 0) this.#unreadCount = unreadFrom(timeline.items, timeline.firstUnread);
    this.#timeline = timeline;
    this.#show(alive(timeline.items, Date.now()));
    this.#watch();
    this.#painted = true;
    requestAnimationFrame(() => {
      this.#painted = false;
      this.#take();
    });
  }

  #show(living: readonly TimelineItem[]): void {
    this.#living = living;
    this.#days = days(living, this.#timeline?.firstUnread ?? null, this.#unreadCount);
  }

  #watch(): void {
    clearTimeout(this.#timer);
    const now = Date.now();
    const living = alive(this.#living, now);
    if (living.length < this.#living.length) this.#show(living);
    const next = nextDeadline(living);
    if (next !== null) this.#timer = setTimeout(this.tick, Math.min(next - now, longestNap));
  }
}
