import english from 'emojibase-data/en/compact.json';
import shortcodes from 'emojibase-data/en/shortcodes/github.json';
import french from 'emojibase-data/fr/compact.json';
import { describe, expect, test } from 'vitest';
import {
  EmojiBook,
  finishedCode,
  groups,
  quickReactions,
  recentEmoji,
  startedCode
} from '../../../src/lib/ui/emoji/emoji.ts';
import { pack } from '../../../src/lib/ui/emoji/pack.ts';

const packed = pack(english, french, shortcodes);
const book = new EmojiBook(packed);
const found = (query: string): string[] => book.find(query, 40).map(({ text }) => text);

describe('the book of emoji', () => {
  test('has every group, and nothing that nobody sends', () => {
    for (const [group, sign] of groups) {
      expect(book.group(group).map(({ text }) => text)).toContain(sign);
    }
    expect(book.group(2)).toEqual([]);
    const all = groups.flatMap(([group]) => book.group(group));
    expect(all.length).toBe(packed.split('\n').length);
    expect(new Set(all.map(({ text }) => text)).size).toBe(all.length);
  });

  test('knows the quick reactions', () => {
    for (const text of quickReactions) expect(book.known(text), text).toBeDefined();
  });

  test('is searched in both languages, whatever the case and the accents', () => {
    for (const query of ['strawberry', 'FRAISE', 'fraise', 'strawb']) expect(found(query)[0]).toBe('🍓');
    expect(found('théâtre')).toContain('🎭');
    expect(found('theatre')).toContain('🎭');
    expect(found('red heart')[0]).toBe('❤️');
    expect(found('coeur rouge')).toContain('❤️');
    expect(found('no such thing')).toEqual([]);
    expect(() => found('([\\')).not.toThrow();
  });

  test('puts the code that was written first', () => {
    expect(found('smile')[0]).toBe('😄');
    expect(found('+1')[0]).toBe('👍');
    expect(book.coded('tada')?.text).toBe('🎉');
    expect(book.coded('tad')).toBeUndefined();
    expect(book.coded('constructor')).toBeUndefined();
  });
});

describe('what is being written', () => {
  test.each([
    ['hello :smi', 'smi'],
    [':smi', 'smi'],
    ['(:smi', 'smi'],
    ['hello :s', null],
    ['10:30', null],
    ['https://', null],
    ['a:bc', null],
    ['::ab', null],
    [':smile: ', null],
    [': smile', null]
  ])('%s', (before, code) => {
    expect(startedCode(before)).toBe(code);
  });

  test.each([
    ['hello :tada:', 'tada'],
    [':+1:', '+1'],
    ['10:30:', null],
    ['a:tada:', null],
    [':tada: ', null]
  ])('%s', (before, code) => {
    expect(finishedCode(before)).toBe(code);
  });
});

test('recent emoji are those of one’s own words, the newest first', () => {
  expect(recentEmoji(['a 🎭', '👩‍👩‍👧‍👦 and ❤️', 'no 1 © #', '🎭'], 3)).toEqual(['🎭', '👩‍👩‍👧‍👦', '❤️']);
  expect(recentEmoji(['👍🏽 🇫🇷'], 1)).toEqual(['👍🏽']);
});
