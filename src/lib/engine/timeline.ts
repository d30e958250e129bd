/** One open timeline: the newest rows of a conversation, kept up to date from what is committed. */
import { deliveredIn, isAlive, isUnread, refOf, type Change, type Row } from '../conversation/state.ts';
import type { MessageId, Timeline, TimelineHandle, TimelineItem } from './api.ts';
import type { Contact } from './contact.ts';
import { isSame, itemOf, type Beside } from './item-of.ts';
import { Quotes } from './quotes.ts';
import type { Vault } from './vault.ts';

const PAGE = 60;
/** Rows that one timeline holds: above it, the oldest are let go and read again when they are wanted. */
const MAX_ROWS = 1_200;
const KEPT_ROWS = 800;

export class OpenTimeline implements TimelineHandle {
  readonly contact: Contact;
  readonly #vault: Vault;
  readonly #now: () => number;
  readonly #listener: (timeline: Timeline) => void;
  readonly #onClose: (timeline: OpenTimeline) => void;
  /** Rows on show, by their place. */
  #rows = new Map<number, Row>();
  #oldest: number | null = null;
  #hasOlder = false;
  #firstUnread: MessageId | null = null;
  /** Seen, which could not be written down. */
  readonly #unmarked: MessageId[] = [];
  #loading: Promise<void> | null = null;
  #loaded = false;
  #closed = false;
  #scheduled = false;
  /** What was handed out for a row: what has not changed stays the same object, and is not painted again. */
  readonly #items = new WeakMap<Row, TimelineItem>();
  readonly #quotes: Quotes;

  constructor(
    contact: Contact,
    vault: Vault,
    now: () => number,
    listener: (timeline: Timeline) => void,
    onClose: (timeline: OpenTimeline) => void
  ) {
    this.contact = contact;
    this.#vault = vault;
    this.#now = now;
    this.#listener = listener;
    this.#onClose = onClose;
    this.#quotes = new Quotes(vault, contact.state.id);
    const show = (): void => {
      const unread = this.#sorted().find(isUnread);
      this.#firstUnread = unread ? (refOf(unread) as MessageId) : null;
      this.#loaded = true;
      this.publish();
    };
    // Where reading fails the app has heard of it, and this timeline goes with the engine that opened it.
    this.loadOlder().then(show, () => undefined);
  }

  loadOlder(): Promise<void> {
    this.#loading ??= this.#load().finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  seen(messages: readonly MessageId[]): void {
    if (messages.length === 0) return;
    // Why it failed has been heard of. With the next thing that changes it is tried again: there may be room then.
    this.contact.seen(messages).catch(() => {
      this.#unmarked.push(...messages);
    });
  }

  typing(): void {
    this.contact.notifyTyping();
  }

  close(): void {
    this.#closed = true;
    this.#rows.clear();
    this.#onClose(this);
  }

  /** Takes over what was committed. */
  apply(change: Change): void {
    const { put, remove } = change;
    this.#quotes.apply(change);
    const gone = new Set(remove.map(refOf));
    const changed = new Map(put.map((row) => [refOf(row), row]));
    for (const [order, row] of this.#rows) {
      const ref = refOf(row);
      const next = changed.get(ref);
      if (gone.has(ref) || (next && next.order !== order)) this.#rows.delete(order);
    }
    for (const row of put) {
      if (row.order === null) continue;
      if (this.#oldest === null || row.order >= this.#oldest || !this.#hasOlder)
        this.#rows.set(row.order, row);
    }
    if (this.#rows.size > MAX_ROWS) this.#trim();
  }

  /** Hands the listener a fresh value soon: many commits in one turn are one picture. */
  publish(): void {
    this.seen(this.#unmarked.splice(0));
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#publish();
    });
  }

  #publish(): void {
    if (this.#closed || !this.#loaded) return;
    const { contact } = this;
    const { state, typing, settings } = contact;
    const now = this.#now();
    const rows = this.#sorted().filter((row) => isAlive(row, now));
    const missing = this.#quotes.missing(rows);
    if (missing) {
      // Where reading fails the app has heard of it.
      missing.then(
        () => {
          this.publish();
        },
        () => undefined
      );
      return;
    }
    const beside = {
      isDelivered: deliveredIn(state),
      isSent: (row: Row) => contact.isSent(row),
      receipts: settings.receipts
    };
    const items = rows.map((row) => this.#item(row, { ...beside, quote: this.#quotes.of(row, now) }));
    const id = state.id as Timeline['id'];
    this.#listener({ id, items, hasOlder: this.#hasOlder, firstUnread: this.#firstUnread, typing });
  }

  #item(row: Row, beside: Beside): TimelineItem {
    const known = this.#items.get(row);
    const item = itemOf(row, beside);
    if (known && isSame(known, item)) return known;
    this.#items.set(row, item);
    return item;
  }

  async #load(): Promise<void> {
    const { rows, next } = await this.#vault.page(this.contact.state.id, this.#oldest, PAGE);
    if (this.#closed) return;
    // What was committed while this was read is newer than what was read.
    for (const row of rows)
      if (row.order !== null && !this.#rows.has(row.order)) this.#rows.set(row.order, row);
    this.#hasOlder = next !== null;
    this.#oldest = next ?? rows.at(-1)?.order ?? this.#oldest;
    this.publish();
  }

  #trim(): void {
    const kept = [...this.#rows].sort(([a], [b]) => a - b).slice(-KEPT_ROWS);
    this.#rows = new Map(kept);
    this.#oldest = kept[0]?.[0] ?? null;
    this.#hasOlder = true;
  }

  #sorted(): Row[] {
    return [...this.#rows].sort(([a], [b]) => a - b).map(([, row]) => row);
  }
}
