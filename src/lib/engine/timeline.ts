/** One open timeline: the newest rows of a conversation, kept up to date from what is committed. */
import { deliveredIn, isAlive, parseRef, refOf, type Change, type Row } from '../conversation/state.ts';
import type { DeliveryState, MessageId, Timeline, TimelineHandle, TimelineItem } from './api.ts';
import type { Contact } from './contact.ts';
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
    const show = (): void => {
      const unread = this.#sorted().find(
        (row) => !row.mine && row.seenAt === null && row.content.kind === 'text'
      );
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
  apply({ put, remove }: Change): void {
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
    const { state, typing } = contact;
    const progress = { isDelivered: deliveredIn(state), isSent: (row: Row) => contact.isSent(row) };
    const now = this.#now();
    const items = this.#sorted()
      .filter((row) => isAlive(row, now))
      .map((row) => this.#item(row, progress));
    const id = state.id as Timeline['id'];
    this.#listener({ id, items, hasOlder: this.#hasOlder, firstUnread: this.#firstUnread, typing });
  }

  #item(row: Row, progress: Progress): TimelineItem {
    const known = this.#items.get(row);
    const item = toItem(row, progress);
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

/** Of one row only this can change without the row. */
function isSame(a: TimelineItem, b: TimelineItem): boolean {
  if (a.kind === 'text' && b.kind === 'text') return a.state === b.state;
  return a.kind !== 'erased' || (b.kind === 'erased' && a.both === b.both);
}

/** How far own entries have come. */
interface Progress {
  readonly isDelivered: (entry: { readonly log: string; readonly seq: number }) => boolean;
  readonly isSent: (row: Row) => boolean;
}

function toItem(row: Row, progress: Progress): TimelineItem {
  const id = refOf(row) as MessageId;
  const { mine, at, ttl } = row;
  switch (row.content.kind) {
    case 'text': {
      const { text } = row.content;
      // Before it is seen a timed message shows no countdown: that deadline is only the one for unread ones.
      const deadline = row.seenAt === null ? null : row.deadline;
      return {
        ...{ kind: 'text', id, mine, at, text, state: stateOf(row, progress), ttl, deadline },
        ...{ edited: [], quote: null, reactions: { mine: null, theirs: null }, forwarded: false },
        ...{ writtenAt: at, deliveredAt: null, seenAt: row.seenAt }
      };
    }
    case 'timer':
      return { kind: 'timer', id, mine, at, ttl };
    case 'gone': {
      const by = row.erasedBy === null ? null : parseRef(row.erasedBy);
      const both = by !== null && progress.isDelivered(by);
      return { kind: 'erased', id, at, both };
    }
    default:
      return { kind: 'newer', id, mine, at };
  }
}

/** Derived, never stored: what is acknowledged, what was sent in this session, what was seen. */
function stateOf(row: Row, { isDelivered, isSent }: Progress): DeliveryState {
  if (row.seenAt !== null) return 'read';
  if (!row.mine || isDelivered(row)) return 'delivered';
  return isSent(row) ? 'sent' : 'queued';
}
