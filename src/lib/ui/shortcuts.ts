/** What a pressed key asks of the whole app. Pure: nothing of the page is looked at. */
export type Command = 'switch' | 'find' | 'new' | 'previous' | 'next' | 'lock' | 'help';

export type Press = Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>;

/** On a Mac it is the command key that others call Ctrl. */
export function isApple(platform: string): boolean {
  return /^(?:Mac|iP)/.test(platform);
}

/** null: an ordinary key, which is left alone. No single letter is ever taken: somebody may be writing. */
export function commandOf(press: Press, apple: boolean): Command | null {
  const { key, code, altKey, shiftKey } = press;
  const main = apple ? press.metaKey : press.ctrlKey;
  const other = apple ? press.ctrlKey : press.metaKey;
  if (other) return null;
  if (main && !altKey) {
    // Where the slash needs Shift it is still the slash.
    if (key === '/' || key === '?') return 'help';
    if (shiftKey) return null;
    // Browsers keep Ctrl+N for themselves; an installed app gets it.
    return ({ k: 'switch', f: 'find', n: 'new' } as const)[key.toLowerCase()] ?? null;
  }
  if (altKey && !main && !shiftKey) {
    if (key === 'ArrowUp') return 'previous';
    if (key === 'ArrowDown') return 'next';
    // By its place: with Alt a Mac writes another letter.
    if (code === 'KeyN') return 'new';
    if (code === 'KeyL') return 'lock';
  }
  return null;
}

/** The neighbour of what is open, in the order of the list; the first or the last where nothing is. */
export function neighbour<Id>(ids: readonly Id[], open: Id | null, way: 'previous' | 'next'): Id | null {
  const at = open === null ? -1 : ids.indexOf(open);
  const step = way === 'next' ? at + 1 : at < 0 ? ids.length - 1 : at - 1;
  return ids[step] ?? null;
}
