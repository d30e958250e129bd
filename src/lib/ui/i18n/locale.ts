import { locales, overwriteGetLocale } from './compiled/runtime.js';

export type Locale = (typeof locales)[number];

const rightToLeft = new Set(['ar', 'fa', 'he', 'ur']);

/** The first language of the reader's list that is spoken here; otherwise English. */
export function chooseLocale(wanted: readonly string[]): Locale {
  for (const tag of wanted) {
    const language = tag.toLowerCase().split('-')[0];
    const found = locales.find((locale) => locale === language);
    if (found !== undefined) return found;
  }
  return 'en';
}

export function direction(locale: string): 'ltr' | 'rtl' {
  return rightToLeft.has(locale) ? 'rtl' : 'ltr';
}

/** Once, before anything is rendered: messages are plain functions and do not change language by themselves. */
export function startLocale(root: HTMLElement, wanted: readonly string[]): void {
  const locale = chooseLocale(wanted);
  overwriteGetLocale(() => locale);
  root.lang = locale;
  root.dir = direction(locale);
}
