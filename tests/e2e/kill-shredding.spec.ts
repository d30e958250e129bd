/**
 * kill -9 of the whole browser at every step of a message's destruction: opened again, every living message opens, and
 * no destroyed one, of which the key is nowhere on the disk (protocol, section 10). One step here; all of them, many
 * times over: `npm run test:kill -- --rounds 20`.
 */
import { expect, meet, test, type Person } from '../support/app.ts';
import { found } from '../support/disk-search.ts';
import { doomed, keysOfRows } from '../support/key-file.ts';
import { countFileWrites, countWrites, kill, killedAt, type Where } from '../support/kill.ts';
import { Ledger } from '../support/ledger.ts';
import { Needles } from '../support/needles.ts';
import { openRemains } from '../support/reader.ts';

const ROUNDS = Number(process.env.APARTE_KILL_ROUNDS ?? 0);
const DAMAGED = /^A part of what is kept here is damaged/;

/** A way to die: how a message that will comes to Alice, and what ends it. */
interface Death {
  readonly written: (text: string) => Promise<void>;
  readonly dies: (text: string) => Promise<void>;
  /** It can be there after a crash: its deadline has not passed. */
  readonly mayLive: boolean;
}

interface Point {
  readonly death: string;
  readonly where: Where;
  readonly at: number;
}

test('kill -9 of the browser while a message is destroyed: reopened, every living one opens, and of no destroyed one there is a key', async ({
  person
}) => {
  test.setTimeout(ROUNDS === 0 ? 180_000 : 0);
  // The worker that writes keys is watched: a service worker would hand out another one.
  const alice = await person('Alice', { profile: true, serviceWorkers: 'block' });
  const bob = await person('Bob', { serviceWorkers: 'block' });
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

  const deaths = deathsOf(alice, bob);
  // Written down as doomed, and its key not overwritten yet: the second write point of a file that others wrote to before.
  let points: Point[] = [{ death: 'for me', where: 'file', at: 1 }];
  if (ROUNDS > 0) {
    const all: Point[] = [];
    for (const [death, { written, dies }] of deaths) {
      await written(`counts ${death}`);
      await atRest(alice);
      const before = await passed(alice);
      await dies(`counts ${death}`);
      await atRest(alice);
      const after = await passed(alice);
      for (const where of ['page', 'file'] as const)
        for (let at = 1; at <= after[where] - before[where]; at++) all.push({ death, where, at });
    }
    points = Array.from({ length: ROUNDS }, () => all).flat();
  }

  const [living, dead] = [['stays'], [] as string[]];
  let unreached = 0;
  for (const [turn, { death, where, at }] of points.entries()) {
    const text = `${death} at ${where} ${String(at)}, ${String(turn)}`;
    const how = deaths.get(death);
    if (!how || alice.profile === null) throw new Error('no such death');
    await how.written(text);
    await atRest(alice);
    await ledger.take(alice);
    const before = await keysOfRows(alice);
    const killed = killedAt(alice.page, alice.profile, at, where);
    const reached = await Promise.race([
      killed.then(() => true),
      how.dies(text).then(
        () => atRest(alice).then(() => false),
        // Her browser is gone in the middle of it.
        () => killed.then(() => true)
      )
    ]).catch(() => killed.then(() => true));
    // It came to fewer writes this time: then at rest.
    if (!reached) {
      unreached++;
      kill(alice.profile);
    }
    await killed;
    await alice.close();

    await alice.start();
    await watch();
    await alice.open();
    await alice.conversation('Bob').click();
    await alice.expectMessage(living.at(-1) ?? '');
    await atRest(alice);
    const after = await keysOfRows(alice);
    const lives = (await alice.message(text).count()) > 0;
    expect(how.mayLive || !lives, text).toBe(true);
    // Its own row, and no other; all others have the keys that they had.
    const gone = [...before].filter(([row]) => !after.has(row));
    expect(gone, text).toHaveLength(lives ? 0 : 1);
    const staying = new Map([...before].filter(([row]) => after.has(row)));
    expect([...staying].filter(([row, slot]) => after.get(row) !== slot)).toEqual([]);
    const keys = gone.reduce((all, [, slot]) => all.bytes('key', Buffer.from(slot, 'hex')), new Needles());
    expect(found(alice.profile, keys), `the key of ${text}`).toEqual([]);
    (lives ? living : dead).push(text);
    await expect(alice.page.getByText(DAMAGED)).toHaveCount(0);
    await alice.expectStatus('Connected');
  }
  if (ROUNDS === 0) {
    expect(dead).toHaveLength(1);
    return;
  }

  await ledger.take(alice);
  await alice.close();
  const thief = await person('Thief', { profile: alice.profile ?? '', serviceWorkers: 'block' });
  const { saved, words } = await openRemains(thief, ledger.records);
  expect(new Set(saved)).toEqual(new Set(living));
  expect(words.filter((record) => dead.some((text) => record.includes(text)))).toEqual([]);
  console.log(
    `${String(points.length / ROUNDS)} points x ${String(ROUNDS)}: ${String(points.length)} kills, ${String(unreached)} ` +
      `after the destruction; ${String(dead.length)} dead, of which nothing opens; ${String(living.length)} living`
  );
});

function deathsOf(alice: Person, bob: Person): Map<string, Death> {
  const write = async (text: string): Promise<void> => {
    await alice.write(text);
    await alice.expectMessage(text, 'Read');
  };
  const goes = async (text: string): Promise<void> => {
    await expect(alice.message(text)).toHaveCount(0);
  };
  return new Map<string, Death>([
    [
      'for me',
      {
        written: write,
        dies: async (text) => {
          await alice.choose(text, 'Delete for me');
          await goes(text);
        },
        mayLive: true
      }
    ],
    [
      'for everyone',
      {
        written: write,
        dies: async (text) => {
          await alice.choose(text, 'Delete for everyone');
          await goes(text);
        },
        mayLive: true
      }
    ],
    [
      'erased by the other',
      {
        written: async (text) => {
          await bob.write(text);
          await alice.expectMessage(text);
        },
        dies: async (text) => {
          await bob.choose(text, 'Delete for everyone');
          await goes(text);
        },
        mayLive: true
      }
    ],
    [
      'timed',
      {
        written: async (text) => {
          await bob.setTimer('5 seconds');
          await bob.write(text);
          await alice.expectMessage(text);
          await bob.setTimer('Off');
        },
        dies: goes,
        mayLive: false
      }
    ]
  ]);
}

/** Nothing waits to be destroyed. */
async function atRest(person: Person): Promise<void> {
  await expect.poll(() => doomed(person)).toBe(0);
}

function passed({ page }: Person): Promise<Record<Where, number>> {
  return page.evaluate(() => ({ page: window.writePoints, file: window.filePoints }));
}
