/** One seed, from the first page to the last look, as a history. */
import type { MemoryState } from '../../src/lib/storage/memory.ts';
import { copyOf, freshDisk } from './device.ts';
import { Dice } from './dice.ts';
import type { Page } from './page.ts';
import { calm, finish, forget, newScene, run } from './schedule.ts';
import { World } from './world.ts';

export { check as judge } from './checker.ts';

export const OPERATIONS = 200;
/** One seed in so many begins with two strangers and a link. */
const STRANGERS = 16;
/** One in so many has browsers that have no files: there the keys lie in the database. */
const WITHOUT_FILES = 8;
/** How often two people forget each other, and what happens then. */
const FORGETTING = 0.12;
const AFTERWARDS = 30;

type Disks = readonly [MemoryState, MemoryState];

const met = new Map<boolean, Promise<Disks>>();

export async function simulate(seed: number, operations = OPERATIONS): Promise<string[]> {
  const dice = new Dice('schedule', seed);
  const strangers = dice.below(STRANGERS) === 0;
  const machine = new Dice('disk', seed);
  const hasKeyFile = machine.below(WITHOUT_FILES) !== 0;
  const pairs = met.get(hasKeyFile) ?? disksOfPair(hasKeyFile);
  met.set(hasKeyFile, pairs);
  const [one, other] = await pairs;
  const pair: Disks = dice.chance(0.5) ? [copyOf(one), copyOf(other)] : [copyOf(other), copyOf(one)];
  const disks: Disks = strangers ? [freshDisk(machine.bytes), freshDisk(machine.bytes)] : pair;
  const world = new World(seed, disks, hasKeyFile);
  world.a.open();
  world.b.open();
  await world.clock.advance(20);
  if (strangers) await meet(world, dice);
  const scene = newScene(world, dice);
  await run(scene, operations);
  if (dice.chance(FORGETTING)) {
    forget(dice.chance(0.5) ? world.a : world.b);
    if (dice.chance(0.2)) forget(world.a);
    await run(scene, AFTERWARDS);
  }
  await calm(world);
  await finish(world);
  return world.history;
}

/** A first contact through a link, with pages that go in the middle of it; both sides try until it is there. */
async function meet(world: World, dice: Dice): Promise<void> {
  const { a, b } = world;
  let fragment: string | null = null;
  let joining: Page | null = null;
  for (let i = 0; i < 200; i++) {
    const [host, guest] = [a.active, b.active];
    if (host?.conversation && guest?.conversation) return;
    if (i < 6 && dice.chance(0.4)) {
      const device = dice.chance(0.5) ? a : b;
      for (const page of device.pages) device.kill(page);
      device.open();
    } else if (host && fragment === null) {
      const { url } = await whileTimePasses(world, host.session.createInvitation());
      fragment = url.slice(url.indexOf('#') + 1);
    } else if (guest && fragment !== null && guest !== joining) {
      joining = guest;
      guest.session.join(fragment, () => undefined);
    }
    await world.clock.advance(dice.chance(0.5) ? dice.below(10) : dice.below(3_000));
  }
  throw new Error('two people did not meet');
}

async function whileTimePasses<T>(world: World, wanted: Promise<T>): Promise<T> {
  const [result] = await Promise.all([wanted, world.clock.advance(20)]);
  return result;
}

/** The disks of two who have met: most seeds begin with them. */
async function disksOfPair(hasKeyFile: boolean): Promise<Disks> {
  const machine = new Dice('disk', 0);
  const world = new World(0, [freshDisk(machine.bytes), freshDisk(machine.bytes)], hasKeyFile);
  const { a, b } = world;
  const [host, guest] = [a.open(), b.open()];
  await world.clock.advance(20);
  const { url } = await whileTimePasses(world, host.session.createInvitation());
  guest.session.join(url.slice(url.indexOf('#') + 1), () => undefined);
  await world.clock.advance(40_000);
  for (const device of [a, b]) for (const page of device.pages) device.kill(page);
  await world.clock.advance(SETTLED_MS);
  return [a.disk, b.disk];
}

const SETTLED_MS = 1_000;
