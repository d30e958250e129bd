import { describe, expect, test } from 'vitest';
import { symbolOf } from '../../../src/lib/ui/symbols.ts';

const numbers = Array.from({ length: 64 }, (_, number) => number);
const locales = ['en', 'fr'] as const;

/** Levenshtein's distance: how many letters somebody must mishear. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const [left = 0, above = 0, across = 0] = [next[j - 1], row[j], row[j - 1]];
      next.push(Math.min(left + 1, above + 1, across + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

const spoken = (name: string): string =>
  name
    .normalize('NFD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase();

describe('the 64 symbols', () => {
  test('are 64 different pictures, and there is no other', () => {
    expect(new Set(numbers.map((number) => symbolOf(number, 'en').picture)).size).toBe(64);
    for (const number of [-1, 64, 1.5, NaN]) expect(() => symbolOf(number, 'en')).toThrow(RangeError);
  });

  test('are each one character that is drawn as a picture by itself: no skin, sex, flag or variation', () => {
    for (const number of numbers) {
      expect(symbolOf(number, 'en').picture).toMatch(/^\p{Emoji_Presentation}$/u);
      expect(symbolOf(number, 'en').picture).not.toMatch(/\p{Emoji_Modifier_Base}|\p{Regional_Indicator}/u);
    }
  });

  test.each(locales)('have names in %s, which are read and said as they are', (locale) => {
    for (const number of numbers) {
      expect(symbolOf(number, locale).name).toMatch(/^\p{Lu}[\p{Ll}]+(?:[ -]\p{Ll}+)*$/u);
    }
  });

  test('are the same picture in every language', () => {
    for (const number of numbers) {
      expect(symbolOf(number, 'fr').picture).toBe(symbolOf(number, 'en').picture);
    }
  });

  // "Lion" and "lemon", "corn" and "crown", "cat" and "crab" were here once.
  test.each(locales)('sound unlike each other in %s', (locale) => {
    const names = numbers.map((number) => spoken(symbolOf(number, locale).name));
    const alike: string[] = [];
    names.forEach((a, index) => {
      for (const b of names.slice(index + 1)) {
        const apart = distance(a, b) / Math.max(a.length, b.length);
        if (apart < 0.5 || a.startsWith(b) || b.startsWith(a)) alike.push(`${a} / ${b}`);
      }
    });
    expect(alike).toEqual([]);
  });

  // A version that numbered them otherwise would tell two honest people that somebody is in between.
  test('keep their numbers', () => {
    const all = numbers.map((number) => symbolOf(number, 'en').picture).join('');
    expect(all).toBe(
      '🐶🐱🦁🐴🐘🐰🐼🐧🐢🐙🦋🦉🐍🐳🐓🐠🐪🐑⭐🌵🍄🌻🍀🌙🔥🌈⛄⚡🌍🌋🍎🍓' +
        '🥦🍇🥕🍕🍩🥨☕☔⌛⏰🚑📖🍯🔑🔨🚂🚲🚀🎸🎺🥁⚓🎧⛺👑💎🔬🎹🔔🚜🚁👻'
    );
  });
});
