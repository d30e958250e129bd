/**
 * One open timeline: a window on a conversation's rows, kept up to date from what is committed, and by the time: what is
 * over goes from it also where the disk takes nothing (protocol, section 10).
 */
import type { Clock } from '../clock.ts';
import { deliveredIn, isAlive, refOf, type Change, type Row } from '../conversation/state.ts';
import { Alarm } from './alarm.ts';
import type { MessageId, Quote, Timeline, TimelineHandle, TimelineItem } from './api.ts';
import type { Contact } from './contact.ts';
import { isStill, itemOf, type Beside } from './item-of.ts';
import type { Lifetime } from './lifetime.ts';
import { Quotes } from './quotes.ts';
import type { Vault } from './vault.ts';
import { RowWindow } from './window.ts';

interface Beneath {
  readonly vault: Vault;
  readonly clock: Clock;
  readonly lifetime: Lifetime;
}

export class OpenTimeline implements TimelineHandle {
  readonly contact: Contact;
  readonly #now: () => number;
  readonly #listener: (timeline: Timeline) => void;
  readonly #onClose: (timeline: OpenTimeline) => void;
  readonly #window: RowWindow;
  /** Rings when the next of what is on show is over. */
  readonly #alarm: Alarm;
  #firstUnread: MessageId | null = null;
  #unread = 0;
  /** The place of the next row, as far as was heard. */
  #nextOrder: number;
  /** Seen, which could not be written down. */
  readonly #unmarked: MessageId[] = [];
  #loaded = false;
  #closed = false;
  #scheduled = false;
  /** What was handed out for a row: what has not changed stays the same object, and is not painted again. */
  readonly #items = new WeakMap<Row, TimelineItem>();
  readonly #quotes: Quotes;

  constructor(
    contact: Contact,
    { vault, clock, lifetime }: Beneath,
    listener: (timeline: Timeline) => void,
    onClose: (timeline: OpenTimeline) => void
  ) {
    this.contact = contact;
    this.#now = () => lifetime.now();
    this.#listener = listener;
    this.#onClose = onClose;
    this.#nextOrder = contact.state.nextOrder;
    this.#window = new RowWindow(vault, () => contact.state);
    this.#quotes = new Quotes(vault, contact.state.id);
    this.#alarm = new Alarm(clock, () => {
      this.publish();
    });
    const { unread } = contact.state;
    const show = (first: Row | null): void => {
      this.#firstUnread = first ? (refOf(first) as MessageId) : null;
      this.#unread = first ? unread : 0;
      this.#loaded = true;
      this.publish();
    };
    // Where reading fails the app has heard of it, and this timeline goes with the engine that opened it.
    this.#window.open().then(show, () => undefined);
  }

  loadOlder(): Promise<void> {
    return this.#shown(this.#window.older());
  }

  loadNewer(): Promise<void> {
    return this.#shown(this.#window.newer());
  }

  loadNewest(): Promise<void> {
    return this.#shown(this.#window.newestOnes());
  }

  jumpTo(message: MessageId): Promise<boolean> {
    return this.#shown(this.#window.around(message, this.#now()));
  }

  async firstSince(at: number): Promise<MessageId | null> {
    const row = await this.#window.since(at);
    return row ? (refOf(row) as MessageId) : null;
  }

  follow(following: boolean): void {
    this.#window.following = following;
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
    this.#alarm.clear();
    this.#window.clear();
    this.#onClose(this);
  }

  /** Takes over what was committed. Who writes is at the end of the conversation, wherever they had read. */
  apply(change: Change): void {
    const begun = this.#nextOrder;
    this.#nextOrder = change.conversation.nextOrder;
    this.#quotes.apply(change);
    this.#window.apply(change);
    this.#quotes.apply(change);
    const isWriting = change.put.some(({ mine, order }) => mine && order !== null && order >= begun);
    if (isWriting && this.#window.hasNewer) this.loadNewest().catch(() => undefined);
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

  async #shown<T>(loading: Promise<T>): Promise<T> {
    const result = await loading;
    // Who has asked for a part sees it when this resolves, with what it quotes.
    await this.#quotes.missing(this.#alive());
    this.publish();
    return result;
  }

  #publish(): void {
    if (this.#closed || !this.#loaded) return;
    const { contact } = this;
    const { state, typing, settings } = contact;
    const now = this.#now();
    const rows = this.#alive();
    const missing = this.#quotes.missing(rows);
    if (missing) {
      void missing.then(() => {
        this.publish();
      });
      return;
    }
    const beside = {
      isDelivered: deliveredIn(state),
      isSent: (row: Row) => contact.isSent(row),
      receipts: settings.receipts
    };
    const quotes = rows.map((row) => this.#quotes.of(row, now));
    const items = rows.map((row, i) => this.#item(row, beside, quotes[i] ?? null));
    this.#alarm.set(earliest([...rows, ...quotes]), now);
    const { hasOlder, hasNewer } = this.#window;
    const id = state.id as Timeline['id'];
    const [firstUnread, unread] = [this.#firstUnread, this.#unread];
    this.#listener({ id, items, hasOlder, hasNewer, firstUnread, unread, typing });
  }

  /** What is on the disk already, and whose commit was not heard of yet, comes with that: only then is known how far it has got. */
  #alive(): Row[] {
    const [now, { nextOrder }] = [this.#now(), this.contact.state];
    return this.#window.rows.filter((row) => isAlive(row, now) && (row.order ?? 0) < nextOrder);
  }

  #item(row: Row, beside: Beside, quote: Quote | null): TimelineItem {
    const known = this.#items.get(row);
    if (known && isStill(known, row, beside, quote)) return known;
    const item = itemOf(row, beside, quote);
    this.#items.set(row, item);
    return item;
  }
}

function earliest(mortals: readonly ({ readonly deadline: number | null } | null)[]): number | null {
  const deadlines = mortals.flatMap((mortal) => mortal?.deadline ?? []);
  return deadlines.length === 0 ? null : Math.min(...deadlines);
}
