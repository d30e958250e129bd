/**
 * The invitation that this page was opened with. It is taken out of the address bar before the router sees it
 * (protocol, section 2): no history entry, no reload and no bookmark holds the secret. It lives in memory only.
 */
let kept = '';

/** To be called first of all: whatever runs after this sees a plain /join. */
export function takeFragment(at: Location, history: History): void {
  if (!/\/join\/?$/.test(at.pathname) || at.hash.length < 2) return;
  kept = at.hash.slice(1);
  history.replaceState(history.state, '', at.pathname);
}

export function arrivedWith(): string {
  return kept;
}

export function forgetArrival(): void {
  kept = '';
}

/** What somebody pasted: a whole link, or only its secret part. */
export function fragmentOf(pasted: string): string {
  const text = pasted.trim();
  return text.slice(text.indexOf('#') + 1);
}
