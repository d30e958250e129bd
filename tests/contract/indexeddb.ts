/** What only a database has that others can open, and that can be damaged. `name` is one that nobody uses yet. */
/* eslint-disable @typescript-eslint/unbound-method -- the browser's methods, called with the object that they are of */
import { deleteDB, openDB, type IDBPDatabase } from 'idb';
import { deleteDatabase, openIndexedDbStore, readRemains } from '../../src/lib/storage/indexeddb.ts';
import { MIGRATIONS, TABLES } from '../../src/lib/storage/schema.ts';
import type { Write } from '../../src/lib/storage/store.ts';
import { ensure, same, type Clause } from './check.ts';
import { blank, put, refused, row, seqs } from './store.ts';

export const indexedDbContract: readonly Clause<string>[] = [
  {
    name: 'a database of a newer version is left alone',
    async run(name) {
      const newer = await openDB(name, 1_000, {
        upgrade(database) {
          void database.createObjectStore('tomorrow').put('kept', 'x');
        }
      });
      newer.close();
      await refused(
        openIndexedDbStore(() => undefined, name),
        'newer'
      );
      const after = await openDB(name);
      same([after.version, await after.get('tomorrow', 'x')], [1_000, 'kept'], 'the database');
      after.close();
    }
  },
  {
    name: 'gives way when the database is deleted elsewhere, once, and says closed from then on',
    async run(name) {
      let told = 0;
      const store = await openIndexedDbStore(() => told++, name);
      const epoch = await store.claim();
      await deleteDB(name);
      same(told, 1, 'onClosed');
      await refused(store.meta('x'), 'closed');
      await refused(store.commit(epoch, put({})), 'closed');
    }
  },
  {
    name: 'gives way when a newer version upgrades the database',
    async run(name) {
      let told = 0;
      const store = await openIndexedDbStore(() => told++, name);
      (await openDB(name, 1_000)).close();
      same(told, 1, 'onClosed');
      await refused(store.claim(), 'closed');
      await refused(
        openIndexedDbStore(() => told++, name),
        'newer'
      );
    }
  },
  {
    name: 'says nothing when it is closed by its owner',
    async run(name) {
      let told = 0;
      const store = await openIndexedDbStore(() => told++, name);
      store.close();
      await deleteDB(name);
      same(told, 0, 'onClosed');
    }
  },
  {
    name: 'a database in which a table or an index is missing is damaged, and left alone',
    async run(name) {
      for (const [step, upgrade] of MUTILATIONS.entries()) {
        const broken = `${name} ${String(step)}`;
        (await openDB(broken, MIGRATIONS.length, { upgrade })).close();
        await refused(
          openIndexedDbStore(() => undefined, broken),
          'damaged'
        );
        const after = await openDB(broken);
        ensure(after.objectStoreNames.length === 6 + step, 'it was changed');
        after.close();
        await deleteDB(broken);
      }
    }
  },
  {
    name: 'garbage in a row, a record or the epoch harms nothing beside it',
    async run(name) {
      const store = await openIndexedDbStore(() => undefined, name);
      const epoch = await store.claim();
      await store.commit(epoch, [
        ...put({ order: 1 }, { seq: 2, order: 2, deadline: 5 }, { seq: 3, order: 3 }),
        ...['a', 'b'].map((id): Write => ({
          kind: 'put-record',
          table: 'joins',
          record: { id, slot: null, sealed: blank.sealed }
        }))
      ]);
      await scribble(name);
      same(
        await store.page('ab', null, 9),
        [row({ seq: 3, order: 3 }), row({ seq: 2, order: 2, sealed: NOTHING }), row({ order: 1 })],
        'the page'
      );
      same(
        await store.rows('ab', [{ log: '01', from: 2, to: 2 }]),
        [row({ seq: 2, order: 2, sealed: NOTHING })],
        'the row'
      );
      same(
        await store.records('joins'),
        [
          { id: 'a', slot: null, sealed: NOTHING },
          { id: 'b', slot: null, sealed: blank.sealed }
        ],
        'the records'
      );
      await refused(store.commit(epoch, []), 'fenced');
      await store.commit(await store.claim(), put({ seq: 4 }));
      store.close();
    }
  },
  {
    name: 'what remains is read whole, whatever is missing and whoever wrote it, and no database comes into being',
    async run(name) {
      const store = await openIndexedDbStore(() => undefined, name);
      const record = { id: 'a', slot: 1, sealed: Uint8Array.of(7) };
      const rows = Array.from({ length: 450 }, (_, i) => row({ seq: i + 1, order: i }));
      await store.commit(await store.claim(), [
        ...put(...rows),
        { kind: 'put-record', table: 'conversations', record },
        { kind: 'put-meta', key: 'x', value: 1 }
      ]);
      store.close();
      (
        await openDB(name, 7, {
          upgrade(database) {
            database.deleteObjectStore('joins');
            database.deleteObjectStore('invitations');
          }
        })
      ).close();
      const remains = await readRemains(name);
      same(remains.rows, rows, 'the rows');
      same(remains.conversations, [record], 'the conversations');
      same([remains.meta.get('x'), remains.lost], [1, 0], 'the value, and what was lost');
      await scribble(name);
      same((await readRemains(name)).rows.length, 450, 'garbage is counted with the rows');
      await deleteDatabase(name);
      await refused(readRemains(name), 'closed');
      ensure(!(await indexedDB.databases()).some((database) => database.name === name), 'it was made');
    }
  },
  {
    name: 'one value that the browser cannot give back leaves the others readable',
    async run(name) {
      const store = await openIndexedDbStore(() => undefined, name);
      await store.commit(await store.claim(), put({ seq: 1 }, { seq: 2 }, { seq: 3 }));
      store.close();
      const restore = breakReading(({ key }) => Array.isArray(key) && key[2] === 2);
      try {
        const { rows, lost } = await readRemains(name);
        same([seqs(rows), lost], [[1, 3], 1], 'rows, and what was lost');
      } finally {
        restore();
      }
    }
  },
  {
    name: 'deleting says so when somebody holds the database, and happens when they let go',
    async run(name) {
      const holder = await openDB(name, 1);
      await refused(deleteDatabase(name), 'blocked');
      holder.close();
      await deleteDatabase(name);
      await refused(readRemains(name), 'closed');
    }
  },
  {
    name: 'a disk that fills up while it is written to is full, and nothing is there',
    async run(name) {
      const store = await openIndexedDbStore(() => undefined, name);
      const epoch = await store.claim();
      for (const when of ['call', 'request', 'commit'] as const) {
        const restore = fillUp(when);
        try {
          await refused(store.commit(epoch, put({ order: 1 }, { seq: 2, order: 2 })), 'full');
        } finally {
          restore();
        }
        same(await store.page('ab', null, 9), [], `the page, full at the ${when}`);
      }
      await store.commit(epoch, put({ order: 1 }));
      same(seqs(await store.page('ab', null, 9)), [1], 'the page with room again');
      store.close();
    }
  }
];

const NOTHING = new Uint8Array(0);

/** A table is missing; an index is. */
const MUTILATIONS: readonly ((database: IDBPDatabase) => void)[] = [
  (database) => {
    for (const table of TABLES) if (table !== 'rows') database.createObjectStore(table);
  },
  (database) => {
    for (const table of TABLES) if (table !== 'rows') database.createObjectStore(table);
    database.createObjectStore('rows').createIndex('deadline', 'deadline');
  }
];

/** Writes what the app never would. */
async function scribble(name: string): Promise<void> {
  const database = await openDB(name);
  const tables = [...database.objectStoreNames];
  await database.put('rows', {
    conversation: 'ab',
    log: '01',
    seq: 2,
    order: 2,
    deadline: {},
    sealed: 'garbage'
  });
  if (tables.includes('joins')) await database.put('joins', { id: 'a', sealed: 17 });
  await database.put('meta', 'garbage', 'epoch');
  database.close();
}

/** Some values cannot be read, as after the loss of a file: neither alone nor with others. */
function breakReading(isBroken: (request: { key: unknown }) => boolean): () => void {
  const { get, getAll } = IDBObjectStore.prototype;
  const lost = (): never => {
    throw new DOMException('lost', 'NotReadableError');
  };
  IDBObjectStore.prototype.get = function (this: IDBObjectStore, key) {
    return isBroken({ key }) ? lost() : get.call(this, key);
  };
  IDBObjectStore.prototype.getAll = function (this: IDBObjectStore, ...range) {
    return this.name === 'rows' ? lost() : getAll.apply(this, range);
  };
  return () => {
    Object.assign(IDBObjectStore.prototype, { get, getAll });
  };
}

/** Browsers tell of a full disk in one of three places. The last two: the transaction is aborted with the reason. */
function fillUp(when: 'call' | 'request' | 'commit'): () => void {
  const { put: real } = IDBObjectStore.prototype;
  const reason = new DOMException('no room', 'QuotaExceededError');
  IDBObjectStore.prototype.put = function (this: IDBObjectStore, ...value) {
    if (when === 'call') throw reason;
    const { transaction } = this;
    const request = real.apply(this, value);
    Object.defineProperty(transaction, 'error', {
      configurable: true,
      get: () => reason,
      set: () => undefined
    });
    if (when === 'request') transaction.abort();
    else
      request.addEventListener('success', () => {
        transaction.abort();
      });
    return request;
  };
  return () => {
    IDBObjectStore.prototype.put = real;
  };
}
