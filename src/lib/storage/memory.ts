/** The store in memory: for tests, and for a private window whose browser gives no database. */
import { UsageError } from '../errors.ts';
import type { MemoryFile } from './key-file-memory.ts';
import { epochFrom } from './schema.ts';
import {
  StoreError,
  type Doomed,
  type Range,
  type RecordTable,
  type Store,
  type StoredPage,
  type StoredRecord,
  type StoredRow,
  type Write
} from './store.ts';

/** What a memory store keeps; two stores on one state are two tabs of one browser. */
export interface MemoryState {
  readonly meta: Map<string, unknown>;
  readonly tables: Readonly<Record<RecordTable, Map<string, StoredRecord>>>;
  readonly rows: Map<string, StoredRow>;
  readonly pages: Map<number, StoredPage>;
  readonly doomed: Map<number, Doomed>;
  /** The key file beside it. */
  readonly keyFile: MemoryFile;
}

export function memoryState(): MemoryState {
  return {
    meta: new Map(),
    tables: { conversations: new Map(), invitations: new Map(), joins: new Map() },
    rows: new Map(),
    pages: new Map(),
    doomed: new Map(),
    keyFile: { bytes: null }
  };
}

export function openMemoryStore(state: MemoryState = memoryState()): Store {
  let open = true;
  const when = <T>(read: () => T): Promise<T> =>
    open ? Promise.resolve().then(read) : Promise.reject(new StoreError('closed'));
  /** Copies of the first `limit` rows that are wanted, in this order. */
  const some = (
    wanted: (row: StoredRow) => boolean,
    by: (row: StoredRow) => number,
    limit: number
  ): Promise<StoredRow[]> =>
    when(() => {
      const found: StoredRow[] = [];
      for (const row of state.rows.values()) if (wanted(row)) found.push(row);
      found.sort((a, b) => by(a) - by(b));
      return found.slice(0, limit).map(withOwnBytes);
    });
  return {
    claim: () =>
      when(() => {
        const epoch = epochFrom(state.meta.get('epoch')) + 1;
        state.meta.set('epoch', epoch);
        return epoch;
      }),
    meta: (key) => when(() => structuredClone(state.meta.get(key))),
    records: (table) => when(() => [...state.tables[table].values()].map(withOwnBytes)),
    pages: () => when(() => structuredClone([...state.pages.values()])),
    doomed: () => when(() => structuredClone([...state.doomed.values()])),
    rows: (conversation, ranges) =>
      when(() => ranges.flatMap((range) => inRange(state, conversation, range)).map(withOwnBytes)),
    page: (conversation, before, limit) =>
      some(
        (row) =>
          row.conversation === conversation && row.order !== null && (before === null || row.order < before),
        ({ order }) => -Number(order),
        limit
      ),
    pageAfter: (conversation, after, limit) =>
      some(
        (row) => row.conversation === conversation && row.order !== null && row.order > after,
        ({ order }) => Number(order),
        limit
      ),
    earliest: (limit) =>
      some(
        ({ deadline }) => deadline !== null,
        ({ deadline }) => Number(deadline),
        limit
      ),
    commit: (epoch, writes) =>
      when(() => {
        if (state.meta.get('epoch') !== epoch) throw new StoreError('fenced');
        // Cloned all before the first is done, as a database does: what cannot be stored leaves nothing behind.
        for (const write of writes.map(cloned)) perform(state, write);
      }),
    close: () => {
      open = false;
    }
  };
}

function inRange({ rows }: MemoryState, conversation: string, { log, from, to }: Range): StoredRow[] {
  if (to - from >= rows.size) {
    const isIn = (row: StoredRow): boolean =>
      row.conversation === conversation && row.log === log && row.seq >= from && row.seq <= to;
    return [...rows.values()].filter(isIn).sort((a, b) => a.seq - b.seq);
  }
  const found: StoredRow[] = [];
  for (let seq = from; seq <= to; seq++) {
    const row = rows.get(keyOf({ conversation, log, seq }));
    if (row) found.push(row);
  }
  return found;
}

function perform(state: MemoryState, write: Write): void {
  switch (write.kind) {
    case 'put-row':
      state.rows.set(keyOf(write.row), write.row);
      return;
    case 'remove-row':
      state.rows.delete(keyOf(write));
      return;
    case 'remove-rows':
      for (const [key, row] of state.rows)
        if (row.conversation === write.conversation) state.rows.delete(key);
      return;
    case 'put-record':
      state.tables[write.table].set(write.record.id, write.record);
      return;
    case 'remove-record':
      state.tables[write.table].delete(write.id);
      return;
    case 'put-page':
      state.pages.set(write.page.page, write.page);
      return;
    case 'remove-page':
      state.pages.delete(write.page);
      return;
    case 'doom':
      state.doomed.set(write.doomed.id, write.doomed);
      return;
    case 'forget-doomed':
      state.doomed.delete(write.id);
      return;
    case 'put-meta':
      state.meta.set(write.key, write.value);
  }
}

/** As a structured clone, which takes longer than all that is sealed in a row. */
function cloned(write: Write): Write {
  switch (write.kind) {
    case 'put-row':
      return { ...write, row: withOwnBytes(write.row) };
    case 'put-record':
      return { ...write, record: withOwnBytes(write.record) };
    default:
      try {
        return structuredClone(write);
      } catch {
        throw new UsageError('not a value that can be stored');
      }
  }
}

function withOwnBytes<T extends { readonly sealed: Uint8Array }>(found: T): T {
  return { ...found, sealed: found.sealed.slice() };
}

/** No two places have one, whatever is in the names. */
function keyOf({ conversation, log, seq }: Pick<StoredRow, 'conversation' | 'log' | 'seq'>): string {
  return `${conversation.length.toString()}/${conversation}/${log}/${seq.toString()}`;
}
