import { describe, expect, test } from 'vitest';
import { chooseLocale } from '../../../src/lib/ui/i18n/locale.ts';
import { isMuted } from '../../../src/lib/ui/list.ts';
import { keepPreferences, readPreferences, type Preferences } from '../../../src/lib/ui/preferences.ts';

const plain: Preferences = { theme: 'system', size: 'normal', language: 'system' };

function shelf() {
  const kept = new Map<string, string>();
  return {
    kept,
    open: () => ({
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
      removeItem: (key: string) => void kept.delete(key)
    })
  };
}

describe('preferences', () => {
  test('are the defaults until something is chosen, and again when it is taken back', () => {
    const { kept, open } = shelf();
    expect(readPreferences(open)).toEqual(plain);
    const chosen: Preferences = { theme: 'dark', size: 'large', language: 'fr' };
    keepPreferences(open, chosen);
    expect(readPreferences(open)).toEqual(chosen);
    expect(kept.size).toBe(3);
    keepPreferences(open, plain);
    expect(kept.size).toBe(0);
  });

  test('of another version are not believed', () => {
    const { kept, open } = shelf();
    kept.set('aparte.theme', 'sepia').set('aparte.size', 'large');
    expect(readPreferences(open)).toEqual({ ...plain, size: 'large' });
  });

  test('are the defaults where storage is blocked', () => {
    const blocked = (): never => {
      throw new Error('SecurityError');
    };
    expect(readPreferences(blocked)).toEqual(plain);
    expect(() => {
      keepPreferences(blocked, plain);
    }).not.toThrow();
  });

  test('a chosen language comes before the browser’s, the system’s choice does not', () => {
    expect(chooseLocale(['fr', 'en-US'])).toBe('fr');
    expect(chooseLocale(['system', 'fr-CA', 'en'])).toBe('fr');
    expect(chooseLocale(['system', 'ja'])).toBe('en');
  });
});

test('a mute ends by itself', () => {
  expect(isMuted({ mutedUntil: null }, 5)).toBe(false);
  expect(isMuted({ mutedUntil: 5 }, 5)).toBe(false);
  expect(isMuted({ mutedUntil: 6 }, 5)).toBe(true);
  expect(isMuted({ mutedUntil: Infinity }, 5)).toBe(true);
});
