import { meet } from '../support/app.ts';
import { expect, firefoxPath, NO_FIREFOX, test, type Person } from '../support/firefox.ts';

test.skip(firefoxPath() === null, NO_FIREFOX);

const PAIRS = [
  ['Firefox', 'Chromium'],
  ['Chromium', 'Firefox'],
  ['Firefox', 'Firefox']
] as const;

for (const [inviting, invited] of PAIRS) {
  test(`${inviting} invites ${invited}: they talk, what is timed goes on both sides, and either may reload`, async ({
    person,
    firefox
  }) => {
    const options = { Firefox: { browser: firefox }, Chromium: {} };
    const alice = await person('Alice', options[inviting]);
    const bob = await person('Bob', options[invited]);
    await alice.open();
    await meet(alice, bob);

    // Its five seconds pass during the rest.
    await alice.setTimer('5 seconds');
    await expect(bob.timer).toHaveAccessibleName('Self-destruct timer: 5 seconds');
    await bob.write('burn this');
    await alice.expectMessage('burn this');
    await bob.setTimer('Off');
    await expect(alice.timer).toHaveAccessibleName('Self-destruct timer: off');

    const said: string[] = [];
    const talk = async (when: string): Promise<void> => {
      for (const [writing, reading] of [
        [alice, bob],
        [bob, alice]
      ] as const) {
        const text = `${writing.name}, ${when}`;
        await writing.write(text);
        await reading.expectMessage(text);
        await writing.expectMessage(text, 'Read');
        said.push(text);
      }
    };
    await talk('at first');
    for (const somebody of [alice, bob]) await expectWay(somebody);
    for (const reloading of [alice, bob]) {
      await reloading.page.reload();
      for (const somebody of [alice, bob]) await somebody.expectStatus('Connected');
      await talk(`${reloading.name} reloaded`);
    }

    for (const somebody of [alice, bob]) {
      await somebody.expectMessages(said);
      await expect.poll(() => timed(somebody)).toBe(0);
    }
  });
}

test('Firefox opens without a network, keeps what is written, and sends it when the server is back', async ({
  person,
  firefox,
  server
}) => {
  const alice = await person('Alice', { browser: firefox });
  const bob = await person('Bob');
  await alice.open();
  await meet(alice, bob);
  await alice.page.waitForFunction(() => navigator.serviceWorker.controller?.state === 'activated');
  await server.stop();
  await alice.page.reload();
  await alice.expectStatus('Offline');
  await alice.write('written offline');
  await alice.page.reload();
  await alice.expectMessage('written offline', 'Queued');
  await server.start();
  await bob.expectMessage('written offline');
  await alice.expectMessage('written offline', 'Read');
});

/** Each browser has statistics of its own kind; a peer that was met before its name was resolved counts as direct. */
async function expectWay({ page }: Person): Promise<void> {
  await page.getByRole('button', { name: /^About / }).click();
  const dialog = page.getByRole('dialog', { name: /^About / });
  await expect(dialog.getByRole('definition').first()).toHaveText(/^(Same network|Direct)$/);
  await dialog.getByRole('button', { name: 'Close' }).click();
}

/** How many rows of the database have a deadline. */
async function timed(person: Person): Promise<number> {
  return (await person.database()).filter((row) => row.deadline !== null).length;
}
