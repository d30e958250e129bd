/**
 * The port to the disk. An adapter keeps sealed bytes and sees nothing but random ids, order and deadlines; every
 * adapter passes tests/contract/store.ts.
 */

/** One row of one log. `sealed` is opaque here. */
export interface StoredRow {
  readonly conversation: string;
  readonly log: string;
  readonly seq: number;
  /** Place in the timeline; null: in no timeline. */
  readonly order: number | null;
  /** From this time on it must not be read any more, milliseconds; null: it stays. */
  readonly deadline: number | null;
  /** Whose slot of the key file (key-file.ts) it is sealed with; null: none, it is from before there was one. */
  readonly key: 'row' | 'conversation' | null;
  readonly sealed: Uint8Array;
}

/** `from` to `to` (inclusive) of one log. */
export interface Range {
  readonly log: string;
  readonly from: number;
  readonly to: number;
}

/** `joins`: links of others that are being followed. */
export type RecordTable = 'conversations' | 'invitations' | 'joins';

/** A small record, all of which are loaded at the start. */
export interface StoredRecord {
  readonly id: string;
  /** Which slot of its page it is sealed with; null: none, it is from before there were any. */
  readonly slot: number | null;
  readonly sealed: Uint8Array;
}

/** Whose slots a page of the key file holds: one block of one log of a conversation, or those of a record. */
export interface StoredPage {
  readonly page: number;
  readonly owner: string;
  readonly log: string;
  readonly block: number;
}

/** Slots whose records are gone, and which may still have to be overwritten. */
export interface Doomed {
  readonly id: number;
  readonly slots: readonly number[];
}

export type Write =
  | { readonly kind: 'put-row'; readonly row: StoredRow }
  | { readonly kind: 'remove-row'; readonly conversation: string; readonly log: string; readonly seq: number }
  /** All rows of one conversation. */
  | { readonly kind: 'remove-rows'; readonly conversation: string }
  | { readonly kind: 'put-record'; readonly table: RecordTable; readonly record: StoredRecord }
  | { readonly kind: 'remove-record'; readonly table: RecordTable; readonly id: string }
  | { readonly kind: 'put-page'; readonly page: StoredPage }
  | { readonly kind: 'remove-page'; readonly page: number }
  | { readonly kind: 'doom'; readonly doomed: Doomed }
  | { readonly kind: 'forget-doomed'; readonly id: number }
  /** Values that a structured clone can carry. */
  | { readonly kind: 'put-meta'; readonly key: string; readonly value: unknown };

export interface Store {
  /** Takes the lease on writing: the epoch that commits must name from now on. Every earlier one is fenced off. */
  claim(): Promise<number>;
  meta(key: string): Promise<unknown>;
  records(table: RecordTable): Promise<StoredRecord[]>;
  pages(): Promise<StoredPage[]>;
  doomed(): Promise<Doomed[]>;
  /** The rows of these ranges, one range after the other, each in order. */
  rows(conversation: string, ranges: readonly Range[]): Promise<StoredRow[]>;
  /** Rows of the timeline below `before` (null: from its end), newest first. */
  page(conversation: string, before: number | null, limit: number): Promise<StoredRow[]>;
  /** Rows of the timeline above `after`, oldest first. */
  pageAfter(conversation: string, after: number, limit: number): Promise<StoredRow[]>;
  /** The rows with the earliest deadlines, earliest first. */
  earliest(limit: number): Promise<StoredRow[]>;
  /**
   * Everything or nothing, on disk when the promise resolves (durability: strict).
   * @throws StoreError `fenced` when another tab has claimed since; `full` when there is no space.
   */
  commit(epoch: number, writes: readonly Write[]): Promise<void>;
  close(): void;
}

/** What is left of a database that may be damaged, read one value at a time. */
export interface Remains {
  readonly meta: ReadonlyMap<string, unknown>;
  readonly conversations: readonly StoredRecord[];
  readonly rows: readonly StoredRow[];
  readonly pages: readonly StoredPage[];
  /** Values that the browser could not give back. */
  readonly lost: number;
}

/**
 * `fenced`: another tab writes now. `full`: no space. `newer`: written by a newer version of the app.
 * `closed`: the database was closed or deleted under us. `unavailable`: this browser window has none.
 * `damaged`: tables are missing, or cannot be read. `blocked`: somebody who does not answer holds it.
 * `not-loaded`: a script of the adapter's own did not come; nothing is wrong with what is stored.
 */
export type StoreErrorCode =
  'fenced' | 'full' | 'newer' | 'closed' | 'unavailable' | 'damaged' | 'blocked' | 'not-loaded';

export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;
  constructor(code: StoreErrorCode) {
    super(code);
    this.code = code;
  }
}
