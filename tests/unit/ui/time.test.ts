import { describe, expect, test } from 'vitest';
import {
  clockTime,
  dayLabel,
  dayNumber,
  duration,
  listTime,
  moment,
  shortDuration,
  timerChoices
} from '../../../src/lib/ui/time.ts';

/** Local time, so that the tests mean the same in every time zone. */
const at = (day: number, hour = 12, minute = 0): number => new Date(2026, 10, day, hour, minute).getTime();
const now = at(22, 15);

/** Intl separates "2:02" and "PM" by a narrow space in some versions and by an ordinary one in others. */
const plain = (text: string): string => text.replace(/[\u00a0\u202f]/g, ' ');

describe('days', () => {
  test('are named from today backwards, then dated', () => {
    expect(dayLabel('en', at(22, 1), now)).toBe('Today');
    expect(dayLabel('en', at(21, 23), now)).toBe('Yesterday');
    expect(dayLabel('en', at(18), now)).toBe('Wednesday');
    expect(dayLabel('en', at(2), now)).toBe('November 2');
    expect(dayLabel('en', new Date(2024, 1, 29).getTime(), now)).toBe('February 29, 2024');
    expect(dayLabel('fr', at(22, 1), now)).toBe('Aujourd’hui');
    expect(dayLabel('fr', at(18), now)).toBe('Mercredi');
  });

  test('follow the local midnight and not 24 hours', () => {
    expect(dayNumber(at(22, 0, 0)) - dayNumber(at(21, 23, 59))).toBe(1);
    // The nights of the summer time have 23 and 25 hours somewhere: every day is still one apart.
    for (let day = 1; day < 366; day += 1) {
      expect(
        dayNumber(new Date(2026, 0, day + 1).getTime()) - dayNumber(new Date(2026, 0, day).getTime())
      ).toBe(1);
    }
  });
});

describe('times', () => {
  test('are written as the language has them', () => {
    expect(plain(clockTime('en', at(22, 14, 2)))).toBe('2:02 PM');
    expect(clockTime('fr', at(22, 14, 2))).toBe('14:02');
  });

  test('in the list grow coarser with age', () => {
    expect(listTime('fr', at(22, 9, 5), now)).toBe('09:05');
    expect(listTime('en', at(20), now)).toBe('Fri');
    expect(listTime('en', at(2), now)).toBe('Nov 2');
    expect(listTime('en', new Date(2024, 1, 29).getTime(), now)).toBe('2/29/24');
  });

  test('of another day say which', () => {
    expect(moment('fr', at(22, 18), now)).toBe('18:00');
    expect(moment('fr', at(23, 18), now)).toContain('lundi');
  });
});

describe('durations', () => {
  test('name the menu of the self-destruct timer', () => {
    expect(timerChoices.slice(1).map((seconds) => duration('en', seconds))).toEqual([
      '5 seconds',
      '30 seconds',
      '1 minute',
      '5 minutes',
      '1 hour',
      '8 hours',
      '1 day',
      '1 week',
      '4 weeks'
    ]);
  });

  test('that are uneven name every unit', () => {
    expect(duration('en', 5_400)).toBe('1 hour, 30 minutes');
    expect(plain(duration('fr', 90))).toBe('1 minute et 30 secondes');
  });

  test('of a badge name the largest unit', () => {
    expect(shortDuration('en', 30)).toBe('30s');
    expect(shortDuration('en', 5_400)).toBe('1h');
    expect(shortDuration('en', 4 * 7 * 86_400)).toBe('4w');
  });
});
