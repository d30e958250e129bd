/** The list of conversations with a mouse and a keyboard: each line of its menu, and finding words again. */
import { expect, test, type Person } from '../support/pair.ts';

const options = ({ page }: Person) => page.getByRole('button', { name: 'Options for Bob' });
const item = ({ page }: Person, name: string) => page.getByRole('menuitem', { name, exact: true });

/** By the right button. */
async function choose(person: Person, name: string): Promise<void> {
  await person.conversation('Bob').click({ button: 'right' });
  await item(person, name).click();
}

test.beforeEach(async ({ alice }) => {
  await alice.open();
  await expect(alice.conversation('Bob')).toBeVisible();
});

test.afterEach(async ({ alice }) => {
  await alice.conversation('Bob').click();
});

test('a line says who, the last words, when, and that they are connected; a draft comes before', async ({
  alice,
  bob
}) => {
  await bob.write('the *last* words');
  const line = alice.conversation('Bob');
  await expect(line).toContainText('the last words');
  await expect(line).toContainText(/\d{1,2}:\d\d [AP]M/);
  await expect(line).toHaveAccessibleDescription(/1 unread message\. .*Connected\./);
  await line.click();
  await alice.composer.fill('half a tho');
  await alice.page.keyboard.press('Escape');
  await expect(line).toContainText('Draft: half a tho');
  await line.click();
  await alice.composer.fill('');
  await alice.page.keyboard.press('Escape');
  await expect(line).not.toContainText('Draft');
});

test('a timer is in the line, and its words are not', async ({ alice }) => {
  await alice.conversation('Bob').click();
  await alice.setTimer('1 hour');
  await alice.write('gone in an hour');
  // What is in the log is kept; the composer is empty a moment sooner.
  await alice.expectMessage('gone in an hour');
  await alice.open();
  const line = alice.conversation('Bob');
  await expect(line).toHaveAccessibleDescription(/Messages disappear after 1 hour\./);
  await expect(line).toContainText('Disappearing message');
  await expect(line).not.toContainText('gone in an hour');
  await line.click();
  await alice.setTimer('Off');
});

test('pinned and muted, until they are not; it is kept', async ({ alice }) => {
  const line = alice.conversation('Bob');
  await choose(alice, 'Pin');
  await expect(line).toHaveAccessibleDescription(/Pinned\./);
  await choose(alice, 'Mute');
  await expect(alice.page.getByRole('menuitem')).toHaveText(['1 hour', '8 hours', 'Always']);
  await item(alice, '8 hours').click();
  await expect(line).toHaveAccessibleDescription(/Muted\. Pinned\./);
  await alice.page.reload();
  await expect(line).toHaveAccessibleDescription(/Muted\. Pinned\./);
  await choose(alice, 'Unpin');
  await choose(alice, 'Unmute');
  await expect(line).not.toHaveAccessibleDescription(/Muted|Pinned/);
});

test('pinned, muted and archived from the open conversation; what is in force is behind its name', async ({
  alice
}) => {
  const { page } = alice;
  const line = alice.conversation('Bob');
  await line.click();
  const choose = async (name: string): Promise<void> => {
    await page.getByRole('button', { name: 'Conversation menu' }).click();
    await item(alice, name).click();
  };
  await choose('Pin');
  await expect(line).toHaveAccessibleDescription(/Pinned\./);
  await choose('Unpin');
  await page.getByRole('button', { name: 'About Bob' }).click();
  const about = page.getByRole('dialog', { name: 'About Bob' });
  await about.getByRole('button', { name: 'Mute' }).click();
  await item(alice, 'Always').click();
  await expect(line).toHaveAccessibleDescription(/Muted\./);
  await page.getByRole('button', { name: 'About Bob' }).click();
  await expect(about.getByText('Muted', { exact: true })).toBeVisible();
  await about.getByRole('button', { name: 'Unmute' }).click();
  await expect(about.getByText('Muted', { exact: true })).toHaveCount(0);
  await about.getByRole('button', { name: 'Change the timer' }).click();
  await expect(page.getByRole('menu', { name: 'Self-destruct timer' })).toBeVisible();
  await page.keyboard.press('Escape');
  await choose('Archive');
  // It is not looked at any more.
  await expect(alice.composer).toHaveCount(0);
  await page.getByText('Archived', { exact: true }).click();
  await line.click();
  await choose('Unarchive');
  await expect(page.getByText('Archived', { exact: true })).toHaveCount(0);
  await expect(alice.composer).toBeVisible();
});

test('archived: folded away, found by a search, back with a new message', async ({ alice, bob }) => {
  await choose(alice, 'Archive');
  await expect(alice.conversations).toHaveCount(0);
  await alice.page.getByRole('searchbox', { name: 'Search' }).fill('bob');
  await expect(alice.conversations).toHaveCount(1);
  await alice.page.getByRole('searchbox', { name: 'Search' }).fill('');
  await alice.page.getByText('Archived', { exact: true }).click();
  await choose(alice, 'Unarchive');
  await expect(alice.page.getByText('Archived', { exact: true })).toHaveCount(0);
  // Put away while it is open it stays in sight, until it is left.
  await alice.page.reload();
  await alice.conversation('Bob').click();
  await expect(alice.composer).toBeVisible();
  await choose(alice, 'Archive');
  await expect(alice.page.getByText('Archived', { exact: true })).toBeVisible();
  await expect(alice.conversations).toHaveCount(1);
  // The line that had the focus is gone, and so nothing has it.
  await alice.page.keyboard.press('Escape');
  await expect(alice.composer).toHaveCount(0);
  await expect(alice.conversations).toHaveCount(0);
  await bob.write('hello again');
  await expect(alice.page.getByText('Archived', { exact: true })).toHaveCount(0);
  await expect(alice.conversations).toHaveCount(1);
});

test('marked as unread until it is opened', async ({ alice }) => {
  const line = alice.conversation('Bob');
  await line.click();
  await expect(alice.composer).toBeVisible();
  await alice.page.keyboard.press('Escape');
  await choose(alice, 'Mark as unread');
  await expect(line).toHaveAccessibleDescription(/Marked as unread\./);
  await expect(alice.page).toHaveTitle(/Aparté/);
  await line.click();
  await expect(line).not.toHaveAccessibleDescription(/Marked as unread/);
});

test('marked as read, without being opened; its writer hears of it', async ({ alice, bob }) => {
  await bob.write('whenever you like');
  await expect(alice.conversation('Bob')).toHaveAccessibleDescription(/1 unread/);
  await choose(alice, 'Mark as read');
  await expect(alice.conversation('Bob')).not.toHaveAccessibleDescription(/unread/);
  await bob.expectMessage('whenever you like', 'Read');
});

test('the menu can be had by the keyboard, and gives the focus back', async ({ alice }) => {
  const { keyboard } = alice.page;
  await alice.conversation('Bob').focus();
  await keyboard.press('Shift+F10');
  await expect(item(alice, 'Pin')).toBeFocused();
  await keyboard.press('Escape');
  await expect(alice.conversation('Bob')).toBeFocused();
  await keyboard.press('Tab');
  await expect(options(alice)).toBeFocused();
  await expect(options(alice)).toBeVisible();
  await keyboard.press('Enter');
  await keyboard.press('r');
  await keyboard.press('Enter');
  await keyboard.type('Robert');
  await keyboard.press('Enter');
  await expect(alice.conversation('Robert')).toBeVisible();
  await alice.conversation('Robert').click({ button: 'right' });
  await item(alice, 'Rename').click();
  await keyboard.press('Control+a');
  await keyboard.type('Bob');
  await keyboard.press('Enter');
  await expect(alice.conversation('Bob')).toBeVisible();
});

test('words are found in every message, marked, and opened where they stand', async ({ alice, bob }) => {
  await bob.write('Rendez-vous au café du théâtre', 'and then something else');
  await expect(alice.conversation('Bob')).toContainText('something else');
  const { page } = alice;
  await page.getByRole('searchbox', { name: 'Search' }).fill('CAFE DU');
  const found = page.getByRole('region', { name: 'In messages' });
  await expect(found.getByRole('link')).toHaveCount(1);
  await expect(found.locator('mark')).toHaveText('café du');
  await found.getByRole('link').click();
  await expect(alice.message('Rendez-vous au café du théâtre')).toBeInViewport();
  await expect(page).toHaveURL(/#c=[^&]+$/);
  // What comes and goes while it is looked for comes and goes there too.
  await page.getByRole('searchbox', { name: 'Search' }).fill('comes meanwhile');
  await expect(page.getByText('Nothing here speaks of “comes meanwhile”.')).toBeVisible();
  await bob.write('it comes meanwhile');
  await expect(found.getByRole('link')).toHaveCount(1);
  await bob.choose('it comes meanwhile', 'Delete for everyone');
  await expect(found).toHaveCount(0);
  await page.getByRole('searchbox', { name: 'Search' }).fill('nobody said this');
  await expect(page.getByText('Nothing here speaks of “nobody said this”.')).toBeVisible();
  await expect(page.getByText(/^Try fewer letters, or a name\. .* once you have read it/)).toBeVisible();
  await page.getByRole('button', { name: 'Show everything' }).last().click();
  await expect(alice.conversations).toHaveCount(1);
});

test('Ctrl+F finds words in this conversation', async ({ alice, bob }) => {
  await bob.write('a needle in it', 'and hay');
  await alice.conversation('Bob').click();
  await alice.expectMessage('and hay');
  const { page } = alice;
  await page.keyboard.press('Control+f');
  const field = page.getByRole('combobox', { name: 'Search this conversation' });
  await expect(field).toBeFocused();
  await field.fill('nobody said this');
  await expect(page.getByText(/^Try fewer letters\. .* once you have read it/)).toBeVisible();
  await field.fill('needle');
  await expect(page.getByRole('dialog').getByRole('option')).toHaveCount(1);
  await page.keyboard.press('Enter');
  await expect(alice.message('a needle in it')).toBeInViewport();
});
