import type { Locator } from 'playwright/test';
import { expect, PHONE, test, type Person } from '../support/pair.ts';

test.use({ device: { ...PHONE, isMobile: true } });

test('a finger that rests on a message opens its actions', async ({ alice, bob }) => {
  await bob.write('rest on this');
  const { x, y } = await middle(alice, 'rest on this');
  const finger = await alice.context.newCDPSession(alice.page);
  await finger.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x, y }] });
  await expect(alice.page.getByRole('menuitem', { name: 'Reply', exact: true })).toBeVisible();
  await finger.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  await alice.page.keyboard.press('Escape');
  await finger.detach();
});

test('a finger that rests on a link in a message has its actions, and does not follow it', async ({
  alice,
  bob
}) => {
  await bob.write('https://example.org/rest');
  const { x, y } = await middle(alice, 'https://example.org/rest');
  const finger = await alice.context.newCDPSession(alice.page);
  await finger.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x, y }] });
  await expect(alice.page.getByRole('menuitem', { name: 'Reply', exact: true })).toBeVisible();
  await finger.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  await alice.page.getByRole('menuitem', { name: 'Reply', exact: true }).tap();
  await alice.page.getByRole('button', { name: 'Cancel' }).tap();
  expect(alice.context.pages()).toHaveLength(1);
  await finger.detach();
});

test('a message that is drawn aside is answered', async ({ alice, bob }) => {
  await bob.write('draw this aside');
  const { x, y } = await middle(alice, 'draw this aside');
  const finger = await alice.context.newCDPSession(alice.page);
  const touch = (type: 'touchStart' | 'touchMove', along: number) =>
    finger.send('Input.dispatchTouchEvent', { type, touchPoints: [{ x: x + along, y }] });
  await touch('touchStart', 0);
  for (const along of [15, 40, 70, 90]) await touch('touchMove', along);
  await finger.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  await expect(alice.page.getByRole('group', { name: /^Replying to/ })).toContainText('draw this aside');
  await expect(alice.composer).toBeFocused();
  await alice.page.getByRole('button', { name: 'Cancel' }).click();
  await finger.detach();
});

test('on a phone Enter is a new line, and the button sends', async ({ alice, bob }) => {
  await alice.composer.tap();
  await alice.page.keyboard.type('two');
  await alice.page.keyboard.press('Enter');
  await alice.page.keyboard.type('lines');
  await expect(alice.composer).toHaveValue('two\nlines');
  await alice.page.getByRole('button', { name: 'Send', exact: true }).tap();
  await bob.expectMessage('two lines');
  await expect(alice.composer).toBeFocused();
});

test('a menu that takes the focus from the field stays when the keyboard goes and the window grows', async ({
  alice
}) => {
  const { page } = alice;
  await page.setViewportSize({ width: 390, height: 500 });
  await alice.composer.tap();
  await page.getByRole('button', { name: 'Options for this message' }).tap();
  const menu = page.getByRole('menu');
  await expect(menu).toBeVisible();
  await page.setViewportSize({ width: 390, height: 844 });
  const button = page.getByRole('button', { name: 'Options for this message' });
  await expect.poll(() => gap(menu, button)).toBeLessThan(8);
  await page.keyboard.press('Escape');
  await expect(menu).toHaveCount(0);
});

test('who has gone to a message that was found is one step from the list, and hears that it is muted', async ({
  alice
}) => {
  const { page } = alice;
  await alice.write('a needle');
  await page.getByRole('button', { name: 'Back' }).tap();
  await alice.conversations.tap();
  const menu = page.getByRole('button', { name: 'Conversation menu' });
  await menu.tap();
  await page.getByRole('menuitem', { name: 'Search' }).tap();
  await page.getByRole('combobox').fill('needle');
  await page.getByRole('option').first().tap();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await menu.tap();
  await page.getByRole('menuitem', { name: 'Mute' }).tap();
  await page.getByRole('menuitem', { name: 'Always' }).tap();
  await expect(page.getByText('Muted', { exact: true })).toBeVisible();
  await menu.tap();
  await page.getByRole('menuitem', { name: 'Unmute' }).tap();
  await page.getByRole('button', { name: 'Back' }).tap();
  await expect(page.getByRole('button', { name: 'New conversation', exact: true })).toBeVisible();
});

/** Between the lower edge of the one and the upper edge of the other. */
async function gap(above: Locator, below: Locator): Promise<number> {
  const [upper, lower] = [await above.boundingBox(), await below.boundingBox()];
  if (upper === null || lower === null) throw new Error('not on the screen');
  return Math.abs(lower.y - upper.y - upper.height);
}

async function middle(person: Person, text: string): Promise<{ x: number; y: number }> {
  await person.expectMessage(text);
  const box = await person.message(text).getByRole('paragraph').boundingBox();
  if (box === null) throw new Error('not on the screen');
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}
