/**
 * The store on IndexedDB: the one file that imports idb. Nothing but IndexedDB's own promises is awaited inside a
 * transaction (it would commit by itself), so everything is sealed before it comes here.
 */
import { openDB, type IDBPDatabase, type IDBPTransaction } from 'idb';
import { UsageError } from '../errors.ts';
import { DATABASE, fromIndexed, MIGRATIONS, toIndexed, type Schema } from './schema.ts';
import { StoreError, type RecordTable, type Store, type Write } from './store.ts';

const EPOCH = 'epoch';

/**
 * Opens the database, bringing an older one up to date.
 * @param onClosed called when the browser or another tab closed it under us; the store is of no use then.
 * @throws StoreError `unavailable` where there is no IndexedDB, `newer` when a newer version of the app wrote it.
 */
export async function openIndexedDbStore(onClosed: () => void, name: string = DATABASE): Promise<Store> {
  if (typeof indexedDB === 'undefined') throw new StoreError('unavailable');
  let database: IDBPDatabase<Schema>;
  try {
    database = await openDB<Schema>(name, MIGRATIONS.length, {
      upgrade(opened, from) {
        for (const migrate of MIGRATIONS.slice(from)) migrate(opened);
      },
      // Another tab wants to upgrade or to delete the database: give way, or it would wait for ever.
      blocking() {
        database.close();
        onClosed();
      },
      terminated: onClosed
    });
  } catch (error) {
    throw new StoreError(nameOf(error) === 'VersionError' ? 'newer' : 'unavailable');
  }
  return storeOn(database);
}

/** Deletes the database and everything in it; open connections of other tabs give way. */
export { deleteDB as deleteDatabase } from 'idb';

function storeOn(database: IDBPDatabase<Schema>): Store {
  return {
    claim: () =>
      strict(database, ['meta'], async (transaction) => {
        const meta = transaction.objectStore('meta');
        const epoch = Number((await meta.get(EPOCH)) ?? 0) + 1;
        await meta.put(epoch, EPOCH);
        return epoch;
      }),
    meta: (key) => reading(() => database.get('meta', key)),
    records: (table) => reading(() => database.getAll(table)),
    rows: (conversation, log, from, to) =>
      reading(async () => {
        const range = IDBKeyRange.bound([conversation, log, from], [conversation, log, to]);
        return (await database.getAll('rows', range)).map(fromIndexed);
      }),
    page: (conversation, before, limit) =>
      reading(async () => {
        const range = IDBKeyRange.bound(
          [conversation],
          [conversation, before ?? Infinity],
          false,
          before !== null
        );
        const out = [];
        const index = database.transaction('rows').store.index('timeline');
        let cursor = await index.openCursor(range, 'prev');
        while (cursor && out.length < limit) {
          out.push(fromIndexed(cursor.value));
          cursor = await cursor.continue();
        }
        return out;
      }),
    earliest: (limit) =>
      reading(async () => (await database.getAllFromIndex('rows', 'deadline', null, limit)).map(fromIndexed)),
    commit: (epoch, writes) =>
      strict(database, ['meta', 'conversations', 'invitations', 'joins', 'rows'], async (transaction) => {
        // Fencing: a tab that was frozen while another took over must not write over it.
        if ((await transaction.objectStore('meta').get(EPOCH)) !== epoch) throw new StoreError('fenced');
        await Promise.all(performAll(transaction, writes));
      }),
    close: () => {
      database.close();
    }
  };
}

type Tables = ('meta' | RecordTable | 'rows')[];
type Writing = IDBPTransaction<Schema, Tables, 'readwrite'>;

/** A write that cannot be stored throws at once; those before it are then aborted, and nobody awaits them. */
function performAll(transaction: Writing, writes: readonly Write[]): Promise<unknown>[] {
  return writes.map((write) => {
    const done = perform(transaction, write);
    done.catch(() => undefined);
    return done;
  });
}

function perform(transaction: Writing, write: Write): Promise<unknown> {
  const rows = transaction.objectStore('rows');
  switch (write.kind) {
    case 'put-row':
      return rows.put(toIndexed(write.row));
    case 'remove-row':
      return rows.delete([write.conversation, write.log, write.seq]);
    case 'remove-rows':
      // An array sorts after every string: the whole conversation.
      return rows.delete(IDBKeyRange.bound([write.conversation], [write.conversation, []]));
    case 'put-record':
      return transaction.objectStore(write.table).put(write.record);
    case 'remove-record':
      return transaction.objectStore(write.table).delete(write.id);
    case 'put-meta':
      return transaction.objectStore('meta').put(write.value, write.key);
  }
}

/** Runs `work` in one strict transaction: it is on disk when this resolves, or nothing has happened. */
async function strict<T>(
  database: IDBPDatabase<Schema>,
  tables: Tables,
  work: (transaction: Writing) => Promise<T>
): Promise<T> {
  return reading(async () => {
    const transaction = database.transaction(tables, 'readwrite', { durability: 'strict' });
    // Where the work fails first, nobody awaits the transaction's own rejection.
    transaction.done.catch(() => undefined);
    try {
      const result = await work(transaction);
      await transaction.done;
      return result;
    } catch (error) {
      abort(transaction);
      throw error;
    }
  });
}

function abort(transaction: Writing): void {
  try {
    transaction.abort();
  } catch {
    // It has ended by itself already.
  }
}

/** The database is in order: it was given what has no structured clone, or a key that is none. */
const OURS = new Set(['DataCloneError', 'DataError']);

/** Turns what browsers throw into our errors. */
async function reading<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StoreError) throw error;
    if (OURS.has(nameOf(error))) throw new UsageError('not a value that can be stored');
    throw new StoreError(nameOf(error) === 'QuotaExceededError' ? 'full' : 'closed');
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}
