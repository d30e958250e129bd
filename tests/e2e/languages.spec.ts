/** Every word comes from the catalogue, and has room: in a language two fifths longer, also from right to left. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LONG, expect, test, type Person } from '../support/app.ts';
import { cut, escaped, pseudo, pseudoScript, speakPseudo } from '../support/pseudo.ts';
import { BUILD } from '../support/server.ts';
import { catalogue } from '../support/words.ts';

const SAID = ['Alice', 'Bob', 'a word', 'مرحبا'];
const english = catalogue('en');
const say = (key: string, inputs: Readonly<Record<string, string>> = {}): string =>
  pseudo(english.get(key)?.at(-1) ?? key).replace(/\{(\w+)\}/g, (_, name: string) => inputs[name] ?? '');

test('every message of the catalogue is in the app, and can be found there', () => {
  const found = new Set<string>();
  const scripts = join(BUILD, 'app/_app/immutable');
  for (const path of readdirSync(scripts, { recursive: true, encoding: 'utf8' })) {
    if (path.endsWith('.js')) pseudoScript(readFileSync(join(scripts, path), 'utf8'), found);
  }
  expect([...english.keys()].filter((key) => !found.has(key))).toEqual([]);
});

for (const [direction, viewport] of [
  ['rtl', { width: 320, height: 640 }],
  ['ltr', { width: 390, height: 844 }],
  ['rtl', { width: 1280, height: 800 }]
] as const) {
  test(
    `nothing is cut or left untranslated, ${direction}, ${String(viewport.width)} px wide`,
    viewport.width > 320 ? LONG : {},
    async ({ person }) => {
      const alice = await person('Alice', { viewport });
      const bob = await person('Bob', { viewport });
      for (const { context } of [alice, bob]) await speakPseudo(context, direction);
      const check = async (where: string, who: Person = alice): Promise<void> => {
        await expect
          .poll(() => escaped(who.page, SAID), { message: `${where}: not from the catalogue` })
          .toEqual([]);
        await expect.poll(() => cut(who.page), { message: `${where}: no room` }).toEqual([]);
      };
      const button = (key: string, who = alice) =>
        who.page.getByRole('button', { name: say(key), exact: true });

      await alice.open();
      await expect(button('new_conversation')).toBeVisible();
      expect(await alice.page.evaluate(() => document.documentElement.dir)).toBe(direction);
      await check('home');
      await button('new_conversation').click();
      const link = alice.page.getByRole('textbox', { name: say('invite_link') });
      await expect(link).toHaveValue(/#/);
      SAID.push(await link.inputValue());
      await check('new conversation');
      await bob.page.goto(await link.inputValue());
      await expect(button('join', bob)).toBeVisible();
      await check('join', bob);
      await bob.page.getByRole('textbox', { name: say('join_name') }).fill('Bob');
      await button('join', bob).click();
      await expect(alice.page.getByRole('heading', { name: 'Bob' })).toBeVisible();
      const field = alice.page.getByRole('textbox', { name: say('message'), exact: true });
      for (const text of ['a word', 'مرحبا']) {
        await field.fill(text);
        await button('send').click();
        await expect(bob.page.getByRole('log').getByText(text, { exact: true })).toBeVisible();
      }
      await check('conversation');
      for (const key of ['menu_conversation', 'timer_now_off'] as const) {
        await button(key).click();
        await expect(alice.page.getByRole('menu')).toBeVisible();
        await check(key);
        await alice.page.keyboard.press('Escape');
      }
      await alice.page.keyboard.press('Control+/');
      await expect(alice.page.getByRole('dialog')).toBeVisible();
      await check('help');
      await alice.open();
      await alice.page.getByRole('button', { name: say('row_menu', { name: 'Bob' }) }).focus();
      await alice.page.keyboard.press('Enter');
      await expect(alice.page.getByRole('menu')).toBeVisible();
      await check('list, menu');
      await alice.page.keyboard.press('End');
      await alice.page.keyboard.press('Enter');
      await expect(alice.page.getByRole('dialog')).toBeVisible();
      await check('forget');
      await alice.open('/settings');
      await expect(alice.page.getByRole('heading', { name: say('settings'), exact: true })).toBeVisible();
      await check('settings');
    }
  );
}
