/** The store in memory: for tests, and for a private window whose browser gives no database. */
import { UsageError } from '../errors.ts';
import type { MemoryFile } from './key-file-memory.ts';
import { epochFrom } from './schema.ts';
import {
  StoreError,
  type Doomed,
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
  const all = (): StoredRow[] => [...state.rows.values()];
  const when = <T>(read: () => T): Promise<T> =>
    open ? Promise.resolve().then(() => structuredClone(read())) : Promise.reject(new StoreError('closed'));
  return {
    claim: () =>
      when(() => {
        const epoch = epochFrom(state.meta.get('epoch')) + 1;
        state.meta.set('epoch', epoch);
        return epoch;
      }),
    meta: (key) => when(() => state.meta.get(key)),
    records: (table) => when(() => [...state.tables[table].values()]),
    pages: () => when(() => [...state.pages.values()]),
    doomed: () => when(() => [...state.doomed.values()]),
    rows: (conversation, log, from, to) =>
      when(() =>
        all()
          .filter(
            (row) => row.conversation === conversation && row.log === log && row.seq >= from && row.seq <= to
          )
          .sort((a, b) => a.seq - b.seq)
      ),
    page: (conversation, before, limit) =>
      when(() =>
        all()
          .filter((row) => row.conversation === conversation && row.order !== null)
          .filter((row) => before === null || Number(row.order) < before)
          .sort((a, b) => Number(b.order) - Number(a.order))
          .slice(0, limit)
      ),
    pageAfter: (conversation, after, limit) =>
      when(() =>
        all()
          .filter((row) => row.conversation === conversation && (row.order ?? -Infinity) > after)
          .sort((a, b) => Number(a.order) - Number(b.order))
          .slice(0, limit)
      ),
    earliest: (limit) =>
      when(() =>
        all()
          .filter((row) => row.deadline !== null)
          .sort((a, b) => Number(a.deadline) - Number(b.deadline))
          .slice(0, limit)
      ),
    commit: (epoch, writes) =>
      when(() => {
        if (state.meta.get('epoch') !== epoch) throw new StoreError('fenced');
        // Cloned all before the first is done, as a database does: what cannot be stored leaves nothing behind.
        for (const write of cloned(writes)) perform(state, write);
      }),
    close: () => {
      open = false;
    }
  };
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

function cloned(writes: readonly Write[]): readonly Write[] {
  try {
    return structuredClone(writes);
  } catch {
    throw new UsageError('not a value that can be stored');
  }
}

function keyOf(row: { readonly conversation: string; readonly log: string; readonly seq: number }): string {
  return JSON.stringify([row.conversation, row.log, row.seq]);
}
