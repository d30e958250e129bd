/**
 * The database: names, keys and the numbered steps from each version to the next. A step, once released, is never
 * changed; a new one is added below it.
 */
import type { DBSchema, IDBPDatabase } from 'idb';
import type { Doomed, StoredPage, StoredRecord, StoredRow } from './store.ts';

export const DATABASE = 'aparte';

/** Rows as IndexedDB has them: a property that is absent, not null, keeps a row out of an index. */
export interface IndexedRow {
  conversation: string;
  log: string;
  seq: number;
  order?: number;
  deadline?: number;
  key?: 'row' | 'conversation';
  sealed: Uint8Array;
}

export interface Schema extends DBSchema {
  /** `epoch` of the writing tab, keyring, which key file, high-water mark of the clock, settings. */
  meta: { key: string; value: unknown };
  conversations: { key: string; value: StoredRecord };
  invitations: { key: string; value: StoredRecord };
  joins: { key: string; value: StoredRecord };
  rows: {
    key: [conversation: string, log: string, seq: number];
    value: IndexedRow;
    indexes: { timeline: [conversation: string, order: number]; deadline: number };
  };
  pages: { key: number; value: StoredPage };
  doomed: { key: number; value: Doomed };
}

/** Where a whole database has its rows' indexes. */
export const INDEXES = ['timeline', 'deadline'] as const;
export const TABLES = ['meta', 'conversations', 'invitations', 'joins', 'rows', 'pages', 'doomed'] as const;

type Migration = (database: IDBPDatabase<Schema>) => void;

export const MIGRATIONS: readonly Migration[] = [
  // 1
  (database) => {
    database.createObjectStore('meta');
    database.createObjectStore('conversations', { keyPath: 'id' });
    database.createObjectStore('invitations', { keyPath: 'id' });
    database.createObjectStore('joins', { keyPath: 'id' });
    const rows = database.createObjectStore('rows', { keyPath: ['conversation', 'log', 'seq'] });
    rows.createIndex('timeline', ['conversation', 'order']);
    rows.createIndex('deadline', 'deadline');
  },
  // 2
  (database) => {
    database.createObjectStore('pages', { keyPath: 'page' });
    database.createObjectStore('doomed', { keyPath: 'id' });
  }
];

export function toIndexed(row: StoredRow): IndexedRow {
  const { conversation, log, seq, order, deadline, key, sealed } = row;
  return {
    conversation,
    log,
    seq,
    sealed,
    ...(key === null ? {} : { key }),
    ...(order === null ? {} : { order }),
    ...(deadline === null ? {} : { deadline })
  };
}

/** What lies in a damaged database need not be what was put there: garbage becomes bytes that no key opens. */
export function fromIndexed(row: IndexedRow): StoredRow {
  const { conversation, log, seq, order, deadline, key, sealed } = row;
  return {
    ...{ conversation, log, seq, order: number(order), deadline: number(deadline) },
    key: key === 'row' || key === 'conversation' ? key : null,
    sealed: bytes(sealed)
  };
}

export function recordFrom({ id, slot, sealed }: StoredRecord): StoredRecord {
  return { id, slot: number(slot), sealed: bytes(sealed) };
}

function number(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function bytes(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? value : new Uint8Array(0);
}

/** The epoch on disk; 0 where there is none. */
export function epochFrom(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : 0;
}
