import { folded } from '../engine/fold.ts';

/** Protocol, section 12. */
export const textLimit = 8_000;
export const nameLimit = 64;

const encoder = new TextEncoder();

export function utf8Length(text: string): number {
  return encoder.encode(text).length;
}

export function matches(query: string, ...texts: readonly (string | null)[]): boolean {
  const wanted = folded(query.trim());
  return texts.some((text) => text !== null && folded(text).includes(wanted));
}

const sizes = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** "1.3 MB": a number of bytes in its largest unit. */
export function size(locale: string, bytes: number): string {
  const power = Math.min(sizes.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = bytes / 1_000 ** power;
  const maximumFractionDigits = value < 10 && power > 0 ? 1 : 0;
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: sizes[power] ?? 'byte',
    maximumFractionDigits
  }).format(value);
}

const segmenter = new Intl.Segmenter();

/** One to three emoji and nothing else are shown large. */
export function onlyEmoji(text: string): boolean {
  if (text.length > 48) return false;
  const letters = [...segmenter.segment(text.replace(/\s/g, ''))].map(({ segment }) => segment);
  if (letters.length < 1 || letters.length > 3) return false;
  return letters.every((letter) => /^(?:\p{Extended_Pictographic}|\p{Regional_Indicator})/u.test(letter));
}

/** The letter of an avatar: the first of the name, whole even outside the basic plane. */
export function initial(name: string): string {
  const [first] = segmenter.segment(name.trim());
  return first?.segment.toLocaleUpperCase() ?? '';
}

/** The same conversation always has the same of four tints. */
export function tint(id: string): number {
  let sum = 0;
  for (const letter of id) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 9973;
  return sum % 4;
}
