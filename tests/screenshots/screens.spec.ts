/** Not a test: it walks through the app and looks at every screen. The pictures are in tests/screenshots/all. */
import { expect, walk } from './stage.ts';

walk('from the first run to the last', async (stage) => {
  const { device, viewport, say, words, enter, button, item, write, meet } = stage;
  const alice = await enter('Alice');
  const bob = await enter('Béatrice');
  const { page } = alice;
  const shoot = (name: string, who = alice) => stage.shoot(name, who);
  const dialog = page.getByRole('dialog');
  const back = async (): Promise<void> => {
    await page.keyboard.press('Escape');
    await expect(dialog.or(page.getByRole('menu'))).toHaveCount(0);
  };

  await alice.open();
  await expect(button(alice, say('new_conversation'))).toBeVisible();
  await shoot('01 first run');
  await button(alice, say('new_conversation')).click();
  const link = page.getByRole('textbox', { name: say('invite_link') });
  await expect(link).toHaveValue(/#/);
  await shoot('02 new conversation');
  await button(alice, say('invite_copy')).click();
  const invitation = await link.inputValue();
  await back();
  await shoot('03 first run with an invitation');
  await bob.open('/join');
  await expect(bob.page.getByRole('heading', { name: say('join_paste_title') })).toBeVisible();
  await shoot('04 join without a link', bob);
  await bob.page.getByRole('textbox', { name: say('invite_link') }).fill(invitation.slice(0, -1));
  await button(bob, say('join_paste_open')).click();
  await expect(bob.page.getByRole('alert')).toBeVisible();
  await shoot('05 join, refused', bob);
  await bob.page.goto(invitation);
  await expect(button(bob, say('join'))).toBeVisible();
  await shoot('06 join', bob);
  await bob.page.getByRole('textbox', { name: say('join_name') }).fill(bob.name);
  await button(bob, say('join')).click();
  await page.getByRole('link', { name: bob.name, exact: true }).click();
  await expect(page.getByRole('heading', { name: bob.name })).toBeVisible();
  await expect(bob.page.getByRole('log')).toBeVisible();
  await shoot('07 conversation without a word');

  await write(alice, words('I have two tickets for Thursday.', 'J’ai deux places pour jeudi.'));
  await write(alice, words('The small theatre, row F.', 'Le petit théâtre, rang F.'));
  await write(bob, words('Row F is where one hears the whispers.', 'Au rang F, on entend les murmures.'));
  await write(bob, words('I would not miss it.', 'Je ne manquerais cela pour rien.'));
  await write(
    alice,
    words('Then meet me at the stage door.', 'Alors retrouvons-nous à l’entrée des artistes.')
  );
  await page.getByRole('button', { name: say('timer_now_off') }).click();
  await shoot('08 timer menu');
  await item(alice, say('timer_custom')).click();
  await shoot('09 custom timer');
  await back();
  await page.getByRole('button', { name: say('timer_now_off') }).click();
  await page.getByRole('menuitem').nth(5).click();
  await write(alice, words('Say nothing of it to anybody.', 'N’en dites rien à personne.'));
  await shoot('10 conversation');
  const menu = button(alice, say('menu_conversation'));
  await menu.click();
  await shoot('11 conversation menu');
  await item(alice, say('verify')).click();
  await expect(dialog).toBeVisible();
  await shoot('12 verify');
  await back();
  await button(alice, say('about', { name: bob.name })).click();
  await expect(dialog).toBeVisible();
  await shoot('13 about');
  await back();
  for (const [name, key] of [
    ['14 hide the address', 'hide_address'],
    ['15 rename', 'rename'],
    ['16 jump to a day', 'jump_date'],
    ['17 delete', 'delete_conversation']
  ] as const) {
    await menu.click();
    await item(alice, say(key)).click();
    await expect(dialog).toBeVisible();
    await shoot(name);
    await back();
  }
  await menu.click();
  await item(alice, say('find')).click();
  await page.getByRole('combobox').fill('t');
  await expect(page.getByRole('option').first()).toBeVisible();
  await shoot('18 search in a conversation');
  await back();
  await button(alice, say('they_match')).click();
  await shoot('19 verified');

  for (const name of ['Noé', 'Ottilie', 'Samuel']) {
    await alice.open();
    const guest = await enter(name);
    await meet(alice, guest);
    const said = words('Are you there? I found the play.', 'Êtes-vous là ? J’ai trouvé la pièce.');
    await write(guest, said);
    await expect(page.getByRole('log').getByRole('article')).toHaveCount(1);
    await expect(guest.page.getByRole('article').getByText(say('state_read'))).toHaveCount(1);
    if (name === 'Samuel') {
      await alice.page
        .getByRole('textbox', { name: say('message'), exact: true })
        .fill(words('About Thursday', 'Pour jeudi'));
      await button(alice, say('menu_conversation')).focus();
    }
    if (name === 'Ottilie') {
      await guest.close();
      await expect(page.getByText(say('connection_waiting'))).toBeVisible({ timeout: 60_000 });
      await write(alice, words('I kept you a seat.', 'Je vous ai gardé une place.'));
      await shoot('20 nobody there');
    }
    if (name === 'Noé') await button(alice, say('later')).click();
  }
  await alice.open();
  await write(bob, words('I am at the door.', 'Je suis à la porte.'));
  const row = (name: string) => page.getByRole('link', { name, exact: true });
  const options = async (name: string): Promise<void> => {
    await row(name).locator('..').getByRole('button').focus();
    await page.keyboard.press('Enter');
    await expect(page.getByRole('menu')).toBeVisible();
  };
  await options(bob.name);
  await item(alice, say('pin')).click();
  await options('Ottilie');
  await item(alice, say('mute')).click();
  await shoot('21 mute');
  await item(alice, say('mute_ever')).click();
  await options('Noé');
  await item(alice, say('mark_unread')).click();
  await shoot('22 list');
  await options('Noé');
  await shoot('23 list, menu');
  await back();
  await row(bob.name).click();
  await expect(
    page.getByRole('log').getByText(words('I am at the door.', 'Je suis à la porte.'))
  ).toBeVisible();
  await shoot('23 list and conversation');
  await page.goBack();
  await options('Ottilie');
  await item(alice, say('archive')).click();
  await page.getByText(say('archived'), { exact: true }).click();
  await shoot('24 list, archive');
  await stage.shootPlain('24 list, archive', alice);
  await options('Noé');
  await item(alice, say('forget')).click();
  await shoot('25 forget');
  await back();
  await options('Ottilie');
  await item(alice, say('forget')).click();
  await dialog.getByRole('button', { name: say('forget_now'), exact: true }).click();
  await expect(row('Ottilie')).toHaveCount(0);
  await shoot('26 list, forgetting');
  const field = page.getByRole('searchbox');
  await field.fill(words('thur', 'jeu'));
  await expect(page.getByRole('heading', { name: say('search_messages') })).toBeVisible();
  await shoot('27 search');
  await field.fill('zzz');
  await expect(page.getByText(say('search_suggest'))).toBeVisible();
  await shoot('28 search, nothing');
  await field.fill('');
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill('o');
  await shoot('29 switcher');
  await back();
  await page.keyboard.press('Control+/');
  await expect(dialog).toBeVisible();
  await shoot('30 help');
  await back();

  await alice.open('/settings');
  await expect(page.getByRole('heading', { name: say('settings') })).toBeVisible();
  await shoot('31 settings');
  await page.setViewportSize({ width: viewport.width, height: device === 'phone' ? 3_600 : 3_000 });
  await shoot('32 settings, whole');
  await stage.shootPlain('32 settings, whole', alice);
  await page.setViewportSize(viewport);
  await button(alice, say('erase_title')).click();
  await shoot('33 delete everything');
  await dialog.getByRole('textbox').fill(say('erase_word'));
  await dialog.getByRole('button', { name: say('erase_title') }).click();
  await expect(page.getByRole('heading', { name: say('erased_title') })).toBeVisible();
  await shoot('34 erased');
});
