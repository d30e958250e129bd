/**
 * Wrong passphrases make the next one wait. The count is on the disk before an attempt is looked at, so that neither a
 * reload nor a killed page makes attempts cheaper. It stops a hand at the keyboard; who has copied the disk is stopped
 * by scrypt alone.
 */
const SECOND = 1_000;
/** After so many wrong ones in a row; the last goes for all further ones. */
const WAITS = [0, 0, 0, 0, 5, 15, 30, 60, 120, 300].map((seconds) => seconds * SECOND);

/** As it lies on the disk. */
export interface Attempts {
  readonly count: number;
  readonly at: number;
}

export const NO_ATTEMPTS: Attempts = { count: 0, at: 0 };

/**
 * Whatever lies there: at worst somebody waits as long as after many. A clock that was turned back since begins the
 * wait anew, and does not make it longer.
 */
export function attemptsFrom(value: unknown, now: number): Attempts {
  if (typeof value !== 'object' || value === null) return NO_ATTEMPTS;
  const { count, at } = value as Partial<Record<string, unknown>>;
  return Number.isSafeInteger(count) && Number(count) >= 0 && Number.isFinite(at)
    ? { count: Number(count), at: Math.min(Number(at), now) }
    : NO_ATTEMPTS;
}

export function another({ count }: Attempts, now: number): Attempts {
  return { count: Math.min(count + 1, WAITS.length), at: now };
}

/** When the next one is listened to; 0: at any time. */
export function notBefore({ count, at }: Attempts): number {
  const wait = WAITS[Math.min(count, WAITS.length - 1)] ?? 0;
  return wait === 0 ? 0 : at + wait;
}
