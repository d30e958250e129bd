/** The list of conversations under a finger, on a phone; and the two ends that a conversation can have. */
import { expect, PHONE, test, type Person } from '../support/pair.ts';

test.use({ device: PHONE });

/** A finger that rests on a line until the menu is there. */
async function rest(person: Person): Promise<void> {
  const box = await person.conversation('Bob').boundingBox();
  const point = { x: (box?.x ?? 0) + 80, y: (box?.y ?? 0) + 30 };
  const session = await person.context.newCDPSession(person.page);
  await session.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [point] });
  await expect(person.page.getByRole('menu', { name: 'Options for Bob' })).toBeVisible();
  await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
}

test('a finger that rests on a line gets its menu, and does not open the conversation', async ({ alice }) => {
  const { page } = alice;
  await alice.open();
  await rest(alice);
  await expect(page.getByRole('menuitem')).toHaveText([
    'Pin',
    'Mute',
    'Archive',
    'Mark as unread',
    'Rename',
    'Delete here',
    'Forget everything on both sides'
  ]);
  await page.getByRole('menuitem', { name: 'Pin' }).tap();
  await expect(alice.conversation('Bob')).toHaveAccessibleDescription(/Pinned\./);
  await expect(alice.composer).toHaveCount(0);
  await rest(alice);
  await page.getByRole('menuitem', { name: 'Unpin' }).tap();
  await expect(alice.conversation('Bob')).not.toHaveAccessibleDescription(/Pinned/);
  await alice.conversation('Bob').tap();
  await expect(alice.composer).toBeVisible();
});

test('a search result opens its message, and the back button leads to the list', async ({ alice, bob }) => {
  const { page } = alice;
  await bob.write('the key is under the mat');
  await alice.expectMessage('the key is under the mat');
  await alice.open();
  await page.getByRole('searchbox', { name: 'Search' }).fill('mat');
  await page.getByRole('region', { name: 'In messages' }).getByRole('link').tap();
  await expect(alice.message('the key is under the mat')).toBeInViewport();
  await page.goBack();
  await expect(page.getByRole('searchbox', { name: 'Search' })).toBeVisible();
});

test('forgotten on both sides: gone here at once, and there; both lists are empty', async ({
  alice,
  bob
}) => {
  const { page } = alice;
  await alice.open();
  await rest(alice);
  await page.getByRole('menuitem', { name: 'Forget everything on both sides' }).tap();
  const dialog = page.getByRole('dialog', { name: 'Forget everything' });
  await expect(dialog).toContainText('as soon as both are online');
  await expect(dialog).toContainText('Nobody can prove that Bob kept no copy elsewhere.');
  await dialog.getByRole('button', { name: 'Forget', exact: true }).tap();
  await expect(alice.conversations).toHaveCount(0);
  await expect(page.getByText('It is forgotten on both sides.')).toBeVisible();
  const ended = bob.page.getByText('Someone ended the conversation, and it was deleted on both sides.');
  await expect(ended).toBeVisible();
  await bob.page.getByRole('button', { name: 'Dismiss' }).tap();
  await expect(ended).toHaveCount(0);
  await bob.open();
  await expect(bob.page.getByRole('button', { name: 'New conversation' })).toBeVisible();
  await expect(bob.conversations).toHaveCount(0);
  await expect(page.getByText(/^Forgotten here/)).toHaveCount(0);
});
