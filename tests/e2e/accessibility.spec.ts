/** Every screen and state, one after the other: axe, in the light and in the dark, and targets that a finger can hit. */
import { expect, LONG, NO_WORKER, test, WHOLE, type Person } from '../support/app.ts';
import { broken, paint, small } from '../support/axe.ts';
import { DESKTOP, PHONE } from '../support/pair.ts';
import { speaking } from '../support/words.ts';

test.use(NO_WORKER);

const LANGUAGES = { en: 'en-US', fr: 'fr-FR' } as const;
const DEVICES = { phone: { ...PHONE, isMobile: true }, desktop: DESKTOP } as const;

/** Each language and each width once; the other two pairs, and the other light of each, are `npm run test:whole`. */
for (const { language, device, scheme, how } of [
  { language: 'en', device: 'phone', scheme: 'light', how: {} },
  { language: 'fr', device: 'desktop', scheme: 'dark', how: {} },
  { language: 'fr', device: 'phone', scheme: 'light', how: LONG },
  { language: 'en', device: 'desktop', scheme: 'dark', how: LONG }
] as const) {
  const [locale, options] = [LANGUAGES[language], DEVICES[device]];
  const say = speaking(language);

  const check = async ({ page }: Person, where: string): Promise<void> => {
    for (const colorScheme of WHOLE ? (['light', 'dark'] as const) : [scheme]) {
      await paint(page, colorScheme);
      expect.soft(await broken(page), `${where}, ${colorScheme}`).toEqual([]);
    }
    if (device === 'phone') expect.soft(await small(page), `${where}, too small for a finger`).toEqual([]);
  };
  const button = (who: Person, key: string) =>
    who.page.getByRole('button', { name: say(key), exact: true }).first();
  const item = (who: Person, key: string) => who.page.getByRole('menuitem', { name: say(key), exact: true });
  const dialog = (who: Person) => who.page.getByRole('dialog');
  const heading = (who: Person, key: string) =>
    who.page.getByRole('heading', { name: say(key), exact: true });
  const escape = (who: Person): Promise<void> => who.page.keyboard.press('Escape');

  test(
    `axe finds nothing on a ${device}, ${language}: before the first conversation, and joining badly`,
    how,
    async ({ person }) => {
      const alice = await person('Alice', { ...options, locale });
      await alice.open();
      await expect(button(alice, 'new_conversation')).toBeVisible();
      await check(alice, 'home, empty');
      await button(alice, 'new_conversation').click();
      const link = alice.page.getByRole('textbox', { name: say('invite_link') });
      await expect(link).toHaveValue(/#/);
      await check(alice, 'new conversation');
      const invitation = await link.inputValue();
      await escape(alice);
      await expect(alice.page.getByRole('list', { name: /1 / })).toBeVisible();
      await check(alice, 'home with an invitation');
      await alice.open('/settings');
      await expect(heading(alice, 'settings')).toBeVisible();
      await check(alice, 'settings');
      await button(alice, 'backup_restore').click();
      await expect(dialog(alice)).toBeVisible();
      await check(alice, 'restore a backup');
      await escape(alice);
      await alice.page.keyboard.press('Control+/');
      await expect(dialog(alice)).toBeVisible();
      await check(alice, 'help');
      await escape(alice);
      await alice.open('/join');
      await expect(heading(alice, 'join_paste_title')).toBeVisible();
      await check(alice, 'join without a link');
      await alice.page.getByRole('textbox', { name: say('invite_link') }).fill(invitation.slice(0, -1));
      await button(alice, 'join_paste_open').click();
      await expect(alice.page.getByRole('alert')).toBeVisible();
      await check(alice, 'join refused');
      await alice.page.goto('about:blank');
      const bob = await person('Bob', { ...options, locale });
      await bob.page.goto(invitation);
      await expect(button(bob, 'join')).toBeVisible();
      await check(bob, 'join');
      await button(bob, 'join').click();
      await expect(heading(bob, 'join_waiting')).toBeVisible();
      await check(bob, 'join, waiting');
    }
  );

  test(
    `axe finds nothing on a ${device}, ${language}: a conversation, the list, their menus and dialogs`,
    how,
    async ({ person }) => {
      const alice = await person('Alice', { ...options, locale });
      const bob = await person('Bob', { ...options, locale });
      await alice.open();
      await button(alice, 'new_conversation').click();
      const link = alice.page.getByRole('textbox', { name: say('invite_link') });
      await expect(link).toHaveValue(/#/);
      await bob.page.goto(await link.inputValue());
      await bob.page.getByRole('textbox', { name: say('join_name') }).fill('Bob');
      await button(bob, 'join').click();
      await expect(alice.page.getByRole('heading', { name: 'Bob' })).toBeVisible();
      const speak = async (who: Person, text: string): Promise<void> => {
        await who.page.getByRole('textbox', { name: say('message'), exact: true }).fill(text);
        await button(who, 'send').click();
        await expect(who.page.getByRole('log').getByText(text, { exact: true })).toBeVisible();
      };
      await check(alice, 'conversation without a word');
      await speak(alice, 'A word');
      await speak(bob, 'An answer');
      await expect(alice.page.getByRole('log').getByText('An answer')).toBeVisible();
      await alice.page.getByRole('button', { name: say('timer_now_off') }).click();
      await check(alice, 'timer menu');
      await item(alice, 'timer_custom').click();
      await check(alice, 'custom timer');
      await escape(alice);
      await alice.page.getByRole('button', { name: say('timer_now_off') }).click();
      await alice.page.getByRole('menuitem').nth(5).click();
      await speak(alice, 'For an hour');
      await check(alice, 'conversation');
      await alice.page
        .getByRole('article')
        .first()
        .getByRole('button', { name: say('message_actions') })
        .focus();
      await alice.page.keyboard.press('Enter');
      await expect(alice.page.getByRole('menu')).toBeVisible();
      await check(alice, 'message menu');
      await escape(alice);
      for (const key of ['rename', 'delete_conversation'] as const) {
        await button(alice, 'menu_conversation').click();
        if (key === 'rename') await check(alice, 'conversation menu');
        await item(alice, key).click();
        await check(alice, key);
        await escape(alice);
      }
      await alice.page.keyboard.press('Control+f');
      await alice.page.getByRole('combobox').fill('word');
      await expect(alice.page.getByRole('option')).toHaveCount(1);
      await check(alice, 'search in a conversation');
      await escape(alice);

      await alice.open();
      await speak(bob, 'unread');
      const more = alice.page.getByRole('button', { name: say('row_menu', { name: 'Bob' }) });
      const menu = async (): Promise<void> => {
        await more.focus();
        await alice.page.keyboard.press('Enter');
        await expect(alice.page.getByRole('menu')).toBeVisible();
      };
      await menu();
      await check(alice, 'list, menu');
      await item(alice, 'pin').click();
      await menu();
      await item(alice, 'mute').click();
      await check(alice, 'list, mute');
      await item(alice, 'mute_ever').click();
      await expect(alice.page.getByRole('menu')).toHaveCount(0);
      await check(alice, 'list, pinned, muted and unread');
      await menu();
      await item(alice, 'forget').click();
      await check(alice, 'forget');
      await escape(alice);
      const field = alice.page.getByRole('searchbox');
      await field.fill('word');
      await expect(heading(alice, 'search_messages')).toBeVisible();
      await check(alice, 'search');
      await field.fill('zzz');
      await expect(alice.page.getByText(say('search_suggest'))).toBeVisible();
      await check(alice, 'search, nothing');
      await field.fill('');
      await menu();
      await item(alice, 'archive').click();
      await alice.page.getByText(say('archived'), { exact: true }).click();
      await check(alice, 'list, archive');
      await alice.page.keyboard.press('Control+k');
      await expect(alice.page.getByRole('option')).toHaveCount(1);
      await check(alice, 'switcher');
      await escape(alice);

      const first = alice.page;
      alice.use(await alice.newTab());
      await expect(button(alice, 'elsewhere_use')).toBeVisible();
      await check(alice, 'elsewhere');
      await first.close();
      await alice.open('/settings');
      await button(alice, 'backup_save').click();
      await expect(dialog(alice)).toBeVisible();
      await check(alice, 'save a backup');
      await escape(alice);
      await button(alice, 'erase_title').click();
      await check(alice, 'delete everything');
      await dialog(alice).getByRole('textbox').fill(say('erase_word'));
      await dialog(alice)
        .getByRole('button', { name: say('erase_title') })
        .click();
      await expect(heading(alice, 'erased_title')).toBeVisible();
      await check(alice, 'erased');
    }
  );
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
