/** The contract of storage/store.ts: what every adapter does. */
import { UsageError } from '../../src/lib/errors.ts';
import { StoreError, type Store, type StoredRow, type Write } from '../../src/lib/storage/store.ts';
import { ensure, rejection, same, type Clause } from './check.ts';

/** One disk, empty at first. */
export interface Disk {
  /** Opens a store on the disk: each is one more tab. */
  readonly open: (onClosed?: () => void) => Promise<Store>;
}

export const blank: StoredRow = {
  conversation: 'ab',
  log: '01',
  seq: 1,
  order: null,
  deadline: null,
  key: null,
  sealed: Uint8Array.of(1, 2, 3)
};

export function row(part: Partial<StoredRow> = {}): StoredRow {
  return { ...blank, ...part };
}

export function put(...parts: readonly Partial<StoredRow>[]): Write[] {
  return parts.map((part) => ({ kind: 'put-row', row: row(part) }));
}

async function opened(disk: Disk): Promise<{ store: Store; commit: (...writes: Write[]) => Promise<void> }> {
  const store = await disk.open();
  const epoch = await store.claim();
  return { store, commit: (...writes) => store.commit(epoch, writes) };
}

export async function refused(work: Promise<unknown>, code: string): Promise<void> {
  const error = await rejection(work);
  ensure(error instanceof StoreError, `it was rejected with ${error.name} (${error.message})`);
  same(error.code, code, 'the code of the error');
}

export const seqs = (rows: readonly StoredRow[]): number[] => rows.map(({ seq }) => seq);

export const storeContract: readonly Clause<Disk>[] = [
  {
    name: 'a row comes back as it was put',
    async run(disk) {
      const { store, commit } = await opened(disk);
      const full = row({ order: 7, deadline: 1_800_000_000_000, sealed: new Uint8Array(9_000).fill(9) });
      const bare = row({ seq: 2, sealed: new Uint8Array(0) });
      await commit(...put(full, bare));
      same(await store.rows('ab', [{ log: '01', from: 1, to: 2 }]), [full, bare], 'the rows');
      ensure(
        (await store.rows('ab', [{ log: '01', from: 1, to: 1 }]))[0]?.sealed instanceof Uint8Array,
        'sealed is no Uint8Array'
      );
    }
  },
  {
    name: 'keeps copies: neither what was put nor what was read is tied to it',
    async run(disk) {
      const { store, commit } = await opened(disk);
      const sealed = Uint8Array.of(1, 2, 3);
      const value = { key: Uint8Array.of(4) };
      await commit(...put({ sealed }), { kind: 'put-meta', key: 'k', value });
      sealed.fill(0);
      value.key.fill(0);
      (await store.rows('ab', [{ log: '01', from: 1, to: 1 }]))[0]?.sealed.fill(0);
      ((await store.meta('k')) as typeof value).key.fill(0);
      same(
        (await store.rows('ab', [{ log: '01', from: 1, to: 1 }]))[0]?.sealed,
        Uint8Array.of(1, 2, 3),
        'the row'
      );
      same(await store.meta('k'), { key: Uint8Array.of(4) }, 'the value');
    }
  },
  {
    name: 'rows: one log of one conversation, from and to inclusive, in order',
    async run(disk) {
      const { store, commit } = await opened(disk);
      await commit(...put({ seq: 10 }, { seq: 2 }, { seq: 9 }, { seq: 1 }, { seq: 2 ** 40 }));
      await commit(
        ...put({ seq: 3, log: '011' }, { seq: 4, log: '0' }, { seq: 5, conversation: 'a', log: 'b' })
      );
      same(seqs(await store.rows('ab', [{ log: '01', from: 2, to: 10 }])), [2, 9, 10], '2 to 10');
      same(
        seqs(await store.rows('ab', [{ log: '01', from: 1, to: 2 ** 48 }])),
        [1, 2, 9, 10, 2 ** 40],
        'all'
      );
      same(seqs(await store.rows('ab', [{ log: '01', from: 3, to: 8 }])), [], 'a gap');
    }
  },
  {
    name: 'rows: several ranges, one after the other; one that ends before it begins has none',
    async run(disk) {
      const { store, commit } = await opened(disk);
      await commit(...put({ seq: 1 }, { seq: 2 }, { seq: 3 }, { seq: 1, log: '02' }));
      const ranges = [
        { log: '02', from: 1, to: 9 },
        { log: '01', from: 4, to: 3 },
        { log: '01', from: 3, to: 3 },
        { log: '01', from: 1, to: 2 }
      ];
      const found = await store.rows('ab', ranges);
      same(
        found.map(({ log, seq }) => [log, seq]),
        [
          ['02', 1],
          ['01', 3],
          ['01', 1],
          ['01', 2]
        ],
        'the rows'
      );
      same(await store.rows('ab', []), [], 'of no ranges');
    }
  },
  {
    name: 'ids that run into each other when they are joined stay apart',
    async run(disk) {
      const { store, commit } = await opened(disk);
      await commit(
        ...put({ conversation: 'a/b', log: 'c', order: 1 }, { conversation: 'a', log: 'b/c', order: 2 })
      );
      same(seqs(await store.rows('a/b', [{ log: 'c', from: 1, to: 1 }])), [1], 'the one');
      same(seqs(await store.rows('a', [{ log: 'b/c', from: 1, to: 1 }])), [1], 'the other');
    }
  },
  {
    name: 'page: newest first, below `before`, at most `limit`, and nothing that has no order',
    async run(disk) {
      const { store, commit } = await opened(disk);
      const orders = [5, 1, 9, 3, 7, 100];
      await commit(
        ...put(...orders.map((order, i) => ({ seq: i + 1, order, log: i % 2 === 0 ? '01' : '02' })))
      );
      await commit(
        ...put(
          { seq: 20 },
          { seq: 21, conversation: 'abc', order: 4 },
          { seq: 22, conversation: 'a', order: 4 }
        )
      );
      const page = async (before: number | null, limit: number) =>
        (await store.page('ab', before, limit)).map(({ order }) => order);
      same(await page(null, 10), [100, 9, 7, 5, 3, 1], 'all');
      same(await page(null, 2), [100, 9], 'the end');
      same(await page(9, 2), [7, 5], 'the next');
      same(await page(1, 2), [], 'before the first');
      same(await store.page('nobody', null, 2), [], 'nobody');
      const pageAfter = async (after: number, limit: number) =>
        (await store.pageAfter('ab', after, limit)).map(({ order }) => order);
      same(await pageAfter(0, 10), [1, 3, 5, 7, 9, 100], 'all, upwards');
      same(await pageAfter(3, 2), [5, 7], 'the two above');
      same(await pageAfter(100, 2), [], 'above the last');
      same(await store.pageAfter('nobody', 0, 2), [], 'nobody, upwards');
    }
  },
  {
    name: 'earliest: by deadline over all conversations, at most `limit`, and nothing that stays',
    async run(disk) {
      const { store, commit } = await opened(disk);
      await commit(
        ...put(
          { seq: 1, deadline: 300 },
          { seq: 2, deadline: 100, conversation: 'zz' },
          { seq: 3, deadline: 2_000 }
        ),
        ...put({ seq: 4 }, { seq: 5, deadline: 0, log: '02' })
      );
      same(seqs(await store.earliest(10)), [5, 2, 1, 3], 'all');
      same(seqs(await store.earliest(2)), [5, 2], 'two');
    }
  },
  {
    name: 'a row that is put again is replaced, in the timeline and among the deadlines too',
    async run(disk) {
      const { store, commit } = await opened(disk);
      await commit(...put({ order: 1, deadline: 5 }));
      await commit(...put({ order: 2, deadline: 6, sealed: Uint8Array.of(8) }));
      same(
        await store.page('ab', null, 9),
        [row({ order: 2, deadline: 6, sealed: Uint8Array.of(8) })],
        'the page'
      );
      same((await store.earliest(9)).length, 1, 'deadlines');
      await commit(...put({}));
      same(await store.page('ab', null, 9), [], 'the page, without an order');
      same(await store.earliest(9), [], 'the deadlines, without one');
      same(await store.rows('ab', [{ log: '01', from: 1, to: 1 }]), [row()], 'the row');
    }
  },
  {
    name: 'remove-row removes that row, and nothing where there is none',
    async run(disk) {
      const { store, commit } = await opened(disk);
      await commit(...put({ order: 1, deadline: 1 }, { seq: 2, order: 2 }, { log: '02', order: 3 }));
      const gone: Write = { kind: 'remove-row', conversation: 'ab', log: '01', seq: 1 };
      await commit(gone, gone, { ...gone, conversation: 'nobody' });
      same(await store.rows('ab', [{ log: '01', from: 1, to: 9 }]), [row({ seq: 2, order: 2 })], 'the log');
      same(
        (await store.page('ab', null, 9)).map(({ order }) => order),
        [3, 2],
        'the page'
      );
      same(await store.earliest(9), [], 'the deadlines');
    }
  },
  {
    name: 'remove-rows removes all logs of one conversation and touches no other',
    async run(disk) {
      const { store, commit } = await opened(disk);
      const others = ['a', 'abc', 'ab0', 'ab\uffff', 'ab/', 'ac', 'aa', 'b', 'A'];
      await commit(
        ...put({ order: 1 }, { log: '\uffff', seq: 7, order: 2, deadline: 3 }, { log: '', seq: 2 ** 47 })
      );
      await commit(...put(...others.map((conversation) => ({ conversation, order: 1 }))));
      await commit({ kind: 'remove-rows', conversation: 'ab' });
      same(await store.page('ab', null, 9), [], 'the page');
      for (const log of ['', '01', '\uffff'])
        same(await store.rows('ab', [{ log, from: 0, to: 2 ** 48 }]), [], `log ${log}`);
      same(await store.earliest(9), [], 'the deadlines');
      for (const other of others) same((await store.page(other, null, 9)).length, 1, `the rows of ${other}`);
    }
  },
  {
    name: 'records: two tables, by id',
    async run(disk) {
      const { store, commit } = await opened(disk);
      const record = (id: string, byte: number) => ({ id, slot: byte, sealed: Uint8Array.of(byte) });
      same(await store.records('conversations'), [], 'at first');
      await commit(
        { kind: 'put-record', table: 'conversations', record: record('b', 1) },
        { kind: 'put-record', table: 'conversations', record: record('a', 2) },
        { kind: 'put-record', table: 'invitations', record: record('a', 3) },
        { kind: 'put-record', table: 'conversations', record: record('b', 4) }
      );
      const both = (await store.records('conversations')).sort((a, b) => (a.id < b.id ? -1 : 1));
      same(both, [record('a', 2), record('b', 4)], 'conversations');
      await commit({ kind: 'remove-record', table: 'conversations', id: 'a' });
      same(await store.records('conversations'), [record('b', 4)], 'conversations after');
      same(await store.records('invitations'), [record('a', 3)], 'invitations');
    }
  },
  {
    name: 'meta: what a structured clone can carry, undefined where nothing is',
    async run(disk) {
      const { store, commit } = await opened(disk);
      same(await store.meta('x'), undefined, 'at first');
      await commit({ kind: 'put-meta', key: 'x', value: { a: [1, null, 'é'], b: Uint8Array.of(1) } });
      same(await store.meta('x'), { a: [1, null, 'é'], b: Uint8Array.of(1) }, 'after');
      await commit({ kind: 'put-meta', key: 'x', value: 0 });
      same(await store.meta('x'), 0, 'replaced');
    }
  },
  {
    name: 'writes of one commit happen in their order',
    async run(disk) {
      const { store, commit } = await opened(disk);
      await commit(
        ...put({ order: 1 }, { seq: 2, order: 2 }),
        { kind: 'remove-rows', conversation: 'ab' },
        ...put({ seq: 3, order: 3 }),
        { kind: 'put-meta', key: 'x', value: 1 },
        { kind: 'put-meta', key: 'x', value: 2 }
      );
      same(seqs(await store.page('ab', null, 9)), [3], 'the page');
      same(await store.meta('x'), 2, 'the value');
    }
  },
  {
    name: 'commits that are not waited for happen in their order, each as a whole',
    async run(disk) {
      const { store, commit } = await opened(disk);
      const all = Array.from({ length: 30 }, (_, i) =>
        commit({ kind: 'put-meta', key: 'x', value: i }, ...put({ seq: i + 1, order: i }))
      );
      await Promise.all(all);
      same(await store.meta('x'), 29, 'the value');
      same((await store.page('ab', null, 99)).length, 30, 'rows');
    }
  },
  {
    name: 'a commit in which one write fails leaves nothing',
    async run(disk) {
      const { store, commit } = await opened(disk);
      await commit(...put({ order: 1 }), { kind: 'put-meta', key: 'x', value: 1 });
      const error = await rejection(
        commit(
          { kind: 'put-meta', key: 'x', value: 2 },
          { kind: 'remove-rows', conversation: 'ab' },
          // More than are written in one task.
          ...put(...Array.from({ length: 500 }, (_, i) => ({ seq: i + 5, order: i + 5 }))),
          { kind: 'put-meta', key: 'y', value: () => 'no clone of this' },
          { kind: 'put-meta', key: 'z', value: 3 }
        )
      );
      ensure(
        error instanceof UsageError,
        `it was rejected with ${error.name}: the store is in order, we are not`
      );
      same(await store.meta('x'), 1, 'the value');
      same(await store.meta('z'), undefined, 'what came after');
      same(seqs(await store.page('ab', null, 9)), [1], 'the page');
      await commit({ kind: 'put-meta', key: 'x', value: 3 });
      same(await store.meta('x'), 3, 'the next commit');
    }
  },
  {
    name: 'who claims last writes: every earlier epoch is fenced, and leaves nothing',
    async run(disk) {
      const first = await disk.open();
      const second = await disk.open();
      const one = await first.claim();
      await first.commit(one, [{ kind: 'put-meta', key: 'x', value: 'first' }]);
      const two = await second.claim();
      ensure(two > one, 'epochs do not grow');
      await refused(
        first.commit(one, [...put({ order: 1 }), { kind: 'put-meta', key: 'x', value: 'late' }]),
        'fenced'
      );
      await refused(first.commit(one, []), 'fenced');
      await second.commit(two, [{ kind: 'put-meta', key: 'y', value: 'second' }]);
      same(await second.meta('x'), 'first', 'what the first wrote in its time');
      same(await first.page('ab', null, 9), [], 'what it wrote after it');
      same(await first.meta('y'), 'second', 'what the first may still read');
      const three = await first.claim();
      await first.commit(three, [{ kind: 'put-meta', key: 'x', value: 'again' }]);
      await refused(second.commit(two, []), 'fenced');
      same(await second.meta('x'), 'again', 'after the take-over');
    }
  },
  {
    name: 'nobody writes who has not claimed',
    async run(disk) {
      const store = await disk.open();
      await refused(store.commit(0, put({ order: 1 })), 'fenced');
      await refused(store.commit(1, put({ order: 1 })), 'fenced');
      await store.claim();
      await refused(store.commit(Number.NaN, put({ order: 1 })), 'fenced');
      same(await store.page('ab', null, 9), [], 'the page');
    }
  },
  {
    name: 'what was committed is there for the next who opens, and so is the epoch',
    async run(disk) {
      const { store, commit } = await opened(disk);
      await commit(...put({ order: 1, deadline: 2 }), { kind: 'put-meta', key: 'x', value: 1 });
      store.close();
      const again = await opened(disk);
      same(await again.store.page('ab', null, 9), [row({ order: 1, deadline: 2 })], 'the page');
      same(await again.store.meta('x'), 1, 'the value');
      await refused(again.store.commit(1, []), 'fenced');
    }
  },
  {
    name: 'a store that is closed says so, whatever it is asked, and the disk does not hear of it',
    async run(disk) {
      const { store, commit } = await opened(disk);
      const other = await disk.open();
      store.close();
      store.close();
      await refused(store.claim(), 'closed');
      await refused(store.meta('x'), 'closed');
      await refused(store.records('invitations'), 'closed');
      await refused(store.rows('ab', [{ log: '01', from: 1, to: 2 }]), 'closed');
      await refused(store.page('ab', null, 1), 'closed');
      await refused(store.earliest(1), 'closed');
      await refused(commit(...put({ order: 1 })), 'closed');
      same(await other.page('ab', null, 9), [], 'the page');
      ensure((await other.claim()) === 2, 'the closed one has claimed');
    }
  }
];
