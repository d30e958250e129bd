/** Not a test: it walks through the app and looks at every screen. The pictures are in tests/screenshots/all. */
import { join } from 'node:path';
import { expect, test, type Person } from '../support/app.ts';
import { DESKTOP, PHONE } from '../support/pair.ts';
import { ROOT } from '../support/server.ts';
import { speaking } from '../support/words.ts';
import { paint } from '../support/axe.ts';

const FOLDER = join(ROOT, 'tests/screenshots/all');
const DEVICES = { phone: { ...PHONE, isMobile: true }, desktop: DESKTOP } as const;
const LOCALES = { en: 'en-US', fr: 'fr-FR' } as const;

const SAID = {
  en: [
    ['I have two tickets for Thursday.', 'The small theatre, row F.'],
    ['Row F is where one hears the whispers.', 'I would not miss it.'],
    ['Then meet me at the stage door.']
  ],
  fr: [
    ['J’ai deux places pour jeudi.', 'Le petit théâtre, rang F.'],
    ['Au rang F, on entend les murmures.', 'Je ne manquerais cela pour rien.'],
    ['Alors retrouvons-nous à l’entrée des artistes.']
  ]
} as const;

for (const language of ['en', 'fr'] as const) {
  for (const device of ['phone', 'desktop'] as const) {
    test(`${language}, ${device}`, async ({ person }) => {
      const say = speaking(language);
      const options = { ...DEVICES[device], locale: LOCALES[language] };
      const alice = await person('Alice', options);
      const bob = await person('Béatrice', options);
      const shoot = async (name: string, who: Person = alice): Promise<void> => {
        for (const scheme of ['light', 'dark'] as const) {
          await paint(who.page, scheme);
          await who.page.screenshot({
            path: join(FOLDER, `${name}, ${device}, ${language}, ${scheme}.png`),
            animations: 'disabled'
          });
        }
      };
      const button = (name: string, who = alice) => who.page.getByRole('button', { name, exact: true });
      const item = (name: string) => alice.page.getByRole('menuitem', { name, exact: true });
      const back = async (): Promise<void> => alice.page.keyboard.press('Escape');
      const type = (who: Person, text: string): Promise<void> =>
        who.page.getByRole('textbox', { name: say('message'), exact: true }).fill(text);
      const write = async (who: Person, text: string): Promise<void> => {
        await type(who, text);
        await button(say('send'), who).click();
        await expect(who.page.getByRole('log').getByText(text, { exact: true })).toBeVisible();
      };

      await alice.open();
      await expect(button(say('new_conversation'))).toBeVisible();
      await shoot('01 first run');
      await button(say('new_conversation')).click();
      const link = alice.page.getByRole('textbox', { name: say('invite_link') });
      await expect(link).toHaveValue(/#/);
      await shoot('02 new conversation');
      await bob.open('/join');
      await expect(bob.page.getByRole('heading', { name: say('join_paste_title') })).toBeVisible();
      await shoot('03 join without a link', bob);
      await bob.page.goto(await link.inputValue());
      await expect(button(say('join'), bob)).toBeVisible();
      await shoot('04 join', bob);
      await bob.page.getByRole('textbox', { name: say('join_name') }).fill(bob.name);
      await button(say('join'), bob).click();
      await expect(alice.page.getByRole('heading', { name: bob.name })).toBeVisible();
      await expect(bob.page.getByRole('log')).toBeVisible();
      await shoot('05 conversation without a word');

      const [first, second, third] = SAID[language];
      for (const text of first) await write(alice, text);
      for (const text of second) await write(bob, text);
      for (const text of third) await write(alice, text);
      await alice.page.getByRole('button', { name: say('timer_now_off') }).click();
      await shoot('06 timer menu');
      await item(say('timer_custom')).click();
      await shoot('07 custom timer');
      await back();
      await alice.page.getByRole('button', { name: say('timer_now_off') }).click();
      await alice.page.getByRole('menuitem').nth(5).click();
      await write(alice, language === 'en' ? 'Say nothing of it to anybody.' : 'N’en dites rien à personne.');
      await shoot('08 conversation');
      await button(say('menu_conversation')).click();
      await shoot('09 conversation menu');
      await item(say('verify')).click();
      await expect(alice.page.getByRole('dialog')).toBeVisible();
      await shoot('10 verify');
      await back();
      await button(say('connection_details')).click();
      await shoot('11 connection details');
      await back();
      await alice.page.keyboard.press('Control+f');
      await alice.page.getByRole('combobox').fill('f');
      await shoot('12 search in a conversation');
      await back();

      for (const name of ['Noé', 'Ottilie', 'Samuel']) {
        await alice.open();
        await button(say('new_conversation')).click();
        await expect(link).toHaveValue(/#/);
        const guest = await person(name, options);
        await guest.page.goto(await link.inputValue());
        await guest.page.getByRole('textbox', { name: say('join_name') }).fill(name);
        await button(say('join'), guest).click();
        await expect(alice.page.getByRole('heading', { name, exact: true })).toBeVisible();
        await expect(guest.page.getByRole('log')).toBeVisible();
        await write(
          guest,
          language === 'en' ? 'Are you there? I found the play.' : 'Êtes-vous là ? J’ai trouvé la pièce.'
        );
        if (name === 'Samuel') await type(alice, language === 'en' ? 'About Thursday' : 'Pour jeudi');
        await expect(alice.page.getByRole('log').getByRole('article')).toHaveCount(1);
        if (name !== 'Noé') await guest.close();
      }
      await alice.open();
      const row = (name: string) => alice.page.getByRole('link', { name, exact: true });
      const menu = async (name: string): Promise<void> => {
        await row(name).locator('..').getByRole('button').focus();
        await alice.page.keyboard.press('Enter');
        await expect(alice.page.getByRole('menu')).toBeVisible();
      };
      await menu(bob.name);
      await item(say('pin')).click();
      await menu('Ottilie');
      await item(say('mute')).click();
      await shoot('13 mute');
      await item(say('mute_ever')).click();
      await expect(alice.page.getByRole('menu')).toHaveCount(0);
      await menu('Noé');
      await item(say('mark_unread')).click();
      await shoot('14 list');
      await menu('Ottilie');
      await shoot('15 list, menu');
      await item(say('archive')).click();
      await alice.page.getByText(say('archived'), { exact: true }).click();
      await shoot('16 list, archive');
      await menu('Noé');
      await item(say('forget')).click();
      await shoot('17 forget');
      await back();
      const field = alice.page.getByRole('searchbox');
      await field.fill(language === 'en' ? 'thur' : 'jeu');
      await expect(alice.page.getByRole('heading', { name: say('search_messages') })).toBeVisible();
      await shoot('18 search');
      await field.fill('zzz');
      await shoot('19 search, nothing');
      await field.fill('');
      await alice.page.keyboard.press('Control+k');
      await alice.page.getByRole('combobox').fill('o');
      await shoot('20 switcher');
      await back();
      await alice.page.keyboard.press('Control+/');
      await expect(alice.page.getByRole('dialog')).toBeVisible();
      await shoot('21 help');
      await back();

      await alice.open('/settings');
      await expect(alice.page.getByRole('heading', { name: say('settings') })).toBeVisible();
      await shoot('22 settings');
      const { width, height } = DEVICES[device].viewport;
      await alice.page.setViewportSize({ width, height: device === 'phone' ? 3_000 : 2_500 });
      await shoot('23 settings, whole');
      await alice.page.setViewportSize({ width, height });
      const other = await alice.newTab();
      await other.close();
      await button(say('erase_title')).click();
      await shoot('24 delete everything');
      const dialog = alice.page.getByRole('dialog');
      await dialog.getByRole('textbox').fill(say('erase_word'));
      await dialog.getByRole('button', { name: say('erase_title') }).click();
      await expect(alice.page.getByRole('heading', { name: say('erased_title') })).toBeVisible();
      await shoot('25 erased');
    });
  }
}
