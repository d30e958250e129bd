/**
 * The store on IndexedDB: the one file that imports idb. Nothing but IndexedDB's own promises is awaited inside a
 * transaction (it would commit by itself), so everything is sealed before it comes here.
 */
import { deleteDB, openDB, type IDBPDatabase, type IDBPTransaction, type StoreNames } from 'idb';
import { UsageError } from '../errors.ts';
import {
  DATABASE,
  epochFrom,
  fromIndexed,
  INDEXES,
  MIGRATIONS,
  recordFrom,
  TABLES,
  toIndexed,
  type Schema
} from './schema.ts';
import { StoreError, type Remains, type Store, type StoreErrorCode, type Write } from './store.ts';

const EPOCH = 'epoch';
/** Values that are read at once from a damaged database (where that fails, one at a time), or written in one task. */
const SLICE = 200;

/**
 * Opens the database, bringing an older one up to date.
 * @param onClosed called when the browser or another tab closed it under us; the store is of no use then.
 * @throws StoreError `unavailable` where there is no IndexedDB, `newer` when a newer version of the app wrote it,
 * `damaged` where tables are missing, `full`, or `closed` when the browser fails to open it.
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
    throw new StoreError(isRefused() ? 'unavailable' : (OPENING[nameOf(error)] ?? 'closed'));
  }
  if (!isWhole(database)) {
    database.close();
    throw new StoreError('damaged');
  }
  return storeOn(database);
}

/** Private windows of some browsers refuse with one of the first two. Everything else is no reason to begin anew. */
const OPENING: Readonly<Record<string, StoreErrorCode>> = {
  SecurityError: 'unavailable',
  InvalidStateError: 'unavailable',
  VersionError: 'newer',
  QuotaExceededError: 'full'
};

/** Chromium gives an error that says nothing where site data is blocked, but then refuses this as well. */
function isRefused(): boolean {
  try {
    localStorage.getItem('');
    return false;
  } catch (error) {
    return nameOf(error) === 'SecurityError';
  }
}

function isWhole(database: IDBPDatabase<Schema>): boolean {
  if (!TABLES.every((table) => database.objectStoreNames.contains(table))) return false;
  const { indexNames } = database.transaction('rows').store;
  return INDEXES.every((index) => indexNames.contains(index));
}

/** Whoever still holds the database after this time is not about to let go. */
const CLOSING_MS = 2_000;

/**
 * Deletes the database and everything in it; open connections of other tabs give way.
 * Where site data is blocked there is none.
 * @throws StoreError `blocked` when one does not: it is deleted as soon as that tab is closed.
 */
export async function deleteDatabase(name: string = DATABASE): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    deleteDB(name, {
      blocked() {
        // A connection that is just closing holds it for a moment as well.
        setTimeout(() => {
          reject(new StoreError('blocked'));
        }, CLOSING_MS);
      }
    }).then(resolve, () => {
      if (isRefused()) resolve();
      else reject(new StoreError('closed'));
    });
  });
}

/** A database that does not open for so long is held by a tab that cannot give way. */
const OPENING_MS = 10_000;

/**
 * Reads what can be read, whatever is missing and whichever version wrote it. Changes nothing.
 * @throws StoreError `blocked` when somebody holds it for an upgrade; `closed` where there is none.
 */
export async function readRemains(name: string = DATABASE): Promise<Remains> {
  return reading(async () => {
    const database = await inTime(
      openDB<Schema>(name, undefined, {
        // There is none: it must not come into being by being looked for.
        upgrade(_database, _from, _to, transaction) {
          transaction.done.catch(() => undefined);
          transaction.abort();
        }
      })
    );
    try {
      const conversations = await valuesOf(database, 'conversations');
      const rows = await valuesOf(database, 'rows');
      const pages = await valuesOf(database, 'pages');
      const meta = await valuesOf(database, 'meta');
      return {
        meta: new Map(meta.found),
        conversations: conversations.found.map(([, record]) => recordFrom(record)),
        rows: rows.found.map(([, row]) => fromIndexed(row)),
        pages: pages.found.map(([, page]) => page),
        lost: conversations.lost + rows.lost + meta.lost
      };
    } finally {
      database.close();
    }
  });
}

async function inTime(opening: Promise<IDBPDatabase<Schema>>): Promise<IDBPDatabase<Schema>> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new StoreError('blocked'));
      // Whoever waited for it is gone, and it must not be in anybody's way.
      opening.then(
        (database) => {
          database.close();
        },
        () => undefined
      );
    }, OPENING_MS);
  });
  try {
    return await Promise.race([opening, late]);
  } finally {
    clearTimeout(timer);
  }
}

type Found<Table extends StoreNames<Schema>> = [Schema[Table]['key'], Schema[Table]['value']];

async function valuesOf<Table extends StoreNames<Schema>>(
  database: IDBPDatabase<Schema>,
  table: Table
): Promise<{ found: Found<Table>[]; lost: number }> {
  const found: Found<Table>[] = [];
  if (!database.objectStoreNames.contains(table)) return { found, lost: 0 };
  const keys = await database.getAllKeys(table);
  let lost = 0;
  for (let i = 0; i < keys.length; i += SLICE) {
    const slice = keys.slice(i, i + SLICE);
    const several = IDBKeyRange.bound(slice[0], slice.at(-1));
    const values: unknown[] = await database.getAll(table, several).catch(() => []);
    for (const [at, key] of slice.entries()) {
      const value = values.length === slice.length ? values[at] : await oneOf(database, table, key);
      if (typeof value === 'object' && value !== null) found.push([key, value]);
      else if (table !== 'meta') lost++;
      else found.push([key, value]);
    }
  }
  return { found, lost };
}

function oneOf<Table extends StoreNames<Schema>>(
  database: IDBPDatabase<Schema>,
  table: Table,
  key: Schema[Table]['key']
): Promise<unknown> {
  return database.get(table, key).catch(() => undefined);
}

function storeOn(database: IDBPDatabase<Schema>): Store {
  return {
    claim: () =>
      // All tables, so that whoever stands still while it reads one holds up this, which is waited for and told of, and
      // not the first commit after it.
      strict(database, [...TABLES], async (transaction) => {
        const meta = transaction.objectStore('meta');
        const epoch = epochFrom(await meta.get(EPOCH)) + 1;
        await meta.put(epoch, EPOCH);
        return epoch;
      }),
    meta: (key) => reading(() => database.get('meta', key)),
    records: (table) => reading(async () => (await database.getAll(table)).map(recordFrom)),
    pages: () => reading(() => database.getAll('pages')),
    doomed: () => reading(() => database.getAll('doomed')),
    rows: (conversation, ranges) =>
      reading(async () => {
        // One transaction for all of them: what a browser has to clear away after each is more than what is read.
        const { store } = database.transaction('rows');
        const found = await Promise.all(
          ranges
            // IndexedDB takes no range that ends before it begins.
            .filter(({ from, to }) => from <= to)
            .map(({ log, from, to }) =>
              store.getAll(IDBKeyRange.bound([conversation, log, from], [conversation, log, to]))
            )
        );
        return found.flat().map(fromIndexed);
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
    pageAfter: (conversation, after, limit) =>
      reading(async () => {
        const range = IDBKeyRange.bound([conversation, after], [conversation, Infinity], true);
        return (await database.getAllFromIndex('rows', 'timeline', range, limit)).map(fromIndexed);
      }),
    earliest: (limit) =>
      reading(async () => (await database.getAllFromIndex('rows', 'deadline', null, limit)).map(fromIndexed)),
    commit: (epoch, writes) =>
      strict(database, [...TABLES], async (transaction) => {
        // Fencing: a tab that was frozen while another took over must not write over it.
        if ((await transaction.objectStore('meta').get(EPOCH)) !== epoch) throw new StoreError('fenced');
        // A few at a time: a history that is restored has as many rows as would hold the page up for seconds.
        for (let i = 0; i < writes.length; i += SLICE)
          await Promise.all(performAll(transaction, writes.slice(i, i + SLICE)));
      }),
    close: () => {
      database.close();
    }
  };
}

type Tables = (typeof TABLES)[number][];
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
    case 'put-page':
      return transaction.objectStore('pages').put(write.page);
    case 'remove-page':
      return transaction.objectStore('pages').delete(write.page);
    case 'doom':
      return transaction.objectStore('doomed').put(write.doomed);
    case 'forget-doomed':
      return transaction.objectStore('doomed').delete(write.id);
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
      // Where the browser aborted it (a full disk), requests hear only that it has ended; the transaction knows why.
      const reason: unknown = transaction.error ?? error;
      abort(transaction);
      throw reason;
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
/** A table or an index is missing; a value that the browser keeps beside the database has no file any more. */
const REASONS: Readonly<Record<string, StoreErrorCode>> = {
  QuotaExceededError: 'full',
  NotFoundError: 'damaged',
  NotReadableError: 'damaged'
};

/** Turns what browsers throw into our errors. */
async function reading<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StoreError) throw error;
    if (OURS.has(nameOf(error))) throw new UsageError('not a value that can be stored');
    throw new StoreError(REASONS[nameOf(error)] ?? 'closed');
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}
