/**
 * Somebody takes the disk (threats S14). Two people say so many things; a quarter of them dies in every way there is;
 * and the one's profile is searched, and read with our own code, before and after.
 */
import { randomBytes } from 'node:crypto';
import { expect, meet, type Person } from './app.ts';
import { found } from './disk-search.ts';
import { doomed, slots } from './key-file.ts';
import { Ledger } from './ledger.ts';
import { Needles } from './needles.ts';
import { openRemains } from './reader.ts';

const TIMER_MS = 5_000;

interface Investigation {
  /** With a profile on the disk. */
  readonly alice: Person;
  readonly bob: Person;
  readonly count: number;
  /** Somebody with a copy of what lies in this folder. */
  readonly thief: (profile: string) => Promise<Person>;
}

/** Each text once in the world, and nowhere but where it was written to. */
export const canary = (): string => `canary${randomBytes(10).toString('hex')}`;
const canaries = (count: number): string[] => Array.from({ length: count }, canary);

export async function investigate({ alice, bob, count, thief }: Investigation): Promise<void> {
  const { profile } = alice;
  if (profile === null) throw new Error('there is no profile to search');
  const dying = Math.max(6, Math.floor(count / 4));
  const [timed, once] = [canaries(Math.floor(dying / 3)), canaries(Math.ceil(dying / 12))];
  const erased = canaries(dying - timed.length - once.length);
  const living = canaries(count - dying);
  // What every fifth said before it was edited: it lives as long as what it says now.
  const before = new Map(
    [...erased, ...living].filter((_, i) => i % 5 === 0).map((text) => [text, canary()])
  );
  const edited = (of: readonly string[]) =>
    of.map((text) => before.get(text)).filter((text) => text !== undefined);
  const [drafted, searched] = [canary(), canary()];
  const dead = [...timed, ...once, ...erased, ...edited(erased), drafted];
  const alive = [...living, ...edited(living)];
  const all = [...dead, ...alive, searched];
  const ledger = new Ledger();

  await ledger.watch(alice);
  await alice.open();
  await meet(alice, bob);
  for (const text of living.slice(erased.length)) await say(text);
  // In turn, so that what dies has keys beside those of what lives.
  for (const [i, text] of erased.entries()) {
    await say(text);
    const answer = living[i] ?? '';
    await writerOf(answer).expectMessage(text);
    if (i % 4 === 0) await writerOf(answer).choose(text, 'Reply');
    await say(answer);
  }
  for (const text of once) await writeOnce(writerOf(text), text);
  await alice.setTimer('5 seconds');
  const [mine, his] = [timed.filter((_, i) => i % 2 === 0), timed.filter((_, i) => i % 2 === 1)];
  for (const text of mine) await writeTimed(alice, text);
  await alice.page.getByRole('searchbox', { name: 'Search' }).fill(searched);
  await alice.composer.fill(drafted);
  await expect.poll(() => drafts(alice)).toBe(1);
  for (const text of his) await writeTimed(bob, text);

  // The browser is closed while all of it lives, with words in its fields; what is timed dies while nothing runs.
  await ledger.take(alice);
  await alice.close();
  const closed = Date.now();
  expect(found(profile, texts(all)), 'texts on the disk, while they live').toEqual([]);
  await expect.poll(() => Date.now(), { intervals: [500] }).toBeGreaterThan(closed + TIMER_MS);
  await alice.start();
  await ledger.watch(alice);
  await alice.open();
  await alice.conversation('Bob').click();
  await expect(alice.composer).toHaveValue(drafted);
  for (const text of timed) await expect(alice.message(text)).toHaveCount(0);
  await alice.composer.fill('');
  await expect.poll(() => drafts(alice)).toBe(0);
  await alice.expectStatus('Connected');

  for (const text of once) await view(writerOf(text) === alice ? bob : alice);
  // From the newest up, as they are on the screen.
  for (const [i, text] of [...erased.entries()].reverse()) {
    const mine = writerOf(text) === alice;
    const forEveryone = i % 4 < 2;
    await erase(forEveryone && !mine ? bob : alice, text, forEveryone);
    await expect(alice.message(text)).toHaveCount(0);
  }
  await expect.poll(() => doomed(alice)).toBe(0);
  await ledger.take(alice);
  const kept = new Set(await slots(alice));
  const destroyed = [...ledger.keys].filter((key) => !kept.has(key));
  // One each, for all that it ever said.
  expect(destroyed.length).toBeGreaterThanOrEqual(dead.length - edited(erased).length);
  await alice.close();

  expect(found(profile, texts(all)), 'texts on the disk').toEqual([]);
  expect(found(profile, bytes('key', destroyed)), 'destroyed keys on the disk').toEqual([]);
  // They would have been found: keys that are in use are, and so is what is sealed.
  const sample = [...ledger.keys].filter((key) => kept.has(key)).slice(0, 4);
  expect(found(profile, bytes('key', sample)).length).toBeGreaterThanOrEqual(sample.length);

  const somebody = await thief(profile);
  const { saved, words, tried } = await openRemains(somebody, ledger.records);
  expect(new Set(saved), 'living texts that the app itself reads').toEqual(new Set(living));
  const isSaid = (text: string, by: readonly string[]) => by.some((record) => record.includes(text));
  expect(
    alive.filter((text) => !isSaid(text, words)),
    'living texts that do not open'
  ).toEqual([]);
  expect(
    words.filter((record) => dead.some((text) => record.includes(text))),
    'dead texts that open'
  ).toEqual([]);
  // With the keys that are gone each of them would.
  const { words: then } = await openRemains(somebody, ledger.records, destroyed);
  expect(
    dead.filter((text) => !isSaid(text, then)),
    'dead texts that were never there'
  ).toEqual([]);
  await somebody.close();

  const unread = ledger.records.filter(({ context }) => context.startsWith('rows/'));
  const left = found(
    profile,
    bytes(
      'record',
      unread.map(({ sealed }) => sealed)
    )
  );
  console.log(
    `${String(count)} texts, ${String(dead.length)} of them dead: ${String(ledger.records.length)} sealed records ever, ` +
      `${String(left.length)} of ${String(unread.length)} rows still on the disk; ${String(destroyed.length)} keys ` +
      `destroyed, ${String(kept.size)} in the file; ${String(tried)} tries opened ${String(alive.length)} living texts and no other`
  );

  function writerOf(text: string): Person {
    return [...erased, ...living, ...once].indexOf(text) % 2 === 0 ? alice : bob;
  }

  async function say(text: string): Promise<void> {
    const [who, first] = [writerOf(text), before.get(text)];
    await who.write(first ?? text);
    if (first !== undefined) await change(who, first, text);
  }
}

export function texts(words: readonly string[]): Needles {
  return words.reduce((needles, text) => needles.text(text, text), new Needles());
}

/** Without what follows the first bytes: a browser's log cuts long values in pieces. */
export function bytes(name: string, values: readonly string[]): Needles {
  return values.reduce(
    (needles, value, i) => needles.bytes(`${name} ${String(i)}`, Buffer.from(value.slice(0, 64), 'hex')),
    new Needles()
  );
}

async function change(who: Person, text: string, into: string): Promise<void> {
  await who.choose(text, 'Edit');
  await expect(who.composer).toHaveValue(text);
  await who.write(into);
}

async function writeOnce(who: Person, text: string): Promise<void> {
  await who.page.getByRole('button', { name: 'Options for this message' }).click();
  await who.page.getByRole('menuitem', { name: 'View once' }).click();
  await who.write(text);
}

/** Written, and seen on the other side; it may be gone by then. */
async function writeTimed(who: Person, text: string): Promise<void> {
  await who.write(text);
  const bubble = who.message(text);
  await expect(bubble).toHaveCount(1);
  await expect
    .poll(async () => (await bubble.count()) === 0 || (await bubble.getByText('Read').count()) > 0)
    .toBe(true);
}

/** Holds what is to be viewed once until it is there, and lets it go. */
async function view(who: Person): Promise<void> {
  const hold = who.log.getByRole('button', { name: 'Hold to reveal' });
  const left = await hold.count();
  await hold.last().hover();
  await who.page.mouse.down();
  await expect(who.page.getByRole('dialog', { name: 'View once' })).toBeVisible();
  await expect(who.page.getByRole('dialog', { name: 'View once' }).getByText(/^canary/)).toBeVisible();
  await who.page.mouse.up();
  await expect(hold).toHaveCount(left - 1);
}

async function erase(who: Person, text: string, forEveryone: boolean): Promise<void> {
  await expect(async () => {
    // What is far up comes when somebody goes there.
    if ((await who.message(text).count()) === 0)
      await who.log.evaluate((log) => {
        log.scrollTo(0, 0);
      });
    expect(await who.message(text).count()).toBe(1);
  }).toPass();
  await who.choose(text, forEveryone ? 'Delete for everyone' : 'Delete for me');
  await expect(who.message(text)).toHaveCount(0);
}

async function drafts(who: Person): Promise<number> {
  const stored = await who.database();
  return stored.filter(({ store, key }) => store === 'rows' && key.includes('"draft"')).length;
}
