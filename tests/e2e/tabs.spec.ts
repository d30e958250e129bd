/**
 * Five tabs of one browser that take the lease from each other, close, freeze and wake (threats R6): one writes at any
 * time, a frozen one that wakes has lost it and says so, and nothing is lost or doubled. A sample here; longer:
 * `APARTE_TAB_TURNS=60 npm run test:e2e -- tabs`.
 */
import type { CDPSession, Page } from 'playwright/test';
import { expect, NO_WORKER, test, type Person } from '../support/app.ts';
import { faults, logWriters, readWriters } from '../support/fencing.ts';
import { readUp } from '../support/history.ts';
import { seeded } from '../support/random.ts';

test.use(NO_WORKER);

const TURNS = Number(process.env.APARTE_TAB_TURNS ?? 4);
const SEED = process.env.APARTE_SEED ?? 'five tabs';
const TABS = 5;

interface Tab {
  readonly page: Page;
  readonly devtools: CDPSession;
  frozen: boolean;
}

/** Alice's tabs; the one that works is the one that she uses. */
class Tabs {
  readonly alice: Person;
  readonly all: Tab[] = [];
  holder: Tab;

  private constructor(alice: Person, first: Tab) {
    this.alice = alice;
    this.holder = first;
    this.all.push(first);
  }

  static async of(alice: Person, count = TABS): Promise<Tabs> {
    const tabs = new Tabs(alice, await tabOf(alice.page));
    while (tabs.all.length < count) await tabs.open();
    return tabs;
  }

  async open(): Promise<Tab> {
    const tab = await tabOf(await this.alice.newTab());
    await expectElsewhere(tab);
    this.all.push(tab);
    return tab;
  }

  async steal(tab: Tab): Promise<void> {
    await tab.page.getByRole('button', { name: 'Use it here' }).click();
    await this.works(tab);
  }

  /** Where it stopped in the middle of a transaction the database waits for it: that is said, until it wakes. */
  async stealFrom(frozen: Tab, tab: Tab): Promise<void> {
    await tab.page.getByRole('button', { name: 'Use it here' }).click();
    const held = tab.page.getByText(/^Another tab holds what Aparté keeps here/);
    const list = tab.page.getByRole('navigation', { name: 'Conversations' });
    await expect(held.or(list)).toBeVisible();
    if (await held.isVisible()) {
      await thaw(frozen);
      await expectElsewhere(frozen);
    }
    await this.works(tab);
  }

  async works(tab: Tab): Promise<void> {
    this.holder = tab;
    this.alice.use(tab.page);
    await this.alice.conversation('Bob').click();
    await expect(this.alice.composer).toBeVisible();
    await this.alice.expectStatus('Connected');
  }

  async close(tab: Tab): Promise<void> {
    await tab.page.close();
    this.all.splice(this.all.indexOf(tab), 1);
  }

  /** One that could take over. */
  other(choice: number): Tab {
    const others = this.all.filter((tab) => tab !== this.holder && !tab.frozen);
    const tab = others[choice % others.length];
    if (!tab) throw new Error('every other tab is frozen');
    return tab;
  }
}

test('five tabs steal, close, freeze and wake: one writer at any time, nothing lost or doubled', async ({
  pair
}) => {
  test.setTimeout(60_000 + TURNS * 30_000);
  const [alice, bob] = await pair();
  // A tab that loses the lease while it connects.
  alice.expected.push(/WebSocket is closed before the connection is established/);
  // From now on every tab says who writes; the first one was opened before.
  await alice.context.addInitScript(logWriters);
  await alice.page.reload();
  await alice.expectStatus('Connected');
  const tabs = await Tabs.of(alice);
  const random = seeded(SEED);
  const pick = (): number => random(1)[0] ?? 0;
  const said = { alice: [] as string[], bob: [] as string[] };
  const speak = async (turn: string): Promise<void> => {
    await Promise.all([alice.write(`alice ${turn}`), bob.write(`bob ${turn}`)]);
    // It is said when it is in the log, which is when it is on the disk: the field is empty before that.
    await alice.expectMessage(`alice ${turn}`);
    await bob.expectMessage(`bob ${turn}`);
    said.alice.push(`alice ${turn}`);
    said.bob.push(`bob ${turn}`);
  };
  const deeds = ['steal', 'close', 'freeze', 'wake'] as const;
  for (let turn = 0; turn < TURNS; turn++) {
    await speak(String(turn));
    // Each kind once in the sample, then by chance.
    const deed = deeds[turn < deeds.length ? turn : pick() % deeds.length] ?? 'steal';
    await test.step(`${String(turn)}: ${deed}`, () => perform(tabs, deed, pick, bob, said.bob, turn));
  }
  await speak('last');
  await alice.expectMessage('alice last', /Delivered|Read/);
  await alice.expectMessage('bob last');
  for (const tab of tabs.all.filter(({ frozen }) => frozen)) await wake(tabs, tab);
  for (const tab of tabs.all) if (tab !== tabs.holder) await expectElsewhere(tab);

  for (const person of [alice, bob]) {
    const shown = await readUp(person);
    expect(shown.filter((text) => text.startsWith('alice'))).toEqual(said.alice);
    expect(shown.filter((text) => text.startsWith('bob'))).toEqual(said.bob);
  }
  const log = await readWriters(alice.page);
  expect(log.filter(({ claims }) => claims).length).toBeGreaterThan(3);
  expect(faults(log)).toEqual([]);
});

test('a tab that the browser freezes does not stand in the queue: the next one takes over by itself', async ({
  pair
}) => {
  const [alice, bob] = await pair();
  const tabs = await Tabs.of(alice, 3);
  const [first, second, third] = tabs.all;
  if (!first || !second || !third) throw new Error('there are three');
  // The browser tells a page before it freezes it.
  await second.page.evaluate(() => document.dispatchEvent(new Event('freeze')));
  await tabs.close(first);
  await tabs.works(third);
  await bob.write('who is there');
  await alice.expectMessage('who is there');
  await second.page.evaluate(() => document.dispatchEvent(new Event('resume')));
  await expectElsewhere(second);
  await tabs.close(third);
  await tabs.works(second);
});

async function perform(
  tabs: Tabs,
  deed: 'steal' | 'close' | 'freeze' | 'wake',
  pick: () => number,
  bob: Person,
  said: string[],
  turn: number
): Promise<void> {
  const { holder } = tabs;
  switch (deed) {
    case 'steal':
      await tabs.steal(tabs.other(pick()));
      await expectElsewhere(holder);
      return;
    case 'close':
      await tabs.open();
      await tabs.close(holder);
      await tabs.works(await heir(tabs));
      return;
    case 'freeze': {
      // In the middle of it: what comes is being stored, and the lock is not let go.
      await bob.write(`bob ${String(turn)}, then frozen`);
      said.push(`bob ${String(turn)}, then frozen`);
      await freeze(holder);
      if (tabs.all.filter(({ frozen }) => !frozen).length < 2) await tabs.open();
      await tabs.stealFrom(holder, tabs.other(pick()));
      return;
    }
    case 'wake': {
      const frozen = tabs.all.find((tab) => tab.frozen);
      if (frozen) await wake(tabs, frozen);
    }
  }
}

async function tabOf(page: Page): Promise<Tab> {
  return { page, devtools: await page.context().newCDPSession(page), frozen: false };
}

/**
 * Nothing of the page runs any more, and nobody has told it before. Not by the browser's own freezing: it spares pages
 * that it takes for visible, as all are under a test, and then nothing has stopped at all.
 */
async function freeze(tab: Tab): Promise<void> {
  const stopped = new Promise((resolve) => tab.devtools.once('Debugger.paused', resolve));
  await tab.devtools.send('Debugger.enable');
  await tab.devtools.send('Debugger.pause');
  // It stops at the next thing that it does.
  tab.devtools.send('Runtime.evaluate', { expression: '0' }).catch(() => undefined);
  await stopped;
  tab.frozen = true;
}

async function thaw(tab: Tab): Promise<void> {
  await tab.devtools.send('Debugger.disable');
  tab.frozen = false;
}

/** It held the lease when it was frozen, and has lost it meanwhile: it says so. */
async function wake(tabs: Tabs, tab: Tab): Promise<void> {
  await thaw(tab);
  await expectElsewhere(tab);
  await expect(tabs.alice.composer).toBeVisible();
}

/** With the holder gone one of the others works without being asked. */
async function heir(tabs: Tabs): Promise<Tab> {
  let found: Tab | undefined;
  await expect
    .poll(async () => {
      for (const tab of tabs.all.filter(({ frozen }) => !frozen)) {
        if (await tab.page.getByRole('navigation', { name: 'Conversations' }).isVisible()) found = tab;
      }
      return found !== undefined;
    })
    .toBe(true);
  if (!found) throw new Error('nobody');
  return found;
}

function expectElsewhere({ page }: Tab): Promise<void> {
  return expect(page.getByRole('heading', { name: 'Aparté is open in another tab' })).toBeVisible();
}
