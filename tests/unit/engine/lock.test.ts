/** The app lock (threats S12): what opens, what does not, what lies on the disk, and what it does when it panics. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { hex } from '../../../src/lib/bytes.ts';
import { Problem, type LockChange, type Proof, type Snapshot } from '../../../src/lib/engine/api.ts';
import type { Environment } from '../../../src/lib/engine/environment.ts';
import { lockedFrom, openWay } from '../../../src/lib/engine/lock.ts';
import { Session } from '../../../src/lib/engine/session.ts';
import { memoryState, openMemoryStore, type MemoryState } from '../../../src/lib/storage/memory.ts';
import { openMemoryKeyFile, type MemoryFile } from '../../../src/lib/storage/key-file-memory.ts';
import { parseFile, type KeyFile } from '../../../src/lib/storage/key-file.ts';
import type { Store } from '../../../src/lib/storage/store.ts';
import { BESIDE_THE_STORE } from '../../support/beside.ts';
import { imageOf, putBack } from '../../support/disk.ts';
import { World } from '../../support/people.ts';

const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
const PASSPHRASE = 'a quiet theatre';
const NOTHING: Proof = { kind: 'nothing' };
const PASSKEY: Proof = { kind: 'passkey' };
const by = (passphrase: string): Proof => ({ kind: 'passphrase', passphrase });
const set = (passphrase: string | null): LockChange => ({ kind: 'passphrase', passphrase });
const panic = (passphrase: string | null): LockChange => ({ kind: 'panic', passphrase });

/** A browser: what is on its disk, and the page that is open. */
class Browser {
  readonly world = new World();
  readonly disk: MemoryState = memoryState();
  readonly file: MemoryFile = { bytes: null };
  readonly lockFile: KeyFile = openMemoryKeyFile(this.file);
  /** What happened to the disk, in order. */
  readonly told: string[] = [];
  session = this.#open({});

  async reopened(change: Partial<Environment> = {}): Promise<Session> {
    this.session.stop();
    this.session = this.#open(change);
    await this.known();
    return this.session;
  }

  /** Resolves when the page knows what it is to show. */
  async known(): Promise<Snapshot> {
    const { session } = this;
    if (session.snapshot.phase === 'starting')
      await new Promise<void>((resolve) => {
        const stop = session.subscribe(({ phase }) => {
          if (phase === 'starting') return;
          stop();
          resolve();
        });
      });
    return session.snapshot;
  }

  async change(proof: Proof, change: LockChange): Promise<boolean> {
    await this.known();
    return this.session.changeLock(proof, change);
  }

  /** What lies in a slot. */
  secret(slot: number): Uint8Array {
    const { slots } = parseFile(this.file.bytes ?? new Uint8Array(0)) ?? {};
    return slots?.slice(slot * 32, slot * 32 + 32) ?? new Uint8Array(0);
  }

  get keyring(): unknown {
    return structuredClone(this.disk.meta.get('keyring'));
  }

  #open(change: Partial<Environment>): Session {
    const { clock, network } = this.world;
    const session = new Session({
      ...{ clock, random, locks: undefined, problem: null },
      openStore: () => Promise.resolve({ store: openMemoryStore(this.disk), durable: true }),
      connectSignaling: network.connectSignaling,
      connectPeer: network.connectPeer,
      joinUrl: 'https://aparte.example/join',
      iceOffer: () => 'none',
      ...BESIDE_THE_STORE,
      lockFile: {
        ...this.lockFile,
        create: (epoch, contents) => {
          this.told.push('a new file');
          return this.lockFile.create(epoch, contents);
        },
        write: (epoch, runs) => {
          this.told.push(...runs.map(({ at }) => `slot ${at.toString()}`));
          return this.lockFile.write(epoch, runs);
        }
      },
      eraseData: () => {
        this.told.push('data');
        putBack(this.disk, memoryState());
        return Promise.resolve();
      },
      ...change
    });
    session.start();
    onTestFinished(() => {
      session.stop();
    });
    return session;
  }
}

async function locked(): Promise<Browser> {
  const browser = new Browser();
  await browser.known();
  await browser.session.setName('Ada');
  expect(await browser.change(NOTHING, set(PASSPHRASE))).toBe(true);
  return browser;
}

const phaseOf = ({ snapshot }: Session) => [snapshot.phase, snapshot.name];

describe('with a passphrase', () => {
  test('no backup leaves an open app without it, and wrong ones are counted as at the door', async () => {
    const browser = await locked();
    const { session } = browser;
    expect(await session.backup('for the file alone', NOTHING)).toBeNull();
    expect(await session.backup('for the file alone', by('a loud theatre'))).toBeNull();
    expect((await session.backup('for the file alone', by(PASSPHRASE)))?.length).toBeGreaterThan(2 ** 16);
    for (let i = 0; i < 20; i++) await session.backup('x', by('guess')).catch(() => null);
    await expect(session.backup('for the file alone', by(PASSPHRASE))).rejects.toEqual(
      new Problem('lock-wait')
    );
    expect(session.snapshot.lock.notBefore).toBeGreaterThan(0);
  });

  test('a page that starts knows nothing but that; the right one opens it, another does not', async () => {
    const browser = await locked();
    expect(browser.session.snapshot.lock).toEqual({ passphrase: true, passkey: false, notBefore: 0 });
    const session = await browser.reopened();
    expect(session.snapshot).toMatchObject({ phase: 'locked', name: '', conversations: [], invitations: [] });
    await expect(session.setName('Eve')).rejects.toEqual(new Problem('storage-locked'));
    expect(await session.unlock(by('a quiet theatr'))).toBe(false);
    expect(phaseOf(session)).toEqual(['locked', '']);
    expect(await session.unlock(by(PASSPHRASE))).toBe(true);
    expect(phaseOf(session)).toEqual(['active', 'Ada']);
  });

  test('nothing of it can be read for a file before it is open', async () => {
    const browser = await locked();
    const readRemains = () =>
      Promise.resolve({ meta: browser.disk.meta, conversations: [], rows: [], pages: [], lost: 0 });
    const session = await browser.reopened({ readRemains });
    await expect(session.readable()).rejects.toEqual(new Problem('storage-locked'));
    await session.unlock(by(PASSPHRASE));
    await expect(session.readable()).rejects.toEqual(new Problem('nothing-readable'));
  });

  test('locking begins a new page, after the words that were just typed', async () => {
    let reloaded = 0;
    const browser = await locked();
    const reload = () => {
      reloaded++;
    };
    const session = await browser.reopened({ reload });
    await session.lock();
    expect(reloaded).toBe(0);
    await session.unlock(by(PASSPHRASE));
    const locking = session.lock();
    expect(session.snapshot).toMatchObject({ phase: 'starting', name: '' });
    await locking;
    expect(reloaded).toBe(1);
    await expect(session.setName('x')).rejects.toEqual(new Problem('not-active'));
  });

  test('what was asked for just before is kept', async () => {
    const browser = await locked();
    // A disk takes its time.
    const openStore = () => {
      const store = openMemoryStore(browser.disk);
      const commit: Store['commit'] = async (...writes) => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        return store.commit(...writes);
      };
      return Promise.resolve({ store: { ...store, commit }, durable: true });
    };
    const session = await browser.reopened({ openStore });
    await session.unlock(by(PASSPHRASE));
    const named = session.setName('Eve');
    await session.lock();
    await named;
    const again = await browser.reopened();
    await again.unlock(by(PASSPHRASE));
    expect(phaseOf(again)).toEqual(['active', 'Eve']);
  });

  test('no older copy of the keyring opens anything: set, changed, removed', async () => {
    const browser = new Browser();
    await browser.known();
    await browser.session.setName('Ada');
    const open = browser.keyring;
    await browser.change(NOTHING, set(PASSPHRASE));
    const first = browser.keyring;
    expect(await browser.change(by('wrong'), set('another one'))).toBe(false);
    expect(browser.keyring).toEqual(first);
    expect(await browser.change(by(PASSPHRASE), set('another one'))).toBe(true);
    const second = browser.keyring;
    const tryOn = async (keyring: unknown, proof: Proof): Promise<[string, string | null]> => {
      const before = imageOf(browser.disk);
      browser.disk.meta.set('keyring', keyring);
      const session = await browser.reopened();
      if (session.snapshot.phase === 'locked') await session.unlock(proof).catch(() => undefined);
      const { phase, problem } = session.snapshot;
      session.stop();
      putBack(browser.disk, before);
      return [phase, problem];
    };
    expect(await tryOn(open, NOTHING)).toEqual(['broken', 'storage-keyless']);
    expect(await tryOn(first, by(PASSPHRASE))).toEqual(['locked', null]);
    expect(await tryOn(second, by('another one'))).toEqual(['active', null]);
    const session = await browser.reopened();
    await session.unlock(by('another one'));
    expect(await session.changeLock(by('another one'), set(null))).toBe(true);
    expect(session.snapshot.lock.passphrase).toBe(false);
    expect(await tryOn(second, by('another one'))).toEqual(['locked', null]);
    expect(phaseOf(await browser.reopened())).toEqual(['active', 'Ada']);
  });

  test('changing it writes the keyring and nothing else that is sealed', async () => {
    const browser = await locked();
    const before = imageOf(browser.disk);
    await browser.change(by(PASSPHRASE), set('another one'));
    const changed = [...browser.disk.meta].filter(([key, value]) => before.meta.get(key) !== value);
    expect(changed.map(([key]) => key).sort()).toEqual(['attempts', 'keyring']);
  });

  test('a page that went before the old slot was destroyed: the next one destroys it first of all', async () => {
    const browser = new Browser();
    await browser.known();
    await browser.session.setName('Ada');
    const { slot } = browser.keyring as { readonly slot: number };
    const secret = hex(browser.secret(slot));
    const session = await browser.reopened({
      lockFile: {
        ...browser.lockFile,
        write: (epoch, runs) =>
          runs.some(({ at }) => at === slot)
            ? Promise.reject(new Error('the page went'))
            : browser.lockFile.write(epoch, runs)
      }
    });
    await session.changeLock(NOTHING, set(PASSPHRASE)).catch(() => undefined);
    expect(hex(browser.secret(slot))).toBe(secret);
    const again = await browser.reopened();
    await again.unlock(by('wrong'));
    expect(hex(browser.secret(slot))).not.toBe(secret);
    expect(await again.unlock(by(PASSPHRASE))).toBe(true);
    expect(browser.told).toEqual(['a new file', `slot ${slot.toString()}`]);
  });

  test('a keyring of the first version is not locked: its key lies on the disk without a slot', async () => {
    const browser = new Browser();
    browser.disk.meta.set('keyring', { kind: 'bare', secret: random(32) });
    await browser.reopened();
    await expect(browser.change(NOTHING, set(PASSPHRASE))).rejects.toEqual(new Problem('lock-old'));
  });
});

test('where a browser has no file to overwrite, the secrets lie in the database, and it all works the same', async () => {
  const browser = new Browser();
  const nowhere = { lockFile: null };
  await browser.reopened(nowhere);
  await browser.session.setName('Ada');
  await browser.change(NOTHING, set(PASSPHRASE));
  const first = browser.keyring;
  await browser.change(by(PASSPHRASE), set('another one'));
  let session = await browser.reopened(nowhere);
  expect(await session.unlock(by(PASSPHRASE))).toBe(false);
  expect(await session.unlock(by('another one'))).toBe(true);
  browser.disk.meta.set('keyring', first);
  session = await browser.reopened(nowhere);
  expect(await session.unlock(by(PASSPHRASE))).toBe(false);
});

test('a device without the memory for a new lock gets one that costs a quarter; an old one never gets cheaper', async () => {
  const costs: number[] = [];
  const browser = new Browser();
  await browser.reopened({
    stretch: (passphrase, stretching) => {
      costs.push(stretching.n);
      return stretching.n > 2 ** 15
        ? Promise.reject(new Error('no memory'))
        : BESIDE_THE_STORE.stretch(passphrase, stretching);
    }
  });
  await browser.session.setName('Ada');
  expect(await browser.change(NOTHING, set(PASSPHRASE))).toBe(true);
  expect(await browser.change(by(PASSPHRASE), set('another one'))).toBe(true);
  expect(costs).toEqual([2 ** 17, 2 ** 15, 2 ** 15, 2 ** 15]);
  const other = await locked();
  await other.reopened({ stretch: () => Promise.reject(new Error('no memory')) });
  await expect(other.session.unlock(by(PASSPHRASE))).rejects.toThrow('no memory');
});

describe('wrong attempts', () => {
  test('wait longer and longer, over reloads, and right ones begin anew', async () => {
    const browser = await locked();
    const { clock } = browser.world;
    const waits: number[] = [];
    let session = await browser.reopened();
    for (let i = 0; i < 10; i++) {
      session = await browser.reopened();
      expect(await session.unlock(by('wrong'))).toBe(false);
      const { notBefore } = session.snapshot.lock;
      waits.push(Math.max(0, notBefore - clock.now()) / 1_000);
      if (notBefore === 0) continue;
      session = await browser.reopened();
      await clock.advance(notBefore - clock.now() - 1);
      await expect(session.unlock(by(PASSPHRASE))).rejects.toEqual(new Problem('lock-wait'));
      await clock.advance(1);
    }
    expect(waits).toEqual([0, 0, 0, 5, 15, 30, 60, 120, 300, 300]);
    expect(await session.unlock(by(PASSPHRASE))).toBe(true);
    session = await browser.reopened();
    expect(session.snapshot.lock.notBefore).toBe(0);
  });

  test('are counted before they are looked at', async () => {
    const browser = await locked();
    const session = await browser.reopened({ stretch: () => new Promise(() => undefined) });
    void session.unlock(by('wrong'));
    await expect.poll(() => browser.disk.meta.get('attempts')).toMatchObject({ count: 1 });
  });

  test.each([
    ['garbage', 'many', 0],
    ['a number of them that is none', { count: NaN, at: 0 }, 0],
    ['a time to come', { count: 5, at: Number.MAX_SAFE_INTEGER }, 15_000]
  ])('on the disk as %s hang nobody', async (_, value, wait) => {
    const browser = await locked();
    browser.disk.meta.set('attempts', value);
    const session = await browser.reopened();
    const { clock } = browser.world;
    const { notBefore } = session.snapshot.lock;
    expect(notBefore === 0 ? 0 : notBefore - clock.now()).toBe(wait);
  });
});

describe('a locked keyring that somebody has written to', () => {
  const hostile: [string, (keyring: Record<string, unknown>) => unknown][] = [
    ['a cost that hangs', (k) => ({ ...k, stretching: { ...(k.stretching as object), n: 2 ** 30 } })],
    ['a cost of nothing', (k) => ({ ...k, stretching: { ...(k.stretching as object), n: 2 } })],
    [
      'a cost that is no power of two',
      (k) => ({ ...k, stretching: { ...(k.stretching as object), n: 40_000 } })
    ],
    ['a cost that is no number', (k) => ({ ...k, stretching: { ...(k.stretching as object), n: '32768' } })],
    [
      'blocks that fill the memory',
      (k) => ({ ...k, stretching: { ...(k.stretching as object), r: 2 ** 20 } })
    ],
    ['too many turns', (k) => ({ ...k, stretching: { ...(k.stretching as object), p: 1_000 } })],
    ['no salt', (k) => ({ ...k, stretching: { n: 2 ** 15, r: 8, p: 1 } })],
    ['no seals', (k) => ({ ...k, seals: null })],
    ['a slot that is none', (k) => ({ ...k, slot: -1 })],
    ['another slot', (k) => ({ ...k, slot: 77 })],
    ['nothing', () => ({ kind: 'locked' })]
  ];
  test.each(hostile)('%s: it stays locked, and that is said at once', async (_, write) => {
    const browser = await locked();
    browser.disk.meta.set('keyring', write(browser.keyring as Record<string, unknown>));
    const session = await browser.reopened({ stretch: () => Promise.reject(new Error('it was stretched')) });
    expect(session.snapshot.phase).toBe('locked');
    await expect(session.unlock(by(PASSPHRASE))).rejects.toEqual(new Problem('storage-keyless'));
    expect(session.snapshot.phase).toBe('locked');
  });

  test('seals that were cut, grown or changed in any byte open nothing', async () => {
    const browser = await locked();
    const keyring = lockedFrom(browser.keyring);
    const secret = keyring && browser.secret(keyring.slot);
    if (!keyring || !secret) throw new Error('no lock');
    const key = await BESIDE_THE_STORE.stretch(PASSPHRASE, keyring.stretching);
    const tried = (sealed: Uint8Array, withKey = key, withSecret = secret) =>
      openWay(
        { ...keyring, seals: { ...keyring.seals, passphrase: sealed } },
        'passphrase',
        withKey,
        withSecret
      );
    const whole = keyring.seals.passphrase;
    expect(tried(whole)).toHaveLength(32);
    for (let i = 0; i < whole.length; i++) {
      expect(tried(whole.map((byte, at) => (at === i ? byte ^ 1 : byte)))).toBe(null);
      expect(tried(whole.slice(0, i))).toBe(null);
    }
    expect(tried(Uint8Array.of(...whole, 0))).toBe(null);
    for (let i = 0; i < 32; i++) {
      const off = (bytes: Uint8Array) => bytes.map((byte, at) => (at === i ? byte ^ 0x80 : byte));
      expect(tried(whole, off(key))).toBe(null);
      expect(tried(whole, key, off(secret))).toBe(null);
    }
  });
});

describe('with a passkey', () => {
  test('it opens beside the passphrase, alone, and not any more', async () => {
    const browser = await locked();
    expect(await browser.change(by(PASSPHRASE), { kind: 'passkey', on: true })).toBe(true);
    let session = await browser.reopened();
    expect(session.snapshot.lock).toMatchObject({ passphrase: true, passkey: true });
    expect(await session.unlock(PASSKEY)).toBe(true);
    expect(await session.changeLock(PASSKEY, set(null))).toBe(true);
    session = await browser.reopened();
    expect(session.snapshot.lock).toMatchObject({ passphrase: false, passkey: true });
    expect(await session.unlock(by(PASSPHRASE))).toBe(false);
    expect(await session.unlock(PASSKEY)).toBe(true);
    expect(await session.changeLock(PASSKEY, { kind: 'passkey', on: false })).toBe(true);
    expect(phaseOf(await browser.reopened())).toEqual(['active', 'Ada']);
  });

  test('another one opens nothing', async () => {
    const browser = await locked();
    await browser.change(by(PASSPHRASE), { kind: 'passkey', on: true });
    const { passkeys } = BESIDE_THE_STORE;
    const session = await browser.reopened({
      passkeys: { ...passkeys, use: () => Promise.resolve(random(32)) }
    });
    expect(await session.unlock(PASSKEY)).toBe(false);
    expect(session.snapshot.phase).toBe('locked');
  });
});

describe('the second passphrase', () => {
  test('destroys the slot first and everything then, and opens an empty app behind itself', async () => {
    const browser = await locked();
    await browser.change(by(PASSPHRASE), panic('an exit'));
    const session = await browser.reopened();
    const before = imageOf(browser.disk);
    const { slot } = browser.keyring as { readonly slot: number };
    browser.told.length = 0;
    expect(await session.unlock(by('an exit'))).toBe(true);
    expect(browser.told).toEqual([`slot ${slot.toString()}`, 'data', 'a new file']);
    expect(phaseOf(session)).toEqual(['active', '']);
    expect(session.snapshot.lock.passphrase).toBe(true);
    // What was on the disk before opens for nobody, not even for who has a copy of it and the first passphrase.
    const copy = new Map(browser.disk.meta);
    putBack(browser.disk, before);
    const thief = await browser.reopened();
    expect(await thief.unlock(by(PASSPHRASE))).toBe(false);
    expect(await thief.unlock(by('an exit'))).toBe(false);
    thief.stop();
    for (const [key, value] of copy) browser.disk.meta.set(key, value);
    const again = await browser.reopened();
    expect(await again.unlock(by(PASSPHRASE))).toBe(false);
    expect(await again.unlock(by('an exit'))).toBe(true);
  });

  test('is not found on the disk: the same names and the same sizes, and all of it new, with it and without', async () => {
    const shape = (value: unknown): unknown => {
      if (value instanceof Uint8Array) return value.length;
      if (typeof value !== 'object' || value === null) return typeof value;
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shape(inner)]));
    };
    const browser = await locked();
    const without = browser.keyring;
    await browser.change(by(PASSPHRASE), panic('an exit'));
    const withIt = browser.keyring;
    await browser.change(by(PASSPHRASE), panic(null));
    const again = browser.keyring;
    await browser.change(by(PASSPHRASE), set('another one'));
    const changed = browser.keyring;
    const seals = [without, withIt, again, changed].map((keyring) => lockedFrom(keyring)?.seals);
    for (const keyring of [withIt, again, changed])
      expect(JSON.stringify(shape({ ...(keyring as object), before: 0 }))).toBe(
        JSON.stringify(shape({ ...(without as object), before: 0 }))
      );
    for (const way of ['passphrase', 'panic', 'passkey'] as const)
      expect(new Set(seals.map((sealed) => hex(sealed?.[way] ?? new Uint8Array(0)))).size).toBe(4);
    const session = await browser.reopened();
    expect(await session.unlock(by('an exit'))).toBe(false);
  });

  test('outlives a change of the first, changes nothing in the settings, and is never the same', async () => {
    const browser = await locked();
    await browser.change(by(PASSPHRASE), panic('an exit'));
    await expect(browser.change(by(PASSPHRASE), panic(PASSPHRASE))).rejects.toEqual(new Problem('lock-same'));
    await expect(browser.change(by(PASSPHRASE), set('an exit'))).rejects.toEqual(new Problem('lock-same'));
    expect(await browser.change(by('an exit'), set('mine now'))).toBe(false);
    expect(await browser.change(by(PASSPHRASE), set('another one'))).toBe(true);
    const session = await browser.reopened();
    expect(await session.unlock(by('an exit'))).toBe(true);
    expect(phaseOf(session)).toEqual(['active', '']);
    expect(browser.told.filter((told) => told === 'data')).toHaveLength(1);
  });
});
