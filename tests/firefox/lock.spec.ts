/** The app lock as tests/e2e/lock.spec.ts has it, in little: scrypt on a thread of its own, the lock's file, a new page. */
import { meet } from '../support/app.ts';
import { expect, firefoxPath, NO_FIREFOX, test } from '../support/firefox.ts';

test.skip(firefoxPath() === null, NO_FIREFOX);

const PASSPHRASE = 'velvet lantern ninth row';

test('Firefox is locked with a passphrase: a wrong one opens nothing, the right one shows what was said', async ({
  person,
  firefox
}) => {
  const alice = await person('Alice', { browser: firefox });
  const bob = await person('Bob');
  await alice.open();
  await meet(alice, bob);
  await bob.write('said before');
  await alice.expectMessage('said before');

  await alice.open('/settings');
  await alice.page.getByRole('button', { name: 'Set a passphrase' }).click();
  const dialog = alice.page.getByRole('dialog', { name: 'Set a passphrase' });
  await expect(dialog.getByRole('textbox').first()).toBeVisible();
  for (const field of await dialog.getByRole('textbox').all()) await field.fill(PASSPHRASE);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(alice.page.getByText('Your passphrase opens Aparté')).toBeVisible();
  await alice.page.getByRole('button', { name: 'Lock now' }).click();
  await expect(alice.page.getByRole('heading', { name: 'Aparté is locked' })).toBeVisible();

  const field = alice.page.getByRole('textbox', { name: 'Passphrase', exact: true });
  await field.fill('velvet lantern ninth ro');
  await field.press('Enter');
  await expect(alice.page.getByRole('alert')).toHaveText('That is not the passphrase.');
  await field.fill(PASSPHRASE);
  await field.press('Enter');
  await alice.page.getByRole('link', { name: 'Back' }).click();
  await alice.conversation('Bob').click();
  await alice.expectMessages(['said before']);
  await alice.expectStatus('Connected');
});
