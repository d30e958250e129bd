/**
 * Two people who are connected already, for all tests of one worker: what is said between them needs no browser of
 * its own. A test says things of its own, and leaves both in the conversation.
 */
import type { BrowserContextOptions } from 'playwright/test';
import { tellAftermath } from './aftermath.ts';
import { test as base, expect, LONG, meet, NO_WORKER, WHOLE } from './app.ts';
import { Person } from './person.ts';
import type { Server } from './server.ts';

export { expect, LONG, meet, NO_WORKER, WHOLE, type Person };

/** What the two hold in their hands. */
export const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true } as const;
export const DESKTOP = { viewport: { width: 1280, height: 800 } } as const;

interface Connected {
  readonly server: Server;
  readonly alice: Person;
  readonly bob: Person;
  /** Of `--repeat-each`: what is repeated says the same again, and begins with a new conversation. */
  round: number;
}

interface WorkerFixtures {
  /** Of this file: `test.use({ device: PHONE })` at its top. */
  device: BrowserContextOptions;
  connected: Connected;
}

interface Fixtures {
  alice: Person;
  bob: Person;
  /** The two in a conversation in which nothing was said yet: the one before is deleted on both sides. */
  again: () => Promise<[Person, Person]>;
}

/** Asking whether somebody may copy needs a window, and nobody is there to answer. */
const PERMISSIONS = ['clipboard-read', 'clipboard-write'];

export const test = base.extend<Fixtures, WorkerFixtures>({
  device: [DESKTOP, { option: true, scope: 'worker' }],

  connected: [
    async ({ browser, device, shared: server }, use) => {
      // Said here, since what is left out is what the test asks for that happens to be the first.
      const serviceWorkers = 'allow';
      const make = () => browser.newContext({ locale: 'en-US', serviceWorkers, ...device });
      const [alice, bob] = [new Person('Alice', server, make), new Person('Bob', server, make)];
      await alice.start();
      await bob.start();
      await alice.open();
      await meet(alice, bob);
      await use({ server, alice, bob, round: 0 });
      await alice.close();
      await bob.close();
    },
    { scope: 'worker' }
  ],

  alice: async ({ connected, device }, use, info) => {
    const { alice, bob } = connected;
    for (const somebody of [alice, bob]) {
      if (device.viewport) await somebody.page.setViewportSize(device.viewport);
      await somebody.page.emulateMedia({
        colorScheme: null,
        reducedMotion: null,
        forcedColors: null,
        contrast: null
      });
      await somebody.context.clearPermissions();
      await somebody.context.grantPermissions(PERMISSIONS);
    }
    if (connected.round !== info.repeatEachIndex || !(await areTogether(alice, bob))) {
      connected.round = info.repeatEachIndex;
      await part(alice, bob);
      await meet(alice, bob);
    }
    await inConversation(alice, bob);
    for (const somebody of [alice, bob]) await forgetDraft(somebody);
    await use(alice);
    await tellAftermath(info, [alice, bob]);
    const faults = [alice, bob].flatMap((person) => person.faults.splice(0));
    // What one test provokes the next one does not.
    for (const somebody of [alice, bob]) somebody.expected.splice(0);
    expect(faults, 'no error, no violation of the policy, no request to anybody else').toEqual([]);
  },

  bob: async ({ connected }, use) => {
    await use(connected.bob);
  },

  again: async ({ alice, bob }, use) => {
    await use(async () => {
      await part(alice, bob);
      await meet(alice, bob);
      return [alice, bob];
    });
  }
});

/** One conversation each, under the name that it began with, wherever they are: a test may have ended or renamed theirs. */
async function areTogether(alice: Person, bob: Person): Promise<boolean> {
  for (const [person, title] of [
    [alice, bob.name],
    [bob, 'Someone']
  ] as const) {
    if (await person.composer.isVisible()) {
      if (await person.page.getByRole('heading', { level: 1, name: title, exact: true }).isVisible())
        continue;
      return false;
    }
    await person.open();
    await expect(person.page.getByRole('button', { name: 'New conversation', exact: true })).toBeEnabled();
    if ((await person.conversations.count()) !== 1) return false;
    if (!(await person.conversation(title).isVisible())) return false;
  }
  return true;
}

/** No conversation is left: whoever comes next begins one. */
export async function part(...people: readonly Person[]): Promise<void> {
  await Promise.all(people.map(leaveAll));
}

async function leaveAll(person: Person): Promise<void> {
  // Who is in the conversation, with nothing before it, need not open the page again.
  if (await isTalking(person)) await deleteOpen(person);
  else await person.open();
  await expect(person.page.getByRole('button', { name: 'New conversation', exact: true })).toBeEnabled();
  while ((await person.conversations.count()) > 0) {
    await person.conversations.first().click();
    await expect(person.page).toHaveURL(/#c=/);
    await deleteOpen(person);
  }
}

async function isTalking({ page, composer }: Person): Promise<boolean> {
  const before = page.getByRole('dialog').or(page.getByRole('menu'));
  return (await composer.isVisible()) && (await before.count()) === 0;
}

async function deleteOpen({ page }: Person): Promise<void> {
  const id = /#c=[^&]+/.exec(page.url())?.[0] ?? 'no conversation';
  await page.getByRole('button', { name: 'Conversation menu' }).click();
  await page.getByRole('menuitem', { name: 'Delete conversation' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
  // Back in the list, which has it no more.
  await expect(page).not.toHaveURL(/#c=/);
  await expect(page.getByRole('button', { name: 'New conversation', exact: true })).toBeVisible();
  await expect(page.locator(`a[href*="${id}"]`)).toHaveCount(0);
}

/** What one test has left in the composer is gone from the disk, too, before another one leaves the page. */
async function forgetDraft(person: Person): Promise<void> {
  if ((await person.composer.inputValue()) === '') return;
  await person.composer.fill('');
  const drafts = async (): Promise<number> =>
    (await person.database()).filter(({ store, key }) => store === 'rows' && key.includes('"draft"')).length;
  await expect.poll(drafts).toBe(0);
}

/** Back to where every test of these two begins: for tests that have led them elsewhere. */
export async function inConversation(...people: readonly Person[]): Promise<void> {
  for (const person of people) {
    if (await person.composer.isVisible()) continue;
    await person.open();
    await person.conversations.click();
    await expect(person.composer).toBeVisible();
  }
}

/** What was chosen for this browser alone; the page knows it until it is opened again. */
export async function forgetChoices({ page }: Person): Promise<void> {
  await page.evaluate(() => {
    localStorage.clear();
  });
}
