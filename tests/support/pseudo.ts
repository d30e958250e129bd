/**
 * A language that nobody speaks, made while a test runs: every message in accented letters, two fifths longer, between
 * marks. Nothing of it is in the app: the English of its scripts is replaced on the way to the browser.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright/test';
import { symbolOf } from '../../src/lib/ui/symbols.ts';
import { BUILD } from './server.ts';
import { catalogue } from './words.ts';

const LETTERS = new Map(
  Object.entries({
    ...{ a: 'å', c: 'ç', d: 'ð', e: 'é', g: 'ğ', h: 'ĥ', i: 'ï', k: 'ķ', l: 'ł', n: 'ñ', o: 'ö', r: 'ř' },
    ...{ s: 'š', t: 'ţ', u: 'ü', w: 'ŵ', y: 'ý', z: 'ž', A: 'Å', C: 'Ç', D: 'Ð', E: 'É', G: 'Ğ', I: 'Ï' },
    ...{ N: 'Ñ', O: 'Ö', R: 'Ř', S: 'Š', T: 'Ţ', U: 'Ü', W: 'Ŵ', Y: 'Ý', Z: 'Ž', j: 'ĵ', m: 'ṁ', p: 'þ' }
  })
);

/** "[!! Šéñð ~ !!]": what is between braces stays what it is. */
export function pseudo(text: string): string {
  const letters = text.replace(/\{\w+\}/g, '').length;
  const accented = text.replace(/\{\w+\}|./gsu, (part) => LETTERS.get(part) ?? part);
  const longer = ' ~~~~'.repeat(Math.ceil((letters * 0.4) / 5));
  return `[!! ${accented}${longer} !!]`;
}

/** English as the build has it: in the bodies of small functions, and in the branches of those that count. */
const LITERAL = /(=>|[?:])`([^`]*)`/g;

/** Replaces every message in a script of the build; tells the keys of those that it found. */
export function pseudoScript(script: string, found = new Set<string>()): string {
  LITERAL.lastIndex = 0;
  let out = '';
  let copied = 0;
  for (let match = LITERAL.exec(script); match !== null; match = LITERAL.exec(script)) {
    const [whole, before = '', literal = ''] = match;
    const blanks = new Map<string, string>();
    const text = literal.replace(/\$\{(\w+\?\.(\w+))\}/g, (_, code: string, name: string) => {
      blanks.set(name, code);
      return `{${name}}`;
    });
    const keys = KEYS.get(text);
    if (keys === undefined) {
      // It may be the end of one literal and the beginning of the next.
      LITERAL.lastIndex = match.index + before.length + 1;
      continue;
    }
    for (const key of keys) found.add(key);
    const said = pseudo(text).replace(/\{(\w+)\}/g, (_, name: string) => `\${${blanks.get(name) ?? ''}}`);
    out += `${script.slice(copied, match.index)}${before}\`${said}\``;
    copied = match.index + whole.length;
  }
  return out + script.slice(copied);
}

const KEYS = new Map<string, string[]>();
for (const [key, texts] of catalogue('en')) {
  for (const text of texts) KEYS.set(text, [...(KEYS.get(text) ?? []), key]);
}

const translations = new Map<string, string>();

function translated(path: string): string {
  const known = translations.get(path);
  if (known !== undefined) return known;
  const script = pseudoScript(readFileSync(join(BUILD, 'app', path), 'utf8'));
  translations.set(path, script);
  return script;
}

/** From now on the app speaks it to this browser, which has no service worker then: its copies are the real ones. */
export async function speakPseudo(context: BrowserContext, direction: 'ltr' | 'rtl'): Promise<void> {
  await context.route('**/*.js', async (route) => {
    const { pathname } = new URL(route.request().url());
    await route.fulfill({ contentType: 'text/javascript', body: translated(pathname) });
  });
  await context.addInitScript((wanted) => {
    delete (Navigator.prototype as { serviceWorker?: unknown }).serviceWorker;
    const turn = (): void => {
      if (document.documentElement.dir !== wanted) document.documentElement.dir = wanted;
    };
    new MutationObserver(turn).observe(document, {
      attributes: true,
      subtree: true,
      attributeFilter: ['dir']
    });
  }, direction);
}

/** They have a table of their own, with one word in each language. */
const SYMBOLS = new Set(Array.from({ length: 64 }, (_, number) => symbolOf(number, 'en').name));

/** What people said, what Intl says, and what is the same in every language. */
const OF_NO_LANGUAGE = [
  /^[^\p{L}]*$/u,
  /^\p{L}$/u,
  /^(?:Today|Yesterday|\p{L}{3,9}day)$/u,
  /^\d{1,2}:\d\d\s[AP]M$/,
  /^\d+ (?:second|minute|hour|day|week)s?$/,
  /^\d+[smhdw]$/,
  /^(?:English|Français)$/,
  /^F10$|^Alt$/
];

/** Words on the page that do not come from the catalogue; `said` are those of people. */
export async function escaped(page: Page, said: readonly string[]): Promise<string[]> {
  const texts = await page.evaluate(() => {
    const out = new Set<string>();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const parent = node.parentElement;
      if (parent?.closest('script, style, noscript, #svelte-announcer') !== null) continue;
      out.add(node.nodeValue?.trim() ?? '');
    }
    for (const element of document.body.querySelectorAll('*')) {
      for (const name of [
        'aria-label',
        'aria-description',
        'aria-roledescription',
        'placeholder',
        'title',
        'alt'
      ])
        out.add(element.getAttribute(name)?.trim() ?? '');
    }
    return [...out];
  });
  return texts.filter(
    (text) =>
      !text.includes('[!!') &&
      !said.includes(text) &&
      !SYMBOLS.has(text) &&
      !OF_NO_LANGUAGE.some((pattern) => pattern.test(text))
  );
}

/** What does not fit: words outside the window, out of their box, or cut where nobody meant to cut. */
export async function cut(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const out: string[] = [];
    const { innerWidth } = window;
    if (document.documentElement.scrollWidth > innerWidth) out.push('the page scrolls sideways');
    for (const element of document.body.querySelectorAll<HTMLElement>('*')) {
      const own = [...element.childNodes].some(
        (node) => node.nodeType === 3 && node.nodeValue?.trim() !== ''
      );
      if (!own || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
      const style = getComputedStyle(element);
      // What only screen readers hear; what is told on several lines and no more; names that may be long.
      if (element.closest('.sr-only') !== null || style.clipPath !== 'none') continue;
      const said = element.textContent.trim();
      const { left, right } = element.getBoundingClientRect();
      if (left < -1 || right > innerWidth + 1) out.push(`outside the window: ${said}`);
      if (style.display === 'inline' || style.webkitLineClamp !== 'none') continue;
      const spills = element.scrollWidth > element.clientWidth + 1;
      const meant = style.textOverflow === 'ellipsis' && !said.startsWith('[!!');
      if (spills && !meant && element.clientWidth > 0) out.push(`wider than its box: ${said}`);
      const low = element.scrollHeight > element.clientHeight + 2 && style.overflowY === 'hidden';
      if (low) out.push(`higher than its box: ${said}`);
    }
    return out;
  });
}
