/** Not a test: what can be done with messages, and what an app says when something is not as usual. */
import { expect, walk, type Person } from './stage.ts';

walk('messages', async (stage) => {
  const { say, words, enter, button, item, write, meet, menuOf } = stage;
  const alice = await enter('Alice');
  const bob = await enter('Béatrice');
  const { page } = alice;
  const shoot = (name: string, who = alice) => stage.shoot(`4${name}`, who);
  const dialog = page.getByRole('dialog');
  const back = async (): Promise<void> => {
    await page.keyboard.press('Escape');
    await expect(dialog.or(page.getByRole('menu'))).toHaveCount(0);
  };
  const choose = async (who: Person, text: string, key: string): Promise<void> => {
    await menuOf(who, text);
    await item(who, say(key)).click();
  };
  await alice.open();
  await meet(alice, bob);
  await button(alice, say('later')).click();
  const question = words(
    'Shall we go on Thursday, or wait for the last night?',
    'On y va jeudi, ou on attend la dernière ?'
  );
  await write(bob, question);
  await write(bob, '🎭🌹');
  const address = 'https://theatre.example/plays/2026?night=last#seats';
  await write(bob, words(`The seats are here: ${address}`, `Les places sont ici : ${address}`));
  await choose(alice, question, 'reply');
  await shoot('0 answering');
  const answer = words(
    'Thursday. *Nobody* will be there, and the rain is _on our side_.',
    'Jeudi. *Personne* ne sera là, et la pluie est _avec nous_.'
  );
  await page.getByRole('textbox', { name: say('message'), exact: true }).fill(answer);
  await button(alice, say('send')).click();
  const draft = words('At seven, then', 'À sept heures');
  await write(alice, draft);
  await choose(alice, draft, 'edit');
  await shoot('0 editing');
  const now = words('At half past seven, then', 'À sept heures et demie');
  await page.getByRole('textbox', { name: say('message'), exact: true }).fill(now);
  await button(alice, say('send')).click();
  await expect(page.getByRole('log').getByText(say('edited'))).toBeVisible();
  await menuOf(alice, question);
  await shoot('1 message menu');
  await stage.shootPlain('41 message menu', alice);
  await page.getByRole('menuitemradio').first().click();
  await menuOf(bob, now);
  await bob.page.getByRole('menuitemradio').nth(1).click();
  await button(bob, say('message_options')).click();
  await item(bob, say('view_once')).click();
  await bob.page
    .getByRole('textbox', { name: say('message'), exact: true })
    .fill(words('The key is under the third pot.', 'La clé est sous le troisième pot.'));
  await shoot('2 writing once', bob);
  await button(bob, say('send')).click();
  const once = page.getByRole('button', { name: say('once_hold') });
  await expect(once).toBeVisible();
  await page.evaluate(() => {
    (document.activeElement as HTMLElement | null)?.blur();
  });
  await shoot('3 conversation');
  await shoot('3 conversation, the other side', bob);
  await stage.shootPlain('43 conversation', alice);
  await once.focus();
  await page.keyboard.down(' ');
  await expect(page.getByText(words('The key is under', 'La clé est sous'))).toBeVisible();
  await shoot('4 view once');
  await page.keyboard.up(' ');
  await expect(dialog).toHaveCount(0);
  await choose(alice, now, 'details');
  await expect(dialog).toBeVisible();
  await shoot('5 details');
  await back();
  await choose(alice, question, 'forward');
  await expect(dialog).toBeVisible();
  await shoot('5 forward');
  await back();
  await choose(alice, question, 'select');
  await shoot('6 selecting');
  await stage.shootPlain('46 selecting', alice);
  await page.getByRole('button', { name: say('delete'), exact: true }).click();
  await expect(dialog).toBeVisible();
  await shoot('6 delete');
  await back();
  await back();
  await page.getByRole('button', { name: say('emoji'), exact: true }).click();
  await expect(page.getByRole('searchbox').last()).toBeVisible();
  await shoot('7 emoji');
  await back();
  await page
    .getByRole('textbox', { name: say('message'), exact: true })
    .pressSequentially(words(':thea', ':théâ'));
  await expect(page.getByRole('option').first()).toBeVisible();
  await shoot('7 emoji by its name');
  await back();
  await page
    .getByRole('textbox', { name: say('message'), exact: true })
    .fill(words('Begun without a timer', 'Commencé sans minuteur'));
  await bob.page.getByRole('button', { name: say('timer_now_off') }).click();
  await bob.page.getByRole('menuitem').nth(2).click();
  await expect(page.getByRole('button', { name: say('timer_now_off') })).toHaveCount(0);
  await button(alice, say('send')).click();
  await expect(dialog).toBeVisible();
  await shoot('8 timer changed meanwhile');
  await back();
  await bob.close();
});

walk('what is not as usual', async (stage) => {
  const { say, words, enter, button, meet } = stage;
  const alice = await enter('Alice');
  const bob = await enter('Béatrice');
  const { page } = alice;
  const shoot = (name: string, who = alice) => stage.shoot(`5${name}`, who);
  await alice.open('/settings');
  await page.getByRole('checkbox', { name: say('settings_ask') }).check();
  await page.getByRole('checkbox', { name: say('settings_link_warning') }).check();
  await page.getByRole('link', { name: say('back') }).click();
  await button(alice, say('new_conversation')).click();
  const link = page.getByRole('textbox', { name: say('invite_link') });
  await expect(link).toHaveValue(/#/);
  await bob.page.goto(await link.inputValue());
  await bob.page.getByRole('textbox', { name: say('join_name') }).fill(bob.name);
  await button(bob, say('join')).click();
  await expect(bob.page.getByRole('heading', { name: say('join_asking') })).toBeVisible();
  await shoot('0 asking', bob);
  await expect(button(alice, say('knock_yes')).last()).toBeVisible();
  await shoot('0 asked, over the invitation');
  await page.keyboard.press('Escape');
  await shoot('0 asked');
  await button(alice, say('knock_yes')).click();
  await page.getByRole('link', { name: bob.name, exact: true }).click();
  await expect(page.getByRole('heading', { name: bob.name })).toBeVisible();
  await button(alice, say('they_differ')).click();
  await shoot('1 they differ');
  await bob.page
    .getByRole('textbox', { name: say('message'), exact: true })
    .fill(words('Read this: https://аррӏе.example/', 'Lisez ceci : https://аррӏе.example/'));
  await button(bob, say('send')).click();
  await page.getByRole('log').getByRole('link').click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await shoot('2 a link that pretends');
  await page.keyboard.press('Escape');
  await alice.open();
  await page.evaluate(() => {
    const prompt = (): Promise<unknown> => Promise.resolve({ outcome: 'dismissed' });
    dispatchEvent(Object.assign(new Event('beforeinstallprompt', { cancelable: true }), { prompt }));
  });
  await expect(page.getByRole('region', { name: say('install_title') })).toBeVisible();
  await shoot('3 install');
  const carol = await enter('Carole');
  await meet(carol.page.url() === 'about:blank' ? await opened(carol) : carol, await enter('Dora'));
  const other = await carol.newTab();
  await expect(other.getByRole('button', { name: say('elsewhere_use') })).toBeVisible();
  const first = carol.page;
  carol.use(other);
  await shoot('4 open elsewhere', carol);
  await first.close();
  await carol.open();
  await carol.page.evaluate(() => indexedDB.deleteDatabase('aparte'));
  await expect(button(carol, say('broken_again'))).toBeVisible();
  await shoot('5 recovery', carol);
});

walk('what waits, and what goes', async (stage) => {
  const { say, words, enter, button, item, write, meet, menuOf, server } = stage;
  const alice = await enter('Alice');
  const bob = await enter('Béatrice');
  const { page } = alice;
  const shoot = (name: string, who = alice) => stage.shoot(`5${name}`, who);
  const dialog = page.getByRole('dialog');
  await alice.open();
  await alice.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await button(alice, say('new_conversation')).click();
  await button(alice, say('invite_copy')).click();
  await page.getByRole('checkbox', { name: say('invite_ask') }).check();
  await expect(dialog.getByText(say('invite_changed'))).toBeVisible();
  await shoot('6 the link has changed');
  await page.keyboard.press('Escape');
  await alice.open();
  await meet(alice, bob);
  await button(alice, say('later')).click();
  const marked = words('Row F, *not* row E.', 'Au rang F, *pas* au rang E.');
  await page.getByRole('textbox', { name: say('message'), exact: true }).fill(marked);
  await button(alice, say('send')).click();
  await alice.open();
  await expect(page.getByRole('link', { name: bob.name, exact: true })).toBeVisible();
  await shoot('7 list, marks');
  await page.getByRole('link', { name: bob.name, exact: true }).click();
  await page.getByRole('button', { name: say('timer_now_off') }).click();
  await page.getByRole('menuitem').nth(5).click();
  const secret = words('Say nothing of it.', 'N’en dites rien.');
  await write(alice, secret);
  await alice.open();
  await expect(page.getByText(say('list_last_timed'))).toBeVisible();
  await shoot('7 list, timed');
  await button(bob, say('message_options')).click();
  await item(bob, say('view_once')).click();
  await bob.page
    .getByRole('textbox', { name: say('message'), exact: true })
    .fill(words('The key is under the third pot.', 'La clé est sous le troisième pot.'));
  await button(bob, say('send')).click();
  await expect(page.getByText(say('list_last_once'))).toBeVisible();
  await shoot('7 list, once');
  await page.getByRole('link', { name: bob.name, exact: true }).click();
  await button(alice, say('once_hold')).click();
  await expect(page.getByText(say('once_short'))).toBeVisible();
  await shoot('8 a short press');
  await menuOf(alice, secret);
  await item(alice, say('delete_for_everyone')).click();
  await expect(page.getByText(say('erased_both'))).toBeVisible();
  await shoot('8 deleted for everyone');
  await bob.page.goto('about:blank');
  await expect(page.getByText(say('connection_waiting'))).toBeVisible({ timeout: 60_000 });
  await write(alice, words('Are you there?', 'Êtes-vous là ?'));
  await expect(page.getByText(say('away'))).toBeVisible();
  await shoot('9 it waits');
  await server.stop();
  await expect(page.getByText(say('offline_server'))).toBeVisible({ timeout: 60_000 });
  await shoot('9 no server');
  await button(alice, say('about', { name: bob.name })).click();
  await expect(dialog.getByRole('button', { name: say('try_again'), exact: true })).toBeVisible();
  await shoot('9 no server, about');
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await alice.context.setOffline(true);
  await expect(page.getByText(say('offline'))).toBeVisible();
  await shoot('9 no network');
  await alice.context.setOffline(false);
  await server.start();
  await bob.open();
  await bob.page.getByRole('navigation').getByRole('link').click();
  await expect(page.getByText(say('connection_connected'), { exact: true })).toBeVisible({ timeout: 60_000 });
  await button(bob, say('menu_conversation')).click();
  await item(bob, say('forget')).click();
  await button(bob, say('forget_now')).click();
  await expect(page.getByText(say('gone'))).toBeVisible();
  await shoot('9 ended');
});

async function opened(person: Person): Promise<Person> {
  await person.open();
  return person;
}
