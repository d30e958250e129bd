/** Dates, times and durations in the reader's language. Pure: the clock and the language are parameters. */

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;
const week = 7 * day;

const formats = new Map<string, Intl.DateTimeFormat>();

/** Intl objects cost a millisecond each: one a language and shape. */
function dateFormat(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale + JSON.stringify(options);
  let format = formats.get(key);
  if (format === undefined) {
    format = new Intl.DateTimeFormat(locale, options);
    formats.set(key, format);
  }
  return format;
}

/** "14:02" or "2:02 PM", as the language has it. */
export function clockTime(locale: string, at: number): string {
  return dateFormat(locale, { timeStyle: 'short' }).format(at);
}

/** A number that grows by one a local day, so that summer time cannot shift it. */
export function dayNumber(at: number): number {
  const date = new Date(at);
  return Math.round(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / (day * 1000));
}

function capitalised(locale: string, text: string): string {
  return text.charAt(0).toLocaleUpperCase(locale) + text.slice(1);
}

/** Over a day's messages: Today, Yesterday, a weekday within the week, else the date. */
export function dayLabel(locale: string, at: number, now: number): string {
  const ago = dayNumber(now) - dayNumber(at);
  if (ago === 0 || ago === 1) {
    return capitalised(locale, new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(-ago, 'day'));
  }
  if (ago > 1 && ago < 7) return capitalised(locale, dateFormat(locale, { weekday: 'long' }).format(at));
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  const shape: Intl.DateTimeFormatOptions = { day: 'numeric', month: 'long' };
  return capitalised(locale, dateFormat(locale, sameYear ? shape : { ...shape, year: 'numeric' }).format(at));
}

/** In the list: the time today, the weekday within a week, else a short date. */
export function listTime(locale: string, at: number, now: number): string {
  const ago = dayNumber(now) - dayNumber(at);
  if (ago <= 0) return clockTime(locale, at);
  if (ago < 7) return dateFormat(locale, { weekday: 'short' }).format(at);
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return dateFormat(locale, sameYear ? { day: 'numeric', month: 'short' } : { dateStyle: 'short' }).format(
    at
  );
}

/** A moment to come or gone, with its day unless it is today. */
export function moment(locale: string, at: number, now: number): string {
  if (dayNumber(at) === dayNumber(now)) return clockTime(locale, at);
  return dateFormat(locale, { weekday: 'long', hour: 'numeric', minute: '2-digit' }).format(at);
}

/** With everything: what the details of a message say. */
export function fullMoment(locale: string, at: number): string {
  return dateFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' }).format(at);
}

type Unit = 'week' | 'day' | 'hour' | 'minute' | 'second';

const units: readonly (readonly [Unit, number])[] = [
  ['week', week],
  ['day', day],
  ['hour', hour],
  ['minute', minute],
  ['second', 1]
];

function inUnit(locale: string, value: number, unit: Unit, unitDisplay: 'long' | 'narrow'): string {
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay }).format(value);
}

/** "5 minutes", "4 weeks"; an uneven one as "1 hour, 30 minutes". */
export function duration(locale: string, seconds: number): string {
  const parts: string[] = [];
  let rest = seconds;
  for (const [unit, size] of units) {
    const value = Math.floor(rest / size);
    if (value === 0) continue;
    parts.push(inUnit(locale, value, unit, 'long'));
    rest -= value * size;
  }
  return new Intl.ListFormat(locale, { style: 'long', type: 'unit' }).format(parts);
}

/** For a badge: "5m", "4w", by its largest unit. */
export function shortDuration(locale: string, seconds: number): string {
  const [unit, size] = units.find(([, unitSize]) => seconds >= unitSize) ?? (['second', 1] as const);
  return inUnit(locale, Math.floor(seconds / size), unit, 'narrow');
}

/** The items of the self-destruct menu, in seconds; 0 is off. */
export const timerChoices = [0, 5, 30, minute, 5 * minute, hour, 8 * hour, day, week, 4 * week] as const;

export const timerUnits = [
  ['seconds', 1],
  ['minutes', minute],
  ['hours', hour],
  ['days', day],
  ['weeks', week]
] as const;

export const longestTimer = 52 * week;

/** The day of a moment as a date field has it: 2026-11-22. */
export function isoDay(at: number): string {
  const day = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${String(day.getFullYear()).padStart(4, '0')}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

/** When that day begins here; null: it is no date. */
export function dayStart(day: string): number | null {
  const at = new Date(`${day}T00:00:00`).getTime();
  return Number.isNaN(at) ? null : at;
}
