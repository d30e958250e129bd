/** The whole app without a mouse: what the help sheet promises. */
import { expect, test } from '../support/pair.ts';

test('Ctrl+/ shows the shortcuts, Esc closes them, and the settings have a button for them', async ({
  alice
}) => {
  const { page } = alice;
  const sheet = page.getByRole('dialog', { name: 'Keyboard' });
  // Wherever the test before has left it.
  await alice.composer.focus();
  await page.keyboard.press('Control+/');
  await expect(sheet.getByText('Go to a conversation')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(sheet).toHaveCount(0);
  await expect(alice.composer).toBeFocused();
  await alice.open('/settings');
  await page.getByRole('button', { name: 'Show the shortcuts' }).focus();
  await page.keyboard.press('Enter');
  await expect(sheet).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: 'Show the shortcuts' })).toBeFocused();
  await page.goBack();
});

test('Ctrl+K goes to a conversation by its name, from anywhere', async ({ alice }) => {
  const { page } = alice;
  await alice.open('/settings');
  await expect(page.getByRole('heading', { name: 'Settings' })).toBeVisible();
  await page.keyboard.press('Control+k');
  const field = page.getByRole('combobox', { name: 'Go to a conversation' });
  await expect(field).toBeFocused();
  await page.keyboard.type('zz');
  await expect(page.getByText('Nothing here speaks of “zz”.')).toBeVisible();
  await field.fill('bo');
  await expect(page.getByRole('dialog').getByRole('option', { selected: true })).toHaveText(/Bob/);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Bob' })).toBeVisible();
  await expect(alice.composer).toBeFocused();
});

test('Alt+N begins a conversation; Alt+↓ goes to the next one; Esc goes back, step by step', async ({
  alice
}) => {
  const { page } = alice;
  await page.keyboard.press('Alt+n');
  const dialog = page.getByRole('dialog', { name: 'New conversation' });
  await expect(dialog).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await page.keyboard.press('Alt+ArrowDown');
  await expect(page.getByRole('heading', { name: 'Bob' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByText('Choose a conversation, or begin a new one.')).toBeVisible();
  await expect(alice.conversation('Bob')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(alice.composer).toBeFocused();
});

test('a single letter is never more than a letter', async ({ alice }) => {
  await alice.composer.focus();
  await alice.page.keyboard.type('kfn/?');
  await expect(alice.composer).toHaveValue('kfn/?');
  await alice.composer.fill('');
});
