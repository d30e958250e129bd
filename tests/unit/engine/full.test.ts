/**
 * A disk without room, at every write of a whole conversation (threats R7): once, and for a while. Nothing is
 * acknowledged that is not kept, nothing is lost or doubled, and everything goes on by itself when there is room.
 */
import { describe, expect, test, vi } from 'vitest';
import { Problem } from '../../../src/lib/engine/api.ts';
import { World, type Person } from '../../support/people.ts';

// It is about disks: hundreds of conversations, which need no real cryptography.
vi.mock('../../../src/lib/crypto/primitives.ts', () => import('../../sim/cheap-primitives.ts'));

const SECOND = 1_000;
const WHILE_MS = 20 * SECOND;

/** What somebody does; refused for want of room, it is done again later, and what comes after it waits. */
class Hands {
  readonly person: Person;
  readonly #waiting: (() => Promise<unknown>)[] = [];

  constructor(person: Person) {
    this.person = person;
  }

  async do(action: () => Promise<unknown>): Promise<void> {
    this.#waiting.push(action);
    await this.again();
  }

  async again(): Promise<void> {
    for (;;) {
      const action = this.#waiting[0];
      if (!action) return;
      try {
        await action();
        this.#waiting.shift();
      } catch (error) {
        if (!(error instanceof Problem) || error.code !== 'storage-full') throw error;
        return;
      }
    }
  }

  get idle(): boolean {
    return this.#waiting.length === 0;
  }
}

interface Scene {
  readonly world: World;
  readonly alice: Hands;
  readonly bob: Hands;
}

async function scene(): Promise<Scene> {
  const world = new World();
  const [alice, bob] = [world.person(), world.person()];
  await Promise.all([alice.opened(), bob.opened()]);
  return { world, alice: new Hands(alice), bob: new Hands(bob) };
}

const ALICE = ['a1', 'a2', 'a3', 'a4', 'a5'];
const BOB = ['b1', 'b2', 'b3'];

/** A first contact, and a conversation with everything that writes. */
async function play({ world, alice, bob }: Scene, each: () => Promise<void>): Promise<void> {
  const step = async (): Promise<void> => {
    await world.clock.advance(400);
    await Promise.all([alice.again(), bob.again()]);
    await each();
  };
  const say = ({ person }: Hands, text: string) => person.engine.send(person.conversation, text);
  let url = '';
  await alice.do(async () => ({ url } = await alice.person.engine.createInvitation()));
  // Full at the very first write: nothing to talk about until there is room.
  for (let i = 0; url === '' && i < 100; i++) await step();
  await meet(bob.person, url, step);
  await alice.do(() => say(alice, 'a1'));
  await step();
  await bob.do(() => say(bob, 'b1'));
  await step();
  await alice.do(() => see(alice.person));
  await bob.do(() => see(bob.person));
  await step();
  await alice.do(() => alice.person.engine.setTimer(alice.person.conversation, 3_600));
  await alice.do(() => say(alice, 'a2'));
  await step();
  await bob.do(() => see(bob.person));
  await bob.do(() => bob.person.engine.setName('Bob'));
  await step();
  world.network.cutPeers();
  await alice.do(() => say(alice, 'a3'));
  await alice.do(() => say(alice, 'erased'));
  await bob.do(() => say(bob, 'b2'));
  for (let i = 0; i < 8; i++) await step();
  await alice.do(() => erase(alice.person, 'erased'));
  await step();
  await alice.do(() => say(alice, 'a4'));
  await bob.do(() => say(bob, 'b3'));
  await step();
  await alice.do(() => say(alice, 'a5'));
  await step();
}

/** Joins until it has worked, as somebody does who reads why it did not. */
async function meet(guest: Person, url: string, step: () => Promise<void>): Promise<void> {
  guest.join(url);
  for (let i = 0; i < 300; i++) {
    await step();
    const last = guest.joins.at(-1);
    if (last?.kind === 'joined') return;
    if (last?.kind !== 'failed') continue;
    expect(last.problem).toBe('storage-full');
    guest.join(url);
  }
  throw new Error('they never met');
}

async function see(person: Person): Promise<void> {
  const { items } = await person.timeline();
  const handle = person.engine.openTimeline(person.conversation, () => undefined);
  handle.seen(items.flatMap((item) => (item.kind === 'text' && !item.mine ? [item.id] : [])));
  await person.world.clock.advance(1);
  handle.close();
}

async function erase(person: Person, text: string): Promise<void> {
  const { items } = await person.timeline();
  const item = items.find((candidate) => candidate.kind === 'text' && candidate.text === text);
  if (item) await person.engine.deleteForEveryone(person.conversation, item.id);
}

/** Own words by whether the other side has acknowledged them. */
async function acknowledged(person: Person): Promise<string[]> {
  if (person.snapshot.conversations.length === 0) return [];
  const { items } = await person.timeline();
  return items.flatMap((item) =>
    item.kind === 'text' && item.mine && (item.state === 'delivered' || item.state === 'read')
      ? [item.text]
      : []
  );
}

/** What a side has is on its disk: a timeline that is opened now reads it from there. */
async function expectKept(writer: Person, reader: Person): Promise<void> {
  const known = await acknowledged(writer);
  if (known.length === 0) return;
  expect(await reader.texts()).toEqual(expect.arrayContaining(known));
}

async function expectWhole({ world, alice, bob }: Scene): Promise<void> {
  for (let i = 0; i < 60; i++) {
    await world.clock.advance(SECOND);
    await Promise.all([alice.again(), bob.again()]);
  }
  expect([alice.idle, bob.idle]).toEqual([true, true]);
  for (const { person } of [alice, bob]) {
    expect(person.snapshot.phase).toBe('active');
    expect(person.snapshot.problem).toBeNull();
    expect(person.snapshot.conversations).toHaveLength(1);
    expect(person.snapshot.conversations[0]?.queued).toBe(0);
    const texts = await person.texts();
    expect(texts.filter((text) => text.startsWith('a'))).toEqual(ALICE);
    expect(texts.filter((text) => text.startsWith('b'))).toEqual(BOB);
    expect(texts).not.toContain('erased');
  }
  expect(alice.person.snapshot.conversations[0]?.title).toBe('Bob');
  expect(await acknowledged(alice.person)).toEqual(ALICE);
}

const counting = scene().then(async (first) => {
  await play(first, () => Promise.resolve());
  const counts = { alice: first.alice.person.writes, bob: first.bob.person.writes };
  await expectWhole(first);
  return counts;
});

describe.each(['alice', 'bob'] as const)('no room on the disk of %s', (who) => {
  test('once, at any write: nothing is lost, doubled or acknowledged too early', async () => {
    const writes = (await counting)[who];
    expect(writes).toBeGreaterThan(15);
    for (let n = 1; n <= writes; n++) await once(who, n);
  });

  test('for a while, from any write on: it is said, and everything goes on by itself', async () => {
    const writes = (await counting)[who];
    for (let n = 1; n <= writes; n++) await forAWhile(who, n);
  });
});

async function once(who: 'alice' | 'bob', n: number): Promise<void> {
  const acting = await scene();
  const victim = acting[who].person;
  victim.isFull = (write) => write === n;
  await play(acting, async () => {
    await expectKept(acting.alice.person, acting.bob.person);
    await expectKept(acting.bob.person, acting.alice.person);
  });
  await expectWhole(acting);
}

async function forAWhile(who: 'alice' | 'bob', n: number): Promise<void> {
  const acting = await scene();
  const victim = acting[who].person;
  const { clock } = acting.world;
  let since: number | null = null;
  victim.isFull = (write) => {
    if (write < n) return false;
    since ??= clock.elapsed();
    return clock.elapsed() < since + WHILE_MS;
  };
  await play(acting, async () => {
    const isFull = since !== null && clock.elapsed() < since + WHILE_MS;
    // What opened before there was anything to keep has not tried to write.
    if (isFull && victim.writes > 2) expect(victim.snapshot.problem).toBe('storage-full');
    await expectKept(acting.alice.person, acting.bob.person);
    await expectKept(acting.bob.person, acting.alice.person);
  });
  await expectWhole(acting);
}
