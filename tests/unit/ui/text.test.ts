import { describe, expect, test } from 'vitest';
import { arrivedWith, forgetArrival, fragmentOf, takeFragment } from '../../../src/lib/ui/arrival.ts';
import { initial, matches, onlyEmoji, tint, utf8Length } from '../../../src/lib/ui/text.ts';

describe('text', () => {
  test('is measured in bytes of UTF-8', () => {
    expect(utf8Length('é')).toBe(2);
    expect(utf8Length('🎭')).toBe(4);
  });

  test('is found without case and accents', () => {
    expect(matches('eloise', 'Éloïse')).toBe(true);
    expect(matches(' TICKETS', null, 'two tickets')).toBe(true);
    expect(matches('laundry', 'Éloïse', null)).toBe(false);
  });

  test('is large when it is one to three emoji', () => {
    for (const emoji of ['🎭', '👩‍👩‍👧‍👦', '🇫🇷 🎭', '👍🏽👍🏽👍🏽']) expect(onlyEmoji(emoji)).toBe(true);
    for (const other of ['', '4711', '🎭 yes', '🎭🎭🎭🎭']) expect(onlyEmoji(other)).toBe(false);
  });

  test('gives an initial that is whole', () => {
    expect(initial(' éloïse')).toBe('É');
    expect(initial('👩‍👧 us')).toBe('👩‍👧');
    expect(initial('')).toBe('');
  });

  test('gives one of four tints', () => {
    for (const id of ['', 'a', 'b', 'conversation']) expect([0, 1, 2, 3]).toContain(tint(id));
  });
});

describe('an arrival by invitation', () => {
  function visit(pathname: string, hash: string): string[] {
    const shown: string[] = [];
    const history = { state: null, replaceState: (_: unknown, __: string, url: string) => shown.push(url) };
    takeFragment({ pathname, hash } as Location, history as unknown as History);
    return shown;
  }

  test('leaves the address bar at once and is kept in memory', () => {
    expect(visit('/join', '#secret')).toEqual(['/join']);
    expect(arrivedWith()).toBe('secret');
    forgetArrival();
    expect(arrivedWith()).toBe('');
  });

  test('touches no other page', () => {
    expect(visit('/', '#c=1')).toEqual([]);
    expect(visit('/join', '')).toEqual([]);
    expect(arrivedWith()).toBe('');
  });

  test('can be pasted whole or in part', () => {
    expect(fragmentOf(' https://example.org/join#secret\n')).toBe('secret');
    expect(fragmentOf('secret')).toBe('secret');
  });
});
