import { expect, test, type Person } from '../support/app.ts';
import { broken, paint } from '../support/axe.ts';

const SCREENS = {
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
  desktop: { viewport: { width: 1280, height: 800 } }
} as const;

for (const [screen, options] of Object.entries(SCREENS)) {
  test(`axe finds nothing on a ${screen}: before the first conversation`, async ({ person }) => {
    const alice = await person('Alice', options);
    await alice.open();
    await expect(alice.page.getByRole('button', { name: 'New conversation' })).toBeVisible();
    await check(alice, 'home, empty');
    await alice.invite();
    await check(alice, 'new conversation');
    await alice.page.keyboard.press('Escape');
    await expect(alice.page.getByRole('button', { name: /^Open invitation/ })).toBeVisible();
    await check(alice, 'home with an invitation');
    await alice.open('/settings');
    await expect(alice.page.getByRole('heading', { name: 'Settings' })).toBeVisible();
    await check(alice, 'settings');
    await alice.page.getByRole('button', { name: 'Delete everything' }).click();
    await check(alice, 'settings, deleting everything');
  });

  test(`axe finds nothing on a ${screen}: joining, well and badly`, async ({ person }) => {
    const alice = await person('Alice', options);
    const bob = await person('Bob', options);
    await alice.open();
    const link = await alice.invite();
    await bob.open('/join');
    await expect(bob.page.getByRole('heading', { name: 'Paste your invitation' })).toBeVisible();
    await check(bob, 'join without a link');
    await bob.page.getByRole('textbox', { name: 'Invitation link' }).fill(link.slice(0, -1));
    await bob.page.getByRole('button', { name: 'Open', exact: true }).click();
    await expect(bob.page.getByRole('alert')).toBeVisible();
    await check(bob, 'join refused');
    await alice.page.goto('about:blank');
    await bob.page.goto(link);
    await expect(bob.page.getByRole('button', { name: 'Join', exact: true })).toBeVisible();
    await check(bob, 'join');
    await bob.pressJoin();
    await expect(bob.page.getByRole('heading', { name: 'Waiting for the other side' })).toBeVisible();
    await check(bob, 'join, waiting');
  });

  test(`axe finds nothing on a ${screen}: a conversation, its menus and dialogs, another tab`, async ({
    pair
  }) => {
    const [alice, bob] = await pair(options);
    await check(alice, 'conversation without a word');
    await alice.write('A word', 'and another');
    await bob.write('An answer');
    await alice.expectMessage('An answer');
    await alice.setTimer('1 hour');
    await alice.write('For an hour');
    await alice.expectMessage('For an hour', 'Read');
    await alice.choose('and another', 'Delete for everyone');
    await expect(alice.log.getByText('You erased a message on both devices.')).toBeVisible();
    await check(alice, 'conversation');
    await alice.message('A word').getByRole('button', { name: 'Message actions' }).focus();
    await alice.page.keyboard.press('Enter');
    await expect(alice.page.getByRole('menu')).toBeVisible();
    await check(alice, 'message menu');
    await alice.page.keyboard.press('Escape');
    await alice.timer.click();
    await check(alice, 'timer menu');
    await alice.page.getByRole('menuitem', { name: 'Custom…' }).click();
    await check(alice, 'custom timer');
    await alice.page.keyboard.press('Escape');
    for (const item of ['Rename', 'Delete conversation']) {
      await alice.page.getByRole('button', { name: 'Conversation menu' }).click();
      if (item === 'Rename') await check(alice, 'conversation menu');
      await alice.page.getByRole('menuitem', { name: item }).click();
      await check(alice, item);
      await alice.page.keyboard.press('Escape');
    }
    await alice.open();
    await expect(alice.conversations).toHaveCount(1);
    await bob.setTimer('Off');
    await bob.write('unread');
    await expect(alice.conversations).toHaveAccessibleDescription(/1 unread message/);
    await check(alice, 'home');
    const other = await alice.newTab();
    alice.use(other);
    await expect(alice.page.getByRole('button', { name: 'Use it here' })).toBeVisible();
    await check(alice, 'elsewhere');
  });
}

test('the whole of a conversation can be had with the keyboard alone', async ({ person }) => {
  const alice = await person('Alice');
  const bob = await person('Bob');
  await alice.open();
  const { keyboard } = alice.page;
  const tabTo = async (name: RegExp): Promise<void> => {
    const step = async (): Promise<boolean> => {
      await keyboard.press('Tab');
      const reached = await alice.page.evaluate(() => {
        const { activeElement } = document;
        return activeElement?.getAttribute('aria-label') ?? activeElement?.textContent ?? '';
      });
      return name.test(reached);
    };
    await expect.poll(step, { intervals: [10] }).toBe(true);
  };
  await expect(alice.page.getByRole('button', { name: 'New conversation' })).toBeVisible();
  await tabTo(/New conversation/);
  await keyboard.press('Enter');
  const link = alice.page.getByRole('textbox', { name: 'Invitation link' });
  await expect(link).toHaveValue(/#/);
  await bob.join(await link.inputValue(), 'Bob');
  await alice.expectStatus('Connected');
  // The composer has the focus.
  await expect(alice.composer).toBeFocused();
  await keyboard.type('typed');
  await keyboard.press('Shift+Enter');
  await keyboard.type('in two lines');
  await keyboard.press('Enter');
  await expect(bob.log.getByRole('article').getByRole('paragraph')).toHaveText('typed\nin two lines');
  await tabTo(/^Self-destruct timer/);
  await keyboard.press('Enter');
  await keyboard.press('End');
  await keyboard.press('ArrowUp');
  await keyboard.press('Enter');
  await expect(bob.timer).toHaveAccessibleName('Self-destruct timer: 4 weeks');
  await expect(alice.timer).toBeFocused();
});

/** Everything in the light, and once more in the dark what depends on colours. */
async function check({ page }: Person, where: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await paint(page, colorScheme);
    const rules = colorScheme === 'dark' ? ['color-contrast', 'link-in-text-block'] : [];
    expect(await broken(page, ...rules), `${where}, ${colorScheme}`).toEqual([]);
  }
}
