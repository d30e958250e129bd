import { locales } from './i18n/compiled/runtime.js';

/**
 * How the page looks and speaks. It is no secret, and it is wanted before the first paint, when the database is not
 * open yet: so it lies in localStorage, in clear. A small script in app.html reads the first two.
 */
export interface Preferences {
  readonly theme: 'system' | 'light' | 'dark';
  readonly size: 'small' | 'normal' | 'large' | 'largest';
  readonly language: 'system' | (typeof locales)[number];
}

/** What can be chosen, each with its default first. */
export const choices: {
  readonly [Name in keyof Preferences]: readonly [Preferences[Name], ...Preferences[Name][]];
} = {
  theme: ['system', 'light', 'dark'],
  size: ['normal', 'small', 'large', 'largest'],
  language: ['system', ...locales]
};

const key = (name: keyof Preferences): string => `aparte.${name}`;

type Shelf = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

function read<Name extends keyof Preferences>(shelf: Shelf, name: Name): Preferences[Name] {
  const options = choices[name];
  // An older or newer version may have had other choices.
  return options.find((option) => option === shelf.getItem(key(name))) ?? options[0];
}

/** Where storage is blocked nothing was ever chosen. */
export function readPreferences(shelf: () => Shelf): Preferences {
  try {
    const kept = shelf();
    return { theme: read(kept, 'theme'), size: read(kept, 'size'), language: read(kept, 'language') };
  } catch {
    return { theme: 'system', size: 'normal', language: 'system' };
  }
}

/** A default is kept by keeping nothing. */
export function keepPreferences(shelf: () => Shelf, preferences: Preferences): void {
  try {
    const kept = shelf();
    for (const name of ['theme', 'size', 'language'] as const) {
      if (preferences[name] === choices[name][0]) kept.removeItem(key(name));
      else kept.setItem(key(name), preferences[name]);
    }
  } catch {
    // It holds for as long as this page is open.
  }
}

/** All but the language, which is settled before anything is rendered (i18n/locale.ts). */
export function showPreferences(page: Document, { theme, size }: Preferences): void {
  const { dataset } = page.documentElement;
  if (theme === 'system') delete dataset.theme;
  else dataset.theme = theme;
  if (size === 'normal') delete dataset.size;
  else dataset.size = size;
  // The colour of the browser's own bars: one for each scheme, and the chosen one for both.
  for (const bar of page.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
    const scheme = (bar.dataset.scheme ??= bar.media.includes('dark') ? 'dark' : 'light');
    bar.media =
      theme === 'system' ? `(prefers-color-scheme: ${scheme})` : theme === scheme ? 'all' : 'not all';
  }
}
