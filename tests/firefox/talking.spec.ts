import { meet } from '../support/app.ts';
import { expect, firefoxPath, NO_FIREFOX, test, type Person } from '../support/firefox.ts';

test.skip(firefoxPath() === null, NO_FIREFOX);

const PAIRS = [
  ['Firefox', 'Chromium'],
  ['Chromium', 'Firefox'],
  ['Firefox', 'Firefox']
] as const;

for (const [inviting, invited] of PAIRS) {
  test(`${inviting} invites ${invited}: they talk, find each other again, and what is timed goes on both sides`, async ({
    person,
    firefox
  }) => {
    const options = { Firefox: { browser: firefox }, Chromium: {} };
    const alice = await person('Alice', options[inviting]);
    const bob = await person('Bob', options[invited]);
    await alice.open();
    await meet(alice, bob);
    const said = ['Good evening', 'Bonsoir'];
    await alice.write('Good evening');
    await bob.expectMessage('Good evening');
    await bob.write('Bonsoir');
    for (const somebody of [alice, bob]) await somebody.expectMessages(said);
    await alice.expectMessage('Good evening', 'Read');
    await bob.expectMessage('Bonsoir', 'Read');

    for (const reloading of [[alice], [bob], [alice, bob]]) {
      await Promise.all(reloading.map(({ page }) => page.reload()));
      for (const somebody of [alice, bob]) {
        await somebody.expectMessages(said);
        await somebody.expectStatus('Connected');
      }
      for (const [writing, reading] of [
        [alice, bob],
        [bob, alice]
      ] as const) {
        const text = `${writing.name}, ${reloading.map(({ name }) => name).join(' and ')} reloaded`;
        await writing.write(text);
        await reading.expectMessage(text);
        said.push(text);
      }
    }

    await alice.setTimer('5 seconds');
    await expect(bob.timer).toHaveAccessibleName('Self-destruct timer: 5 seconds');
    await bob.write('burn this');
    await alice.expectMessage('burn this');
    for (const somebody of [alice, bob]) {
      await expect(somebody.message('burn this')).toHaveCount(0);
      await expect.poll(() => timed(somebody)).toBe(0);
      await somebody.expectMessages(said);
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

/** How many rows of the database have a deadline. */
async function timed(person: Person): Promise<number> {
  return (await person.database()).filter((row) => row.deadline !== null).length;
}
