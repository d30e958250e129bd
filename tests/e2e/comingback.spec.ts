/** What ends connections outside a laboratory, one at a time: nobody reloads, presses anything, or loses a word. */
import { tellAftermath } from '../support/aftermath.ts';
import {
  meet,
  test as base,
  expect,
  LONG,
  NO_WORKER,
  type Person,
  type PersonOptions
} from '../support/app.ts';
import { breakable, changeNetwork, cut, freeze, sleep, strand } from '../support/faults.ts';
import { Person as Somebody } from '../support/person.ts';
import { Server } from '../support/server.ts';

interface Breakable {
  readonly two: [Person, Person];
  readonly server: Server;
}

/** Two at a server of theirs, for all tests of one worker that bring both back in the same browsers. */
const test = base.extend<{ two: [Person, Person] }, { met: Breakable }>({
  met: [
    async ({ browser }, use) => {
      const server = new Server();
      await server.start();
      const make = () => browser.newContext({ locale: 'en-US', ...NO_WORKER });
      const two: [Person, Person] = [new Somebody('Alice', server, make), new Somebody('Bob', server, make)];
      for (const somebody of two) await somebody.start();
      await prepare(two);
      await use({ two, server });
      for (const somebody of two) await somebody.close();
      await server.stop();
    },
    { scope: 'worker' }
  ],

  two: async ({ met: { two } }, use, info) => {
    await use(two);
    await tellAftermath(info, two);
    const faults = two.flatMap((somebody) => somebody.faults.splice(0));
    for (const somebody of two) somebody.expected.splice(0);
    expect(faults, 'no error, no violation of the policy, no request to anybody else').toEqual([]);
  }
});

test.use(NO_WORKER);
// In one worker: they meet once.
test.describe.configure({ mode: 'default' });

const SLEEP_MS = 8_000;
const FROZEN_MS = 4_000;

type Made = (name: string, options?: PersonOptions) => Promise<Person>;

test('sleep and wake: what was written meanwhile is delivered, both ways', async ({ person }) => {
  const [alice, bob] = await pairOf(person, { profile: true });
  const wake = await sleep(bob);
  await alice.write('while you slept');
  await after(SLEEP_MS);
  wake();
  await bob.write('I was asleep');
  await settled([alice, bob], ['while you slept', 'I was asleep']);
});

test('another network: the old paths are dead, the new ones are found at once', async ({
  two: [alice, bob]
}) => {
  await changeNetwork(bob, [alice]);
  await Promise.all([alice.write('to the new address'), bob.write('from the new address')]);
  await settled([alice, bob], ['to the new address', 'from the new address']);
});

test('a path that is dead without a word is noticed by whoever writes', async ({ two: [alice, bob] }) => {
  for (const [writer, text] of [
    [alice, 'do you hear me?'],
    [bob, 'and me?']
  ] as const) {
    await strand(alice, bob);
    await writer.write(text);
    await settled([alice, bob], [text]);
  }
});

test('a connection that is closed is replaced', LONG, async ({ two: [alice, bob] }) => {
  await alice.write('before');
  await bob.expectMessage('before');
  await cut(alice);
  await Promise.all([alice.write('from Alice'), bob.write('from Bob')]);
  await settled([alice, bob], ['from Alice', 'from Bob']);
});

test('the server restarts while the path is dead: both find the new one, and each other', async ({
  two: [alice, bob],
  met: { server }
}) => {
  await server.kill();
  await strand(alice, bob);
  await Promise.all([alice.write('without a server'), bob.write('nor with one')]);
  await alice.expectMessage('without a server', /^(Queued|Sent)$/);
  await server.start();
  await settled([alice, bob], ['without a server', 'nor with one']);
});

test('a frozen tab thaws: what came meanwhile is there', async ({ two: [alice, bob] }) => {
  const thaw = await freeze(bob);
  await alice.write('to a tab that stands still');
  await after(FROZEN_MS);
  await thaw();
  await bob.write('thawed');
  await settled([alice, bob], ['to a tab that stands still', 'thawed']);
});

test('the other tab is killed and opened again: this side stays as it is', LONG, async ({ person }) => {
  const [alice, bob] = await pairOf(person);
  const address = bob.page.url();
  await bob.killTab();
  await alice.write('to nobody');
  await bob.page.goto(address);
  await bob.conversations.click();
  await bob.write('back again');
  await settled([alice, bob], ['to nobody', 'back again'], [alice]);
});

test(
  'the other browser is killed with everything in it: this side stays as it is',
  LONG,
  async ({ person }) => {
    const [alice, bob] = await pairOf(person, { profile: true });
    await bob.write('kept');
    await alice.expectMessage('kept');
    await bob.killBrowser();
    await alice.write('to nobody');
    await bob.start();
    await bob.open();
    await bob.conversations.click();
    await bob.write('back again');
    await settled([alice, bob], ['kept', 'to nobody', 'back again'], [alice]);
  }
);

/** Two who have met, whose pages remember that they were never loaded again. */
async function pairOf(person: Made, options: PersonOptions = {}): Promise<[Person, Person]> {
  const people: [Person, Person] = [await person('Alice', options), await person('Bob', options)];
  await prepare(people);
  return people;
}

async function prepare([alice, bob]: readonly [Person, Person]): Promise<void> {
  for (const { context } of [alice, bob]) await breakable(context);
  await alice.open();
  await meet(alice, bob);
  for (const { page } of [alice, bob])
    await page.evaluate(() => {
      document.documentElement.dataset.stayed = '';
    });
}

/** Everything is where it belongs, each text once, and nobody has loaded the page again. */
async function settled(people: readonly Person[], texts: readonly string[], stayed = people): Promise<void> {
  for (const somebody of people) {
    for (const text of texts) await expect(somebody.message(text)).toHaveCount(1);
    await somebody.expectStatus('Connected');
    for (const mark of ['Queued', 'Sent', 'Failed'])
      await expect(somebody.log.getByText(mark, { exact: true })).toHaveCount(0);
  }
  for (const { page } of stayed) await expect(page.locator('html')).toHaveAttribute('data-stayed');
}

/** How long something lasts, where that is what is tested. */
function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
