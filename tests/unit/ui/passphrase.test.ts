import { expect, test } from 'vitest';
import { backupName, MIN_PASSPHRASE_LENGTH, suggestPassphrase } from '../../../src/lib/ui/passphrase.ts';

test('a suggested passphrase is long enough, and every byte of chance counts for five bits', () => {
  const all = Uint8Array.from({ length: 20 }, (_, i) => i + 12);
  expect(suggestPassphrase(() => all)).toBe('cdef-ghjk-mnpq-rstv-wxyz');
  expect(suggestPassphrase(() => all.map((byte) => byte + 32))).toBe('cdef-ghjk-mnpq-rstv-wxyz');
  expect(suggestPassphrase((length) => new Uint8Array(length)).length).toBeGreaterThan(MIN_PASSPHRASE_LENGTH);
});

test('a file says when it was made, and of whom nothing', () => {
  expect(backupName(new Date(2026, 10, 2, 23, 59).getTime())).toBe('aparte-2026-11-02.age');
});
