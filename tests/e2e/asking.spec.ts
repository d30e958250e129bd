/** Ask before connecting: the inviter has the first word. */
import type { Locator, Page } from 'playwright/test';
import { expect, NO_WORKER, test, type Person } from '../support/app.ts';
import { broken, paint } from '../support/axe.ts';

test.use(NO_WORKER);

const knock = ({ page }: Person): Locator =>
  page.getByRole('alert').filter({ hasText: 'has opened your link' });

test('whoever opens the link waits until the inviter has said yes, and is told of a no', async ({
  person
}) => {
  const alice = await person('Alice');
  const bob = await person('Bob');
  const carol = await person('Carol');
  await alice.open('/settings');
  await alice.page.getByRole('checkbox', { name: 'Ask me before anybody is let in' }).check();
  await alice.page.getByRole('link', { name: 'Back' }).click();
  const link = await alice.invite();
  await expect(alice.page.getByRole('checkbox', { name: 'Ask me before letting them in' })).toBeChecked();
  await alice.page.getByRole('button', { name: 'Close' }).click();

  await bob.join(link, 'Bob');
  await expect(bob.page.getByRole('heading', { name: 'Waiting for them to let you in' })).toBeVisible();
  await expect(knock(alice)).toContainText('Somebody who gives the name “Bob” has opened your link.');
  await expect(alice.conversations).toHaveCount(0);
  for (const { page } of [alice, bob]) await accessible(page);
  await alice.page.getByRole('button', { name: 'Turn them away' }).click();
  await expect(knock(alice)).toHaveCount(0);
  await expect(bob.page.getByRole('alert')).toContainText('They did not let you in.');

  // The inviter is asked where they are: over the invitation that they look at.
  await alice.page.getByRole('button', { name: /^Open invitation/ }).click();
  const dialog = alice.page.getByRole('dialog', { name: 'New conversation' });
  await carol.join(link);
  await expect(dialog.getByRole('alert')).toContainText('Somebody has opened your link.');
  await dialog.getByRole('button', { name: 'Let them in' }).click();
  await carol.expectStatus('Connected');
  await alice.expectStatus('Connected');
  await expect(knock(alice)).toHaveCount(0);
  await alice.write('Come in');
  await carol.expectMessage('Come in');
});

test('what a link does can be changed while it is shown, and it says what the other will see', async ({
  person
}) => {
  const alice = await person('Alice');
  await alice.open();
  const link = await alice.invite();
  const field = alice.page.getByRole('textbox', { name: 'Invitation link' });
  const life = alice.page.getByRole('combobox', { name: 'It works for' });
  await expect(life).toHaveValue('1440');
  await alice.page.getByRole('checkbox', { name: 'Ask me before letting them in' }).check();
  await expect(field).not.toHaveValue(link);
  // Nobody has the link as it was.
  const note = alice.page.getByRole('dialog').getByRole('status');
  await expect(note).toHaveText('Keep Aparté open: you are connected as soon as you are both here.');
  await alice.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await alice.page.getByRole('button', { name: 'Copy link' }).click();
  await life.selectOption('1 hour');
  const until = new Date(Date.now() + 3_600_000).toLocaleTimeString('en-US', { hour: 'numeric' });
  await expect(alice.page.getByText(/^Works until/)).toContainText(until.split(' ')[0] ?? '');
  await expect(note).toHaveText(/^This changed the link: copy it anew\./);
  await alice.page.getByText('What they see').click();
  await expect(alice.page.getByText('No name: you have not given one.')).toBeVisible();
  await accessible(alice.page);
  // It is the same invitation, after a reload as well.
  await alice.page.reload();
  await alice.page.getByRole('button', { name: /^Open invitation/ }).click();
  await expect(alice.page.getByRole('checkbox', { name: 'Ask me before letting them in' })).toBeChecked();
  await expect(life).toHaveValue('60');
});

async function accessible(page: Page): Promise<void> {
  expect(await broken(page)).toEqual([]);
  await paint(page, 'dark');
  expect(await broken(page, 'color-contrast')).toEqual([]);
}
