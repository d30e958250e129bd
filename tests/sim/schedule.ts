/** What may happen to two people, one operation at a time. Each seed draws what it is about. */
import type { Problem } from '../../src/lib/engine/api.ts';
import type { Device } from './device.ts';
import type { Dice } from './dice.ts';
import { nameOf, type Page } from './page.ts';
import { NO_FAULTS, type World } from './world.ts';

const SECOND = 1_000;
const DAY = 86_400 * SECOND;
const YEARS = 3_653 * DAY;

interface Scene {
  readonly world: World;
  readonly dice: Dice;
  /** Counts what was written and which timers were set, so that no two have the same name. */
  readonly count: Record<'a' | 'b', number>;
  timers: number;
  edits: number;
  /** Messages whose erasure is under way. */
  readonly erasing: Set<string>;
}

type Operation = (scene: Scene, device: Device, page: Page) => Promise<void> | void;

const nothing = (): void => undefined;

function ask(device: Device, id: string, work: () => Promise<void>): void {
  device.tell({ op: 'try', id });
  // The promise of a page that is gone stays open: then nobody said anything.
  work().then(
    () => {
      device.tell({ op: 'wrote', id });
    },
    (error: unknown) => {
      device.tell({ op: 'refused', id, why: (error as Problem).message });
    }
  );
}

function write({ count, dice }: Scene, device: Device, page: Page): void {
  const { conversation } = page;
  if (conversation === null) return;
  const id = `${device.who}${++count[device.who]}`;
  const replyTo = dice.chance(0.3) ? dice.pick(page.items)?.id : undefined;
  ask(device, id, () => page.session.send(conversation, id, replyTo === undefined ? {} : { replyTo }));
}

function edit(scene: Scene, device: Device, page: Page): void {
  const text = scene.dice.pick(page.items.filter((item) => item.kind === 'text').filter(({ mine }) => mine));
  if (page.conversation === null || !text) return;
  const [id, number] = [nameOf(text), ++scene.edits];
  device.tell({ op: 'edit', id, edit: number });
  page.session.edit(page.conversation, text.id, `${id}/${number}`).then(() => {
    device.tell({ op: 'edited', id, edit: number });
  }, nothing);
}

function react({ dice }: Scene, _: Device, page: Page): void {
  const text = dice.pick(page.items.filter((item) => item.kind === 'text'));
  if (page.conversation === null || !text) return;
  page.session.react(page.conversation, text.id, dice.pick(['', '👍', '❤️', '😀']) ?? '').catch(nothing);
}

function writeOnce({ count }: Scene, device: Device, page: Page): void {
  const { conversation } = page;
  if (conversation === null) return;
  const id = `${device.who}${++count[device.who]}`;
  device.tell({ op: 'once', id });
  page.session.send(conversation, id, { once: true }).catch(nothing);
}

function viewOnce({ dice }: Scene, device: Device, page: Page): void {
  const once = dice.pick(
    page.items.filter(({ kind, ...item }) => kind === 'once' && 'mine' in item && !item.mine)
  );
  if (page.conversation === null || !once) return;
  page.session.viewOnce(page.conversation, once.id).then((id) => {
    device.tell({ op: 'opened', id });
  }, nothing);
}

/** The end of the conversation, on both sides. */
export function forget(device: Device): void {
  const page = device.active;
  const conversation = page?.conversation ?? null;
  if (!page || conversation === null) return;
  device.tell({ op: 'forget' });
  page.session.forgetConversation(conversation).then(() => {
    device.tell({ op: 'forgot' });
  }, nothing);
}

function burst(scene: Scene, device: Device, page: Page): void {
  for (let i = 20 + scene.dice.below(20); i > 0; i--) write(scene, device, page);
}

function setTimer(scene: Scene, device: Device, page: Page): void {
  const { conversation } = page;
  if (conversation === null) return;
  const n = ++scene.timers;
  const ttl = scene.dice.pick([0, 5 + n, 5 + n, 60 + 10 * n, 40_000 + n, 2_000_000 + n]) ?? 0;
  const set = (): Promise<void> => page.session.setTimer(conversation, ttl);
  if (ttl === 0) set().catch(nothing);
  else ask(device, `${device.who}#${ttl}`, set);
}

async function look(_: Scene, device: Device, page: Page): Promise<void> {
  const items = await page.look();
  if (items) device.tell({ op: 'look', tab: page.tab, items });
}

async function see(scene: Scene, device: Device, page: Page): Promise<void> {
  await look(scene, device, page);
  const texts = page.items.filter((item) => item.kind === 'text');
  const fresh = texts.filter(({ mine, state }) => !mine && state !== 'read');
  if (fresh.length === 0) return;
  // Something may have come since that look was begun.
  device.tell({ op: 'saw', messages: fresh.map((item) => [nameOf(item), item.ttl]) });
  page.open()?.seen(fresh.map(({ id }) => id));
}

/** @param both for both sides, or for oneself. One erasure of a message at a time: then it is not on the screen. */
async function erase(scene: Scene, device: Device, page: Page, both: boolean): Promise<void> {
  const { conversation, session } = page;
  const { erasing } = scene;
  await look(scene, device, page);
  const texts = page.items.filter((item) => item.kind === 'text').filter(({ mine }) => mine || !both);
  // The newest are the ones whose delivery is still under way.
  const victim = scene.dice.chance(0.6) ? texts.at(-1) : scene.dice.pick(texts);
  if (conversation === null || !victim || erasing.has(`${page.tab} ${nameOf(victim)}`)) return;
  const { id } = victim;
  const text = nameOf(victim);
  erasing.add(`${page.tab} ${text}`);
  device.tell({ op: 'erase', id: text, both });
  const done = both ? session.deleteForEveryone(conversation, id) : session.deleteForMe(conversation, id);
  done
    .then(() => {
      device.tell({ op: 'erased', id: text, both });
    }, nothing)
    .finally(() => erasing.delete(`${page.tab} ${text}`));
}

function crash({ dice }: Scene, device: Device, page: Page): void {
  device.kill(page);
  if (dice.chance(0.8)) device.open();
}

/** Both devices are off for a long time. */
async function off({ world, dice }: Scene): Promise<void> {
  for (const device of [world.a, world.b]) for (const page of device.pages) device.kill(page);
  await world.clock.advance(dice.pick([3_600 * SECOND, DAY, 13 * DAY, 15 * DAY]) ?? DAY);
  for (const device of [world.a, world.b]) device.open();
}

async function takeOver({ world, dice }: Scene, device: Device, page: Page): Promise<void> {
  const other = device.pages.find((candidate) => candidate !== page && !candidate.isFrozen) ?? device.open();
  await world.clock.settle();
  // "Use it here" is on the screen of a page that has been told to wait.
  if (other.session.snapshot.phase !== 'elsewhere') return;
  // A frozen tab hears nothing of it, and wakes up some day.
  if (dice.chance(0.5)) {
    device.tell({ op: 'freeze', tab: page.tab });
    page.freeze();
  }
  device.tell({ op: 'steal', tab: other.tab });
  void other.session.takeOver();
}

function thaw(_: Scene, device: Device): void {
  for (const page of device.pages) {
    if (!page.isFrozen) continue;
    device.tell({ op: 'thaw', tab: page.tab });
    page.thaw();
  }
}

async function copy(_: Scene, device: Device, page: Page): Promise<void> {
  const items = await page.look();
  if (items) device.copy(items);
}

/** Longer than who has no room waits before trying again. */
const HEARD_MS = 20 * SECOND;

async function restore({ world, dice }: Scene, device: Device): Promise<void> {
  const image = dice.pick(device.images);
  if (!image) return;
  const peer = device === world.a ? world.b : world.a;
  // Putting a disk back takes longer than a frame: what this side had said it had is on the other's disk by then, and may be lost.
  for (const page of device.pages) device.kill(page);
  peer.full = false;
  world.unstall();
  await world.clock.advance(HEARD_MS);
  await device.restore(image, (await peer.active?.look()) ?? null);
  device.open();
}

const ALWAYS: readonly (readonly [number, Operation])[] = [
  [70, write],
  [14, look],
  [16, see],
  [8, (_, device, page) => erase(_, device, page, true)],
  [4, (_, device, page) => erase(_, device, page, false)],
  [12, edit],
  [12, react],
  [4, writeOnce],
  [4, viewOnce],
  [
    3,
    (_, __, page) => {
      page.session.retry();
    }
  ]
];

/** What one seed is about: each of these with its own weight, or not at all. */
const TROUBLES: readonly (readonly [number, Operation])[][] = [
  [[3, burst]],
  [
    [
      10,
      ({ world }) => {
        world.network.cutPeers();
      }
    ]
  ],
  [
    [
      5,
      ({ world }) => {
        world.network.mute();
      }
    ],
    [
      7,
      ({ world }) => {
        world.network.unmute();
      }
    ]
  ],
  [
    [
      5,
      ({ world }) => {
        world.stall();
      }
    ],
    [
      7,
      ({ world }) => {
        world.unstall();
      }
    ]
  ],
  [
    [
      4,
      ({ world }) => {
        world.network.setServer(false);
      }
    ],
    [
      6,
      ({ world }) => {
        world.network.setServer(true);
      }
    ]
  ],
  [
    [
      6,
      ({ world, dice }) => {
        world.faults = { lost: dice.below(50), twice: dice.below(50), late: dice.below(50) };
      }
    ]
  ],
  [[8, crash]],
  [[6, setTimer]],
  [
    [2, off],
    [4, setTimer]
  ],
  [
    [
      4,
      ({ dice }, device) => {
        device.setClock(dice.pick([0, 0, -3_600 * SECOND, 3_600 * SECOND, -YEARS, YEARS]) ?? 0);
      }
    ],
    [3, setTimer]
  ],
  [
    [5, takeOver],
    [8, thaw],
    [
      2,
      (_, device) => {
        device.open();
      }
    ]
  ],
  [
    [4, copy],
    [2, restore]
  ],
  [
    [
      3,
      (_, device) => {
        device.full = true;
      }
    ],
    [
      5,
      (_, device) => {
        device.full = false;
      }
    ]
  ]
];

export function newScene(world: World, dice: Dice): Scene {
  return { world, dice, count: { a: 0, b: 0 }, timers: 0, edits: 0, erasing: new Set() };
}

/** So many operations; which troubles they are among is drawn. */
export async function run(scene: Scene, operations: number): Promise<void> {
  const { world, dice } = scene;
  const deck = [...ALWAYS];
  for (const trouble of TROUBLES) if (dice.chance(0.4)) deck.push(...trouble);
  const total = deck.reduce((sum, [weight]) => sum + weight, 0);
  for (let i = 0; i < operations; i++) {
    const device = dice.chance(0.5) ? world.a : world.b;
    const page = device.active;
    if (page) await draw(deck, dice.below(total))(scene, device, page);
    else if (device.full || dice.chance(0.3)) thaw(scene, device);
    else if (!device.pages.some((other) => !other.isFrozen)) device.open();
    await world.clock.advance(pause(dice));
  }
}

/** Everything works again, and everybody has one page. */
export async function calm(world: World): Promise<void> {
  world.faults = NO_FAULTS;
  world.unstall();
  world.network.unmute();
  world.network.setServer(true);
  for (const device of [world.a, world.b]) {
    device.full = false;
    for (const page of device.pages) if (page.isFrozen) device.kill(page);
    if (device.pages.length === 0) device.open();
    // Whose clocks are hours apart listen in different places (protocol, section 3); one that was set right a moment ago is
    // noticed in half a minute, and what has failed till then waits for as long again.
    if (!device.wasSet) continue;
    device.setClock(0);
    for (const page of device.pages) page.session.retry();
  }
  world.write({ t: world.clock.elapsed(), op: 'calm' });
  await world.clock.advance(60 * SECOND);
}

/** The last word: what each device shows, and shows again after a crash. */
export async function finish(world: World): Promise<void> {
  for (const device of [world.a, world.b]) await last(device);
  world.network.setServer(false);
  for (const device of [world.a, world.b]) {
    for (const page of device.pages) device.kill(page);
    device.open();
  }
  await world.clock.advance(100);
  for (const device of [world.a, world.b]) await last(device);
}

async function last(device: Device): Promise<void> {
  const page = device.active;
  const items = await page?.look(true);
  const summary = page?.session.snapshot.conversations[0];
  const phases = device.pages.map(({ session }) => session.snapshot.problem ?? session.snapshot.phase);
  const active = device.pages.filter((candidate) => candidate.isActive).length;
  device.tell({
    op: 'final',
    tab: page?.tab ?? 0,
    active,
    phases: [...phases, String(page?.session.snapshot.conversations.length)],
    items: items ?? [],
    connection: summary?.connection.kind ?? 'none',
    queued: summary?.queued ?? -1,
    rows: device.disk.rows.size,
    ttl: summary?.ttl ?? -1,
    opens: await device.opensAgain()
  });
}

function draw(deck: readonly (readonly [number, Operation])[], at: number): Operation {
  let left = at;
  for (const [weight, operation] of deck) {
    left -= weight;
    if (left < 0) return operation;
  }
  return nothing;
}

/** Mostly a moment, so that things overlap; now and then long enough for a time limit to pass. */
function pause(dice: Dice): number {
  const kind = dice.below(20);
  if (kind < 12) return dice.below(12);
  if (kind < 17) return dice.below(2_000);
  return kind < 19 ? dice.below(15_000) : dice.below(80_000);
}
