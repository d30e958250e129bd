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
import { Pace } from './pace.ts';

/** Even without a snapshot the clock may jump (sleep, a frozen tab): timed messages are looked at this often. */
const longestNap = 1_000;

/** A message to go to. */
export interface Target {
  readonly id: MessageId;
}

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
  readonly #pace = new Pace(() => {
    this.#take();
  });
  /** Where the log is to go; a new value each time. */
  #target = $state.raw<Target | null>(null);

  /** State, not derived: a derived value would die with the effect that opened this view, before its last reader. */
  #days = $state.raw<readonly Day[]>([]);

  constructor(engine: Engine, id: ConversationId) {
    this.#handle = engine.openTimeline(id, (timeline) => {
      this.#newest = timeline;
      this.#pace.ask();
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

  get hasNewer(): boolean {
    return this.#timeline?.hasNewer ?? false;
  }

  get target(): Target | null {
    return this.#target;
  }

  get typing(): boolean {
    return this.#timeline?.typing ?? false;
  }

  /** Hides what is over; to be called when the page is shown again, too. */
  readonly tick = (): void => {
    this.#watch();
  };

  readonly older = (): Promise<void> => this.#load(() => this.#handle.loadOlder());

  readonly newer = (): Promise<void> => this.#load(() => this.#handle.loadNewer());

  readonly newest = async (): Promise<void> => {
    if (this.#closed) return;
    await this.#handle.loadNewest().catch(() => undefined);
    this.#take();
  };

  /** Scrolls to a message, loading what is around it; false: there is no such message any more. */
  readonly jumpTo = async (id: MessageId): Promise<boolean> => {
    if (this.#closed || !(await this.#handle.jumpTo(id).catch(() => false))) return false;
    this.#take();
    this.#target = { id };
    return true;
  };

  /** The first message of that time or later. */
  readonly jumpToTime = async (at: number): Promise<boolean> => {
    const id = this.#closed ? null : await this.#handle.firstSince(at).catch(() => null);
    return id !== null && this.jumpTo(id);
  };

  readonly follow = (following: boolean): void => {
    if (!this.#closed) this.#handle.follow(following);
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
    this.#pace.stop();
    this.#handle.close();
  };

  #take(): void {
    const timeline = this.#newest;
    if (this.#closed || timeline === null) return;
    this.#newest = null;
    // The line "3 new messages" stays as it was on opening, whatever arrives later.
    if (this.#unreadCount === 0)
      this.#unreadCount = Math.max(timeline.unread, unreadFrom(timeline.items, timeline.firstUnread));
    this.#timeline = timeline;
    this.#show(alive(timeline.items, Date.now()));
    this.#watch();
  }

  /** Where reading fails the app has heard of it. */
  async #load(read: () => Promise<void>): Promise<void> {
    if (this.#loading || this.#closed) return;
    this.#loading = true;
    await read().catch(() => undefined);
    this.#loading = false;
    // What was asked for is painted before more is.
    this.#take();
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
