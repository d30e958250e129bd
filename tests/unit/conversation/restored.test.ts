/**
 * R5 and S11: a disk image of one side, put back or run beside the original. No key meets a nonce twice, whatever
 * happens; both are told where the keys had to be reset; and they go on talking.
 */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { hex } from '../../../src/lib/bytes.ts';
import type * as Primitives from '../../../src/lib/crypto/primitives.ts';
import type { MemoryState } from '../../../src/lib/storage/memory.ts';
import { audit, audited } from '../../support/audit.ts';
import { beforeCommits, imageOf, putBack, vaultOn } from '../../support/disk.ts';
import { seeded } from '../../support/random.ts';
import { World, type Person } from '../../support/people.ts';

vi.mock('../../../src/lib/crypto/primitives.ts', async (original) => {
  const real = await original<typeof Primitives>();
  return { ...real, chachaSeal: audited(real.chachaSeal), xchachaSeal: audited(real.xchachaSeal) };
});

const SECOND = 1_000;

afterEach(() => {
  expect(audit.sealed.size).toBeGreaterThan(50);
  expect(audit.repeated).toEqual([]);
});

/** All pages die, the images are put back, and the people come again. */
async function restore(...images: readonly (readonly [Person, MemoryState])[]): Promise<void> {
  for (const [{ session }] of images) session.stop();
  for (const [person, image] of images) {
    await person.world.clock.advance(10);
    putBack(person.disk, image);
  }
  for (const [person] of images) await person.reload();
}

const resets = (...people: Person[]): (boolean | undefined)[] =>
  people.map(({ snapshot }) => snapshot.conversations[0]?.reset);

/** `count` connections one after the other, with a text each way in each. */
async function connect(one: Person, other: Person, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    one.world.network.cutPeers();
    await one.world.clock.advance(10 * SECOND);
    await one.engine.send(one.conversation, 'there');
    await other.engine.send(other.conversation, 'back');
    await one.world.clock.advance(SECOND);
  }
}

describe('the audit', () => {
  test('hears every seal, and a repetition', async () => {
    const { chachaSeal } = await import('../../../src/lib/crypto/primitives.ts');
    const before = audit.sealed.size;
    const seal = (): Uint8Array =>
      chachaSeal(new Uint8Array(32).fill(9), new Uint8Array(12), new Uint8Array(), new Uint8Array());
    seal();
    expect([audit.sealed.size, audit.repeated.length]).toEqual([before + 1, 0]);
    seal();
    expect(audit.repeated).toHaveLength(1);
    audit.repeated.length = 0;
    const world = new World('audit');
    await connect(...(await world.pair()), 1);
  });
});

describe('a disk image of a side, put back after n connections (R5)', () => {
  // Both sides have confirmed the last session's secret and dropped the one before: the first restored state shows.
  test.each([
    ['host', 0, false],
    ['host', 1, true],
    ['host', 2, true],
    ['host', 5, true],
    ['guest', 0, false],
    ['guest', 1, true],
    ['guest', 2, true],
    ['guest', 5, true]
  ] as const)('%s, %i: reset %s', async (who, connections, reset) => {
    const world = new World(`restored ${who} ${connections.toString()}`);
    const [host, guest] = await world.pair();
    const [victim, other] = who === 'host' ? [host, guest] : [guest, host];
    await connect(victim, other, 1);
    const before = imageOf(victim.disk);
    await connect(victim, other, connections);
    await victim.engine.send(victim.conversation, 'soon forgotten here');
    await world.clock.advance(SECOND);
    await restore([victim, before]);
    await world.clock.advance(10 * SECOND);
    expect(resets(victim, other)).toEqual([reset, reset]);
    await victim.engine.send(victim.conversation, 'after it');
    await other.engine.send(other.conversation, 'heard you');
    await world.clock.advance(10 * SECOND);
    expect((await other.texts()).filter((text) => text === 'after it')).toHaveLength(1);
    expect((await victim.texts()).filter((text) => text === 'heard you')).toHaveLength(1);
    // The next connections have a secret in common again.
    await connect(victim, other, 2);
    expect(resets(victim, other)).toEqual([reset, reset]);
  });
});

/** Every phase of a connection, and then far back. */
const DISTANCES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 50, 100, 300, 1_000];

/**
 * Texts of both sides, new keys in band and now and then a new connection, up to the moment before the victim's
 * transaction number `length`, at which its page dies. @returns its disk so many transactions before that.
 */
async function history(victim: Person, other: Person, length: number): Promise<Map<number, MemoryState>> {
  const images = new Map<number, MemoryState>();
  const wanted = new Set(DISTANCES);
  let done = 0;
  beforeCommits(victim.disk, () => {
    const distance = length - done++;
    if (wanted.has(distance)) images.set(distance, imageOf(victim.disk));
    if (distance === 0) victim.session.stop();
  });
  const { network, clock } = victim.world;
  const random = seeded('history');
  while (done <= length) {
    const [dice = 0] = random(1);
    if (dice < 6) network.cutPeers();
    await clock.advance(dice < 6 ? 5 * SECOND : 50);
    const speaker = dice % 2 === 0 ? victim : other;
    if (done <= length) await speaker.engine.send(speaker.conversation, 'a step').catch(() => undefined);
    await clock.advance(50);
  }
  return images;
}

async function secretsOn(image: MemoryState, world: World): Promise<string[]> {
  const [conversation] = await (await vaultOn(image, world)).conversations();
  return (conversation?.contact.retained ?? []).map(hex);
}

describe('a disk image of a side, put back after n of its transactions (R5)', () => {
  test.each([
    ['host', 1_000],
    ['guest', 100]
  ] as const)('%s, up to %i', async (who, length) => {
    const world = new World(`steps ${who}`);
    const [host, guest] = await world.pair();
    const [victim, other] = who === 'host' ? [host, guest] : [guest, host];
    const images = await history(victim, other, length);
    const distances = DISTANCES.filter((distance) => distance <= length);
    expect(images.size).toBe(distances.length);
    // What the other side had at that moment: each image is put back against this.
    const present = imageOf(other.disk);
    const theirs = await secretsOn(present, world);
    const shown: boolean[] = [];
    for (const [distance, image] of [...images].sort(([a], [b]) => a - b)) {
      const common = (await secretsOn(image, world)).some((secret) => theirs.includes(secret));
      await restore([victim, image], [other, present]);
      await world.clock.advance(10 * SECOND);
      expect(resets(victim, other), `after ${distance.toString()}`).toEqual([!common, !common]);
      shown.push(!common);
      const said = `after ${distance.toString()}`;
      await victim.engine.send(victim.conversation, said);
      await other.engine.send(other.conversation, `heard ${said}`);
      await world.clock.advance(10 * SECOND);
      expect((await other.texts()).filter((text) => text === said)).toHaveLength(1);
      expect((await victim.texts()).filter((text) => text === `heard ${said}`)).toHaveLength(1);
    }
    // A crash is no copy; whatever is older than a connection is.
    expect(shown[0]).toBe(false);
    expect(shown.at(-1)).toBe(true);
  });
});

describe('a clone of a side, from its disk (S11)', () => {
  test('after two connections of the original the clone is found out with its first, on both sides', async () => {
    const world = new World('clone');
    const [alice, bob] = await world.pair();
    await connect(alice, bob, 1);
    const stolen = imageOf(alice.disk);
    await connect(alice, bob, 2);
    expect(resets(alice, bob)).toEqual([false, false]);
    alice.session.stop();
    const clone = world.person(imageOf(stolen));
    await clone.opened();
    await world.clock.advance(10 * SECOND);
    expect(resets(clone, bob)).toEqual([true, true]);
  });

  /** A clone and its original, of which the clone has had what `session` does with Bob. */
  async function cloned(seed: string, session: (clone: Person, bob: Person) => Promise<void>) {
    const world = new World(seed);
    const [alice, bob] = await world.pair();
    await connect(alice, bob, 1);
    alice.session.stop();
    await world.clock.advance(SECOND);
    const clone = world.person(imageOf(alice.disk));
    await clone.opened();
    await world.clock.advance(10 * SECOND);
    await session(clone, bob);
    expect(resets(clone, bob)).toEqual([false, false]);
    clone.session.stop();
    await alice.reload();
    await world.clock.advance(10 * SECOND);
    return { world, alice, bob, clone };
  }

  test('two connections of the clone: the original is told with its next one, and so is the contact', async () => {
    const { alice, bob } = await cloned('two in a row', (clone, bob) => connect(clone, bob, 1));
    expect(resets(alice, bob)).toEqual([true, true]);
  });

  test('one connection of the clone that was long enough for new keys: likewise', async () => {
    const { alice, bob } = await cloned('long', async (clone) => {
      for (let i = 0; i < 60; i++) {
        await clone.engine.send(clone.conversation, 'text');
        await clone.world.clock.advance(50);
      }
    });
    expect(resets(alice, bob)).toEqual([true, true]);
  });

  test('one short connection of the clone is enough', async () => {
    const { alice, bob } = await cloned('in turn', () => Promise.resolve());
    expect(resets(alice, bob)).toEqual([true, true]);
  });
});
