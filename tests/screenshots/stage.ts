/** What all walks through the app share: two devices, two languages, and how a picture is taken. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, type Person } from '../support/app.ts';
import { paint } from '../support/axe.ts';
import { DESKTOP, PHONE } from '../support/pair.ts';
import { ROOT, type Server } from '../support/server.ts';
import { speaking } from '../support/words.ts';

export { expect, type Person };

const FOLDER = join(ROOT, 'tests/screenshots/all');
/** What the README shows, beside this file. */
const KEPT: Readonly<Record<string, string>> = {
  '23 list and conversation, desktop, en, light.png': 'conversation.png',
  '43 conversation, phone, en, dark.png': 'phone.png',
  '06 join, phone, en, light.png': 'join.png'
};
const DEVICES = { phone: { ...PHONE, isMobile: true }, desktop: DESKTOP } as const;
const PLAIN = {
  'forced dark': { forcedColors: 'active', colorScheme: 'dark' },
  'forced light': { forcedColors: 'active', colorScheme: 'light' },
  'contrast light': { forcedColors: null, contrast: 'more', colorScheme: 'light' },
  'contrast dark': { forcedColors: null, contrast: 'more', colorScheme: 'dark' }
} as const;
const LOCALES = { en: 'en-US', fr: 'fr-FR' } as const;

export interface Stage {
  readonly language: 'en' | 'fr';
  readonly device: keyof typeof DEVICES;
  readonly viewport: { readonly width: number; readonly height: number };
  readonly server: Server;
  readonly say: ReturnType<typeof speaking>;
  /** One of the two languages' own words. */
  readonly words: (english: string, french: string) => string;
  readonly enter: (name: string) => Promise<Person>;
  readonly shoot: (name: string, who: Person) => Promise<void>;
  /** With the system's few colours, and with more contrast. */
  readonly shootPlain: (name: string, who: Person) => Promise<void>;
  readonly button: (who: Person, name: string) => ReturnType<Person['page']['getByRole']>;
  readonly item: (who: Person, name: string) => ReturnType<Person['page']['getByRole']>;
  readonly write: (who: Person, text: string) => Promise<void>;
  readonly meet: (host: Person, guest: Person) => Promise<void>;
  readonly menuOf: (who: Person, text: string) => Promise<void>;
}

/** The same walk on every device, in every language. */
export function walk(name: string, act: (stage: Stage) => Promise<void>): void {
  for (const language of ['en', 'fr'] as const)
    for (const device of ['phone', 'desktop'] as const)
      test(`${name}, ${language}, ${device}`, async ({ person, server }) => {
        const say = speaking(language);
        const button = (who: Person, named: string) =>
          who.page.getByRole('button', { name: named, exact: true });
        const write = async (who: Person, text: string): Promise<void> => {
          await who.page.getByRole('textbox', { name: say('message'), exact: true }).fill(text);
          await button(who, say('send')).click();
          await expect(
            who.page.getByRole('log').getByRole('paragraph').getByText(text, { exact: true })
          ).toBeVisible();
        };
        await act({
          ...{ language, device, server, say, button, write },
          viewport: DEVICES[device].viewport,
          words: (english, french) => (language === 'en' ? english : french),
          enter: (who) => person(who, { ...DEVICES[device], locale: LOCALES[language] }),
          item: (who, named) => who.page.getByRole('menuitem', { name: named, exact: true }),
          shoot: async (shown, who) => {
            // Where it points at nothing: what is pointed at looks otherwise.
            await who.page.mouse.move(0, 0);
            for (const scheme of ['light', 'dark'] as const) {
              await paint(who.page, scheme);
              const file = `${shown}, ${device}, ${language}, ${scheme}.png`;
              // Let on: ended early, a timed message would have burnt.
              await who.page.screenshot({ path: join(FOLDER, file), animations: 'allow' });
              const kept = KEPT[file];
              if (kept !== undefined) copyFileSync(join(FOLDER, file), join(FOLDER, '..', kept));
            }
          },
          shootPlain: async (shown, { page }) => {
            for (const [look, media] of Object.entries(PLAIN)) {
              await page.emulateMedia(media);
              await page.screenshot({
                path: join(FOLDER, `${shown}, ${device}, ${language}, ${look}.png`),
                animations: 'allow'
              });
            }
            await page.emulateMedia({ forcedColors: null, contrast: null });
          },
          meet: async (host, guest) => {
            await button(host, say('new_conversation')).click();
            const link = host.page.getByRole('textbox', { name: say('invite_link') });
            await expect(link).toHaveValue(/#/);
            await guest.page.goto(await link.inputValue());
            await guest.page.getByRole('textbox', { name: say('join_name') }).fill(guest.name);
            await button(guest, say('join')).click();
            await expect(host.page.getByRole('heading', { name: guest.name, exact: true })).toBeVisible();
            await expect(guest.page.getByRole('log')).toBeVisible();
          },
          menuOf: async (who, text) => {
            const article = who.page
              .getByRole('article')
              .filter({ has: who.page.getByRole('paragraph').getByText(text, { exact: true }) });
            await article.getByRole('button', { name: say('message_actions') }).focus();
            await who.page.keyboard.press('Enter');
            await expect(who.page.getByRole('menu')).toBeVisible();
          }
        });
      });
}
