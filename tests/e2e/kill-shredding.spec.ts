/**
 * kill -9 of the whole browser at every step of a destruction: opened again, every living message opens, and no destroyed
 * one, of which the key is nowhere on the disk (protocol, section 10). One step here; all of them, many times over:
 * `npm run test:kill -- --rounds 20`.
 */
import type { Locator } from 'playwright/test';
import { expect, meet, test, type Person } from '../support/app.ts';
import { found } from '../support/disk-search.ts';
import { doomed, keysOfRows } from '../support/key-file.ts';
import { countFileWrites, countWrites, kill, killedAt, type Where } from '../support/kill.ts';
import { Ledger } from '../support/ledger.ts';
import { Needles } from '../support/needles.ts';
import { openRemains } from '../support/reader.ts';

const ROUNDS = Number(process.env.APARTE_KILL_ROUNDS ?? 0);
const DAMAGED = /^A part of what is kept here is damaged/;

interface Point {
  readonly where: Where;
  readonly at: number;
}

/** A way to die: how words come to be on Alice's disk, and what ends them. */
interface Death {
  readonly written: (text: string) => Promise<void>;
  /** What somebody does about it; the clock does its part by itself. */
  readonly done: (text: string) => Promise<void>;
  /** They are on Alice's screen, or could be. */
  readonly lives: (text: string) => Promise<boolean>;
  /**
   * What a crash has left alive: lives on where it was Alice who wanted it destroyed; goes with the next connection where
   * it was Bob, and by itself where it was the clock.
   */
  readonly by: 'Alice' | 'Bob' | 'the clock';
  /** The app saves them as a message that stays. */
  readonly lasting: boolean;
  /** What is said in between, so that this one is known from those before it. */
  readonly mark?: (text: string) => string;
  /** Puts away what the next turn is not to find. */
  readonly after?: () => Promise<void>;
}

const DEATHS: Readonly<Record<string, (alice: Person, bob: Person) => Death>> = {
  'deleted for oneself': (alice) => ({
    ...text(alice),
    written: (words) => written(alice, words),
    done: (words) => alice.choose(words, 'Delete for me'),
    by: 'Alice'
  }),
  'deleted for everyone': (alice) => ({
    ...text(alice),
    written: (words) => written(alice, words),
    done: (words) => alice.choose(words, 'Delete for everyone'),
    by: 'Alice'
  }),
  'deleted by the other': (alice, bob) => ({
    ...text(alice),
    written: async (words) => {
      await bob.write(words);
      await alice.expectMessage(words);
    },
    done: async (words) => {
      await bob.choose(words, 'Delete for everyone');
      await expect(bob.message(words)).toHaveCount(0);
    },
    by: 'Bob'
  }),
  timed: (alice, bob) => ({
    ...text(alice),
    written: async (words) => {
      await bob.setTimer('5 seconds');
      await bob.write(words);
      await alice.expectMessage(words);
      await bob.setTimer('Off');
    },
    done: () => Promise.resolve(),
    by: 'the clock'
  }),
  'viewed once': (alice, bob) => ({
    written: async (words) => {
      await once(bob, words);
      await expect(unopened(alice)).toBeVisible();
    },
    done: () => view(alice),
    lives: async () => (await unopened(alice).count()) > 0,
    by: 'Alice',
    lasting: false,
    mark
  }),
  'viewed once by the other': (alice, bob) => ({
    written: async (words) => {
      await once(alice, words);
      await expect(last(alice).getByText(/^(Delivered|Read)$/)).toBeAttached();
      await expect(unopened(bob)).toBeVisible();
    },
    done: () => view(bob),
    lives: async () => (await last(alice).getByText('To be viewed once').count()) > 0,
    by: 'Bob',
    lasting: false,
    mark
  }),
  'a draft that another replaces': (alice) => draft(alice, (words) => `${words}, and more of it`),
  'a draft that is thrown away': (alice) => draft(alice, () => '')
};

for (const [name, deathOf] of ROUNDS === 0 ? Object.entries(DEATHS).slice(0, 1) : Object.entries(DEATHS)) {
  test(`kill -9 of the browser, ${name}: reopened, every living one opens, and of no destroyed one there is a key`, async ({
    person
  }) => {
    test.setTimeout(ROUNDS === 0 ? 180_000 : 0);
    // The worker that writes keys is watched: a service worker would hand out another one.
    const alice = await person('Alice', { profile: true, serviceWorkers: 'block' });
    const bob = await person('Bob', { serviceWorkers: 'block' });
    const { profile } = alice;
    if (profile === null) throw new Error('there is no profile to kill');
    const death = deathOf(alice, bob);
    const ledger = new Ledger();
    const watch = async (): Promise<void> => {
      await ledger.watch(alice);
      await alice.context.addInitScript(countWrites);
      await countFileWrites(alice.context);
    };
    await watch();
    await alice.open();
    await meet(alice, bob);
    await bob.write('stays');
    /** What the app saves, what else opens, what nobody reads any more; the newest of the first is on the screen. */
    const [said, living, dead] = [['stays'], [] as string[], [] as string[]];
    const begin = async (words: string): Promise<void> => {
      const marked = death.mark?.(words);
      if (marked !== undefined) {
        await bob.write(marked);
        await alice.expectMessage(marked);
        said.push(marked);
      }
      await death.written(words);
      await atRest(alice);
    };
    const goes = async (words: string): Promise<void> => {
      await expect.poll(() => death.lives(words)).toBe(false);
      await atRest(alice);
    };

    // Written down as doomed, and its key not overwritten yet: the second write point of a file that others wrote to before.
    let points: Point[] = [{ where: 'file', at: 1 }];
    if (ROUNDS > 0) {
      await begin('counted.');
      const before = await passed(alice);
      await death.done('counted.');
      await goes('counted.');
      const after = await passed(alice);
      await death.after?.();
      const all = (['page', 'file'] as const).flatMap((where) =>
        Array.from({ length: after[where] - before[where] }, (_, i) => ({ where, at: i + 1 }))
      );
      points = Array.from({ length: ROUNDS }, () => all).flat();
    }

    let unreached = 0;
    for (const [turn, { where, at }] of points.entries()) {
      const words = `at ${where} ${String(at)}, turn ${String(turn)}.`;
      await begin(words);
      await ledger.take(alice);
      const before = await keysOfRows(alice);
      const killed = killedAt(alice.page, profile, at, where);
      const doing = death.done(words);
      const reached = await Promise.race([
        killed.then(() => true),
        doing
          .then(() => goes(words))
          .then(
            () => false,
            // Her browser is gone in the middle of it.
            () => killed.then(() => true)
          )
      ]);
      // It came to fewer writes this time: then at rest.
      if (!reached) {
        unreached++;
        kill(profile);
      }
      await killed;
      await alice.close();
      // What Bob wants destroyed goes as soon as he is back: until what is left was looked at he is away.
      if (death.by === 'Bob') {
        await doing;
        await bob.page.goto('about:blank');
      } else await doing.catch(() => undefined);

      await alice.start();
      await watch();
      await alice.open();
      await alice.conversation('Bob').click();
      await alice.expectMessage(said.at(-1) ?? '');
      const goneNow = async (): Promise<[string, string][]> => {
        const after = await keysOfRows(alice);
        return [...before].filter(([row]) => !after.has(row));
      };
      if (death.by === 'the clock') {
        await goes(words);
        await expect.poll(goneNow).toHaveLength(1);
      }
      await atRest(alice);
      const expectGone = async (dies: boolean): Promise<void> => {
        // Its own row, and no other; all others have the keys that they had.
        const gone = await goneNow();
        expect(gone, words).toHaveLength(dies ? 1 : 0);
        const after = await keysOfRows(alice);
        const staying = new Map([...before].filter(([row]) => after.has(row)));
        expect([...staying].filter(([row, slot]) => after.get(row) !== slot)).toEqual([]);
        const keys = gone.reduce(
          (all, [, slot]) => all.bytes('key', Buffer.from(slot, 'hex')),
          new Needles()
        );
        expect(found(profile, keys), `the key of ${words}`).toEqual([]);
      };
      let lives = await death.lives(words);
      await expectGone(!lives);
      if (death.by === 'Bob') {
        await bob.open();
        await bob.conversations.first().click();
        await goes(words);
        lives = false;
        await expectGone(true);
      }
      await expect(alice.page.getByText(DAMAGED)).toHaveCount(0);
      await alice.expectStatus('Connected');
      await bob.expectStatus('Connected');
      await death.after?.();
      if (!lives || death.after) dead.push(words);
      else (death.lasting ? said : living).push(words);
    }
    if (ROUNDS === 0) {
      expect(dead).toHaveLength(1);
      return;
    }

    await ledger.take(alice);
    await alice.close();
    const thief = await person('Thief', { profile, serviceWorkers: 'block' });
    const { saved, words } = await openRemains(thief, ledger.records);
    expect(new Set(saved)).toEqual(new Set(said));
    expect(living.filter((text) => !words.some((record) => record.includes(text)))).toEqual([]);
    expect(words.filter((record) => dead.some((text) => record.includes(text)))).toEqual([]);
    console.log(
      `${name}: ${String(points.length / ROUNDS)} points x ${String(ROUNDS)}: ${String(points.length)} kills, ` +
        `${String(unreached)} after the destruction; ${String(dead.length)} dead, of which nothing opens; ` +
        `${String(points.length - dead.length)} living`
    );
  });
}

function text(alice: Person): Pick<Death, 'lives' | 'lasting'> {
  return { lives: async (words) => (await alice.message(words).count()) > 0, lasting: true };
}

async function written(alice: Person, words: string): Promise<void> {
  await alice.write(words);
  await alice.expectMessage(words, 'Read');
}

/** Without the words themselves, which are looked for: they end with a full stop. */
function mark(words: string): string {
  return `Next: ${words.slice(0, -1)}`;
}

async function once(writer: Person, words: string): Promise<void> {
  await writer.page.getByRole('button', { name: 'Options for this message' }).click();
  await writer.page.getByRole('menuitem', { name: 'View once' }).click();
  await writer.write(words);
}

function last(person: Person): Locator {
  return person.log.getByRole('article').last();
}

function unopened(reader: Person): Locator {
  return last(reader).getByRole('button', { name: 'Hold to reveal' });
}

async function view(reader: Person): Promise<void> {
  await unopened(reader).hover();
  await reader.page.mouse.down();
  await expect(reader.page.getByRole('dialog', { name: 'View once' })).toBeVisible();
  await reader.page.mouse.up();
  await expect(unopened(reader)).toHaveCount(0);
}

/** What stands in the composer and is not said: each version has a key of its own. */
function draft(alice: Person, next: (words: string) => string): Death {
  /** Where the one on the disk lies. */
  const place = async (): Promise<string | null> => {
    const rows = (await alice.database()).filter(
      ({ store, key }) => store === 'rows' && key.includes('"draft"')
    );
    return rows[0]?.key ?? null;
  };
  const becomes = async (words: string): Promise<void> => {
    const before = await place();
    await alice.composer.fill(words);
    await expect
      .poll(async () => (words === '' ? (await place()) === null : ![before, null].includes(await place())))
      .toBe(true);
  };
  return {
    written: becomes,
    done: (words) => becomes(next(words)),
    lives: async (words) => (await alice.composer.inputValue()) === words,
    by: 'Alice',
    lasting: false,
    after: async () => {
      await becomes('');
      await atRest(alice);
    }
  };
}

/** Nothing waits to be destroyed. */
async function atRest(person: Person): Promise<void> {
  await expect.poll(() => doomed(person)).toBe(0);
}

function passed({ page }: Person): Promise<Record<Where, number>> {
  return page.evaluate(() => ({ page: window.writePoints, file: window.filePoints }));
}
