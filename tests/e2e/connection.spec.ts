/** What is said of a connection: which way it has taken, why there is none, and who sees whose address. */
import type { Locator } from 'playwright/test';
import { expect, NO_WORKER, test, type Person } from '../support/pair.ts';
import { broken } from '../support/axe.ts';

test.use(NO_WORKER);

async function details({ page }: Person): Promise<Locator> {
  await page.getByRole('button', { name: /^About / }).click();
  return page.getByRole('dialog', { name: /^About / });
}

async function expectNoViolations({ page }: Person): Promise<void> {
  expect(await broken(page)).toEqual([]);
}

test('two in one network hear so, and how long a word takes', async ({ alice, bob }) => {
  for (const person of [alice, bob]) {
    const dialog = await details(person);
    await expect(dialog.getByRole('status')).toHaveText('You are connected directly, within one network.');
    await expect(dialog.getByRole('definition')).toHaveText(['Same network', /^\d+ ms$/, 'Visible to them']);
    // It works: there is nothing to try again.
    await expect(dialog.getByRole('button', { name: /^Try again/ })).toHaveCount(0);
    await expectNoViolations(person);
    await person.page.keyboard.press('Escape');
    await expect(person.page.getByRole('button', { name: /^About / })).toBeFocused();
  }
});

test('who is alone hears whether the other is away or the server is gone, and can try again', async ({
  pair,
  server
}) => {
  const [alice, bob] = await pair();
  await bob.close();
  await alice.expectStatus('Waiting');
  const dialog = await details(alice);
  await expect(dialog.getByRole('status')).toHaveText(/^They are not here at the moment/);
  await expect(dialog.getByRole('term').first()).toHaveText('Last connected');
  await expect(dialog.getByRole('definition').first()).toHaveText(/\d{1,2}:\d\d/);
  await server.stop();
  await expect(dialog.getByRole('status')).toHaveText(/^The server that introduces you cannot be reached/);
  // No relay: nothing to try it through.
  await expect(dialog.getByRole('button', { name: /relay/ })).toHaveCount(0);
  await expectNoViolations(alice);
  await server.start();
  await dialog.getByRole('button', { name: 'Try again', exact: true }).click();
  await expect(dialog.getByRole('status')).toHaveText(/^They are not here at the moment/);
});

test('where there is no relay, hiding the own address is refused in a sentence', async ({ alice }) => {
  await alice.page.getByRole('button', { name: 'Conversation menu' }).click();
  await alice.page.getByRole('menuitem', { name: 'Hide my IP address' }).click();
  const dialog = alice.page.getByRole('dialog', { name: 'Hide my IP address' });
  await expect(dialog).toContainText('This server has no relay');
  await expectNoViolations(alice);
  await dialog.getByRole('button', { name: 'Close' }).click();
  await alice.open('/settings');
  const choice = alice.page.getByRole('checkbox', { name: 'Hide my IP address' });
  await expect(choice).toBeDisabled();
  await expect(choice).toHaveAccessibleDescription(/^This server has no relay/);
});

test('what is chosen for new conversations is kept', async ({ person }) => {
  const alice = await person('Alice');
  await alice.open('/settings');
  const choice = alice.page.getByRole('checkbox', { name: 'Hide my IP address' });
  await choice.check();
  const stored = async (): Promise<string[]> => (await alice.database()).map(({ key }) => key);
  await expect.poll(stored).toContain('"settings"');
  await alice.page.reload();
  await expect(choice).toBeChecked();
  // The server has said meanwhile that there is nothing to hide behind: it can be taken back, and not chosen again.
  await expect(choice).toHaveAccessibleDescription(/^This server has no relay/);
  await choice.uncheck();
  await expect(choice).toBeDisabled();
});
