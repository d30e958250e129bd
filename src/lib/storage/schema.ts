/**
 * The database: names, keys and the numbered steps from each version to the next. A step, once released, is never
 * changed; a new one is added below it.
 */
import type { DBSchema, IDBPDatabase } from 'idb';
import type { StoredRecord, StoredRow } from './store.ts';

export const DATABASE = 'aparte';

/** Rows as IndexedDB has them: a property that is absent, not null, keeps a row out of an index. */
export interface IndexedRow {
  conversation: string;
  log: string;
  seq: number;
  order?: number;
  deadline?: number;
  sealed: Uint8Array;
}

export interface Schema extends DBSchema {
  /** `epoch` of the writing tab, keyring, high-water mark of the clock, settings. */
  meta: { key: string; value: unknown };
  conversations: { key: string; value: StoredRecord };
  invitations: { key: string; value: StoredRecord };
  joins: { key: string; value: StoredRecord };
  rows: {
    key: [conversation: string, log: string, seq: number];
    value: IndexedRow;
    indexes: { timeline: [conversation: string, order: number]; deadline: number };
  };
}

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
  }
];

export function toIndexed(row: StoredRow): IndexedRow {
  const { conversation, log, seq, order, deadline, sealed } = row;
  return {
    conversation,
    log,
    seq,
    sealed,
    ...(order === null ? {} : { order }),
    ...(deadline === null ? {} : { deadline })
  };
}

export function fromIndexed(row: IndexedRow): StoredRow {
  return { ...row, order: row.order ?? null, deadline: row.deadline ?? null };
}
