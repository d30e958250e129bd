/**
 * The part of one history that is loaded: a stretch of the timeline without holes, never more than so many rows. It
 * grows at both ends, letting go at the other one, and can be put anywhere. What is committed in the meantime finds
 * its place in it, or none.
 */
import {
  isAlive,
  isUnread,
  parseRef,
  refOf,
  type Change,
  type Conversation,
  type Row
} from '../conversation/state.ts';
import { Serial } from './serial.ts';
import type { Page, Vault } from './vault.ts';

/** Rows that are read at once: as many as can be painted at once. */
const PAGE = 20;
const MAX_ROWS = 240;
/** Rows that are let go at once while others arrive: fewer than there are above what is on the screen. */
const SHED = 10;
/** Rows among which the first unread one is looked for, so many at a time. */
const LOOK_BACK = { rows: 1_000, page: 100 };

export class RowWindow {
  readonly #vault: Vault;
  readonly #conversation: () => Conversation;
  /** One read after the other. */
  readonly #reads = new Serial();
  /** Committed while something is read: it may be newer than what is read. */
  #meanwhile: Change[] | null = null;
  /** By their place, and the place of each. */
  #rows = new Map<number, Row>();
  #places = new Map<string, number>();
  /** The ends of the stretch: infinite where it reaches the end of the history. */
  #oldest = Infinity;
  #newest = Infinity;
  #sorted: readonly Row[] | null = null;
  /** The reader is at the newest message, and wants to stay there. */
  following = true;

  constructor(vault: Vault, conversation: () => Conversation) {
    this.#vault = vault;
    this.#conversation = conversation;
  }

  get hasOlder(): boolean {
    return this.#oldest > -Infinity;
  }

  get hasNewer(): boolean {
    return this.#newest < Infinity;
  }

  /** Oldest first. */
  get rows(): readonly Row[] {
    return (this.#sorted ??= [...this.#rows].sort(([a], [b]) => a - b).map(([, row]) => row));
  }

  /** Begins at the first unread row, if it is not too far away, or at the end. Returns that row. */
  open(): Promise<Row | null> {
    return this.#read(async () => {
      await this.#readNewest();
      const { unread } = this.#conversation();
      while (this.hasOlder && this.#rows.size < LOOK_BACK.rows && this.rows.filter(isUnread).length < unread)
        this.#addOlder(await this.#page(this.#oldest, LOOK_BACK.page));
      const first = this.rows.find(isUnread) ?? null;
      const at = first === null ? this.rows.length : this.rows.indexOf(first);
      this.#shedOldest(Math.max(0, Math.min(at, this.rows.length - PAGE) - PAGE / 2));
      this.#shedNewest(this.#rows.size - MAX_ROWS);
      return first;
    });
  }

  older(): Promise<void> {
    return this.#read(async () => {
      if (!this.hasOlder) return;
      this.#addOlder(await this.#page(this.#oldest));
      this.#shedNewest(this.#rows.size - MAX_ROWS);
    });
  }

  newer(): Promise<void> {
    return this.#read(async () => {
      if (!this.hasNewer) return;
      this.#addNewer(await this.#pageAfter(this.#newest));
      this.#shedOldest(this.#rows.size - MAX_ROWS);
    });
  }

  newestOnes(): Promise<void> {
    return this.#read(async () => {
      if (this.hasNewer) await this.#readNewest();
    });
  }

  /** Puts the stretch around this row, unless it is in it. Resolves to false where there is no such row to be shown. */
  around(ref: string, now: number): Promise<boolean> {
    return this.#read(async () => {
      const here = this.#rows.get(this.#places.get(ref) ?? NaN);
      if (here) return isAlive(here, now);
      const wanted = parseRef(ref);
      if (!wanted) return false;
      const { log, seq } = wanted;
      const [row] = await this.#vault.rows(this.#conversation().id, [{ log, from: seq, to: seq }]);
      const place = row?.order ?? null;
      if (!row || place === null || !isAlive(row, now)) return false;
      const before = await this.#page(place + 1);
      const after = await this.#pageAfter(place);
      this.#clear();
      this.#newest = place;
      this.#addOlder(before);
      this.#addNewer(after);
      return true;
    });
  }

  /** The first row of that time or later. A clock that was set back makes it one of several. */
  async since(at: number): Promise<Row | null> {
    let [below, found] = [0, null as Row | null];
    let above = this.#conversation().nextOrder;
    while (below < above) {
      const middle = Math.floor((below + above) / 2);
      const [row] = (await this.#vault.pageAfter(this.#conversation().id, middle, 1)).rows;
      if (row && row.at < at) below = row.order ?? above;
      else [above, found] = [middle, row ?? found];
    }
    return found;
  }

  /** Takes over what was committed. */
  apply(change: Change): void {
    this.#meanwhile?.push(change);
    for (const row of change.remove) this.#remove(refOf(row));
    for (const row of change.put) {
      this.#remove(refOf(row));
      const { order } = row;
      if (order !== null && order >= this.#oldest && order <= this.#newest) this.#put(order, row);
    }
    const excess = this.#rows.size - MAX_ROWS;
    if (excess <= 0) return;
    if (this.following) this.#shedOldest(Math.max(excess, SHED));
    else this.#shedNewest(excess);
  }

  clear(): void {
    this.#clear();
  }

  #read<T>(work: () => Promise<T>): Promise<T> {
    return this.#reads.run(async () => {
      this.#meanwhile = [];
      try {
        return await work();
      } finally {
        const changes = this.#meanwhile;
        this.#meanwhile = null;
        for (const change of changes) this.apply(change);
      }
    });
  }

  #page(before: number | null, limit = PAGE): Promise<Page> {
    return this.#vault.page(this.#conversation().id, before, limit);
  }

  #pageAfter(order: number): Promise<Page> {
    return this.#vault.pageAfter(this.#conversation().id, order, PAGE);
  }

  async #readNewest(): Promise<void> {
    const page = await this.#page(null);
    this.#clear();
    this.#addOlder(page);
  }

  #addOlder({ rows, next }: Page): void {
    this.#add(rows);
    this.#oldest = next ?? -Infinity;
  }

  #addNewer({ rows, next }: Page): void {
    this.#add(rows);
    this.#newest = next ?? Infinity;
  }

  #add(rows: readonly Row[]): void {
    for (const row of rows) if (row.order !== null) this.#put(row.order, row);
  }

  #put(order: number, row: Row): void {
    this.#rows.set(order, row);
    this.#places.set(refOf(row), order);
    this.#sorted = null;
  }

  #remove(ref: string): void {
    const order = this.#places.get(ref);
    if (order === undefined) return;
    this.#rows.delete(order);
    this.#places.delete(ref);
    this.#sorted = null;
  }

  #shedOldest(count: number): void {
    if (count <= 0) return;
    for (const row of this.rows.slice(0, count)) this.#remove(refOf(row));
    this.#oldest = this.rows[0]?.order ?? this.#oldest;
  }

  #shedNewest(count: number): void {
    if (count <= 0) return;
    for (const row of this.rows.slice(-count)) this.#remove(refOf(row));
    this.#newest = this.rows.at(-1)?.order ?? this.#newest;
  }

  #clear(): void {
    this.#rows.clear();
    this.#places.clear();
    this.#sorted = null;
    this.#oldest = Infinity;
    this.#newest = Infinity;
  }
}
