/** Which phase a tab is in when its database does not do what it should (threats R8). No loop, and no silence. */
import { expect, onTestFinished, test } from 'vitest';
import type { Snapshot } from '../../../src/lib/engine/api.ts';
import type { Environment } from '../../../src/lib/engine/environment.ts';
import { Session } from '../../../src/lib/engine/session.ts';
import { openMemoryKeyFile } from '../../../src/lib/storage/key-file-memory.ts';
import { memoryState, openMemoryStore } from '../../../src/lib/storage/memory.ts';
import { StoreError, type Store, type StoreErrorCode } from '../../../src/lib/storage/store.ts';
import type { ConnectSignaling } from '../../../src/lib/transport/ports.ts';
import { BESIDE_THE_STORE } from '../../support/beside.ts';
import { World } from '../../support/people.ts';

interface Opening {
  readonly onClosed: () => void;
  readonly answer: (store: Store) => void;
  readonly refuse: (code: StoreErrorCode) => void;
}

/** A session whose database is opened when the test says so. */
function session(change: Partial<Environment> = {}) {
  const { clock, random, network } = new World();
  const openings: Opening[] = [];
  const opened = new Session({
    clock,
    random,
    locks: undefined,
    openStore: (onClosed) =>
      new Promise((resolve, reject) => {
        openings.push({
          onClosed,
          answer: (store) => {
            resolve({ store, durable: true });
          },
          refuse: (code) => {
            reject(new StoreError(code));
          }
        });
      }),
    connectSignaling: network.connectSignaling,
    connectPeer: network.connectPeer,
    joinUrl: 'https://aparte.example/join',
    iceOffer: () => 'none',
    problem: null,
    ...BESIDE_THE_STORE,
    ...change
  });
  onTestFinished(() => {
    opened.stop();
  });
  opened.start();
  const opening = (): Opening => {
    const last = openings.at(-1);
    if (!last) throw new Error('it was not opened');
    return last;
  };
  return { session: opened, clock, openings, opening };
}

/** Resolves when it is no longer starting: unwrapping a key takes real time. */
function leftStarting(opened: Session): Promise<void> {
  return new Promise((resolve) => {
    opened.subscribe(({ phase }) => {
      if (phase !== 'starting') resolve();
    });
  });
}

const told = ({ phase, problem }: Snapshot) => [phase, problem];

test('a database that does not answer: said after a while, and it goes on by itself when it does', async () => {
  const { session: opened, clock, opening, openings } = session();
  await clock.advance(9_000);
  expect(told(opened.snapshot)).toEqual(['starting', null]);
  await clock.advance(2_000);
  expect(told(opened.snapshot)).toEqual(['broken', 'storage-blocked']);
  opening().answer(openMemoryStore());
  await clock.advance(0);
  expect(told(opened.snapshot)).toEqual(['active', null]);
  await clock.advance(60_000);
  expect(told(opened.snapshot)).toEqual(['active', null]);
  expect(openings).toHaveLength(1);
});

test.each([
  ['damaged', 'storage-damaged'],
  ['newer', 'storage-newer'],
  ['full', 'storage-full'],
  ['closed', 'storage-broken']
] as const)(
  'a database that is %s when it is opened: said once, and not tried again by itself',
  async (code, problem) => {
    const { session: opened, clock, opening, openings } = session();
    opening().refuse(code);
    await clock.advance(600_000);
    expect(told(opened.snapshot)).toEqual(['broken', problem]);
    expect(openings).toHaveLength(1);
  }
);

test('a database that is closed under us again and again is given up after three times', async () => {
  const { session: opened, clock, opening, openings } = session();
  for (let i = 0; i < 4; i++) {
    opening().answer(openMemoryStore());
    await clock.advance(10);
    expect(opened.snapshot.phase).toBe('active');
    opening().onClosed();
    await clock.advance(10);
  }
  expect(told(opened.snapshot)).toEqual(['broken', 'storage-broken']);
  await clock.advance(600_000);
  expect(openings).toHaveLength(4);
});

test('a database that is empty though something was kept in it was deleted: that is said, and nothing written', async () => {
  const state = memoryState();
  const durability = { ...BESIDE_THE_STORE.durability, wasKept: () => true };
  const { session: opened, clock, opening } = session({ durability });
  opening().answer(openMemoryStore(state));
  await clock.advance(10);
  expect(told(opened.snapshot)).toEqual(['broken', 'storage-deleted']);
  expect(state.meta.size).toBe(0);
});

test('a database that worked for a minute before each time it was closed is opened again for ever', async () => {
  const { session: opened, clock, opening, openings } = session();
  for (let i = 0; i < 10; i++) {
    opening().answer(openMemoryStore());
    await clock.advance(60_000);
    expect(opened.snapshot.phase).toBe('active');
    opening().onClosed();
    await clock.advance(10);
  }
  expect(openings).toHaveLength(11);
});

/** A browser whose site data is blocked has locks, and refuses every request. It gives in where it is asked for ever. */
function refusingLocks() {
  const locks = {
    asked: 0,
    request: (): Promise<never> =>
      ++locks.asked > 10
        ? new Promise<never>(() => undefined)
        : Promise.reject(new DOMException('refused', 'SecurityError')),
    query: () => Promise.resolve({})
  };
  return locks;
}

test('a browser that refuses locks is one that has none: it works, also when it is told to take over', async () => {
  const locks = refusingLocks();
  const { session: opened, clock, opening } = session({ locks });
  await clock.advance(10);
  expect(locks.asked).toBe(1);
  opening().answer(openMemoryStore());
  await clock.advance(10);
  expect(told(opened.snapshot)).toEqual(['active', null]);
  await opened.takeOver();
  opening().answer(openMemoryStore());
  await clock.advance(10);
  expect(told(opened.snapshot)).toEqual(['active', null]);
  expect(locks.asked).toBe(1);
});

test.each(['conversations', 'invitations', 'joins'] as const)(
  'a start that cannot read its %s says so, and leaves nothing that works on behind it',
  async (table) => {
    const world = new World();
    const alice = world.person();
    await alice.opened();
    await alice.engine.createInvitation();
    alice.session.stop();
    let sockets = 0;
    const connectSignaling: ConnectSignaling = (listener) => {
      const socket = world.network.connectSignaling(listener);
      sockets++;
      return {
        ...socket,
        close: () => {
          sockets--;
          socket.close();
        }
      };
    };
    const {
      session: opened,
      clock,
      opening
    } = session({ connectSignaling, keyFile: openMemoryKeyFile(alice.disk.keyFile) });
    const store = openMemoryStore(alice.disk);
    let looks = 0;
    // The first look is the session's own: whether anything is kept.
    const records: Store['records'] = (asked) =>
      asked === table && ++looks > 1 ? Promise.reject(new StoreError('damaged')) : store.records(asked);
    const known = leftStarting(opened);
    opening().answer({ ...store, records });
    await known;
    await clock.advance(10);
    expect(told(opened.snapshot)).toEqual(['broken', 'storage-damaged']);
    expect([sockets, clock.pending]).toEqual([0, 0]);
  }
);

test('keys that cannot be read now are not keys that are gone: it may be tried again', async () => {
  const world = new World();
  const alice = world.person();
  await alice.opened();
  await alice.engine.createInvitation();
  alice.session.stop();
  const read = () => Promise.reject(new StoreError('closed'));
  const keyFile = { ...openMemoryKeyFile(alice.disk.keyFile), read };
  const { session: opened, opening } = session({ keyFile });
  const known = leftStarting(opened);
  opening().answer(openMemoryStore(alice.disk));
  await known;
  expect(told(opened.snapshot)).toEqual(['broken', 'storage-broken']);
});

test('a read that fails while the app is open leads to the same screen, not to a loop', async () => {
  const { session: opened, clock, opening, openings } = session();
  let broken = false;
  const store = openMemoryStore();
  opening().answer({
    ...store,
    earliest: (limit) => (broken ? Promise.reject(new StoreError('damaged')) : store.earliest(limit))
  });
  await clock.advance(0);
  await opened.createInvitation();
  broken = true;
  opened.retry();
  await clock.advance(10);
  expect(told(opened.snapshot)).toEqual(['broken', 'storage-damaged']);
  await clock.advance(600_000);
  expect(openings).toHaveLength(1);
});

test('erasing that another tab holds up is said, and may be tried again', async () => {
  let held = true;
  const erase = () => (held ? Promise.reject(new StoreError('blocked')) : Promise.resolve());
  const { session: opened, clock, opening } = session({ erase });
  opening().answer(openMemoryStore());
  await clock.advance(10);
  await expect(opened.deleteEverything()).rejects.toMatchObject({ code: 'storage-blocked' });
  expect(told(opened.snapshot)).toEqual(['broken', 'storage-blocked']);
  held = false;
  await opened.deleteEverything();
  expect(told(opened.snapshot)).toEqual(['broken', 'storage-blocked']);
});
