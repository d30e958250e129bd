/** Passphrases for a file that anybody may try to open for as long as they like. */

export const MIN_PASSPHRASE_LENGTH = 12;

/** Crockford's: no letter in it looks like another. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const GROUPS = 5;
const GROUP_LENGTH = 4;

/** 100 bits, in groups that a hand can copy. */
export function suggestPassphrase(random: (length: number) => Uint8Array): string {
  const letters = [...random(GROUPS * GROUP_LENGTH)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
  return (letters.match(/.{4}/g) ?? []).join('-');
}

/** `aparte-2026-11-22.age`: it says when, and of whom nothing. */
export function backupName(now: number): string {
  const date = new Date(now);
  const [month, day] = [date.getMonth() + 1, date.getDate()].map((part) => part.toString().padStart(2, '0'));
  return `aparte-${date.getFullYear().toString()}-${month ?? ''}-${day ?? ''}.age`;
}
