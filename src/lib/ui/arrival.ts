/**
 * The invitation that this page was opened with, or that was scanned or shared here. It is taken out of the address
 * bar before the router sees it (protocol, section 2): no history entry, no reload and no bookmark holds the secret.
 * It lives in memory only.
 */
let kept = '';

/** To be called first of all: whatever runs after this sees a plain /join. */
export function takeFragment(at: Location, history: History): void {
  if (!/\/join\/?$/.test(at.pathname) || at.hash.length < 2) return;
  kept = at.hash.slice(1);
  history.replaceState(history.state, '', at.pathname);
}

/** What was not used yet goes back to where it came from, for the page that begins next (see {@link takeFragment}). */
export function putBack(at: Location, history: History): boolean {
  if (kept === '' || !/\/join\/?$/.test(at.pathname)) return false;
  history.replaceState(history.state, '', `${at.pathname}#${kept}`);
  return true;
}

export function arrivedWith(): string {
  return kept;
}

/** The page that joins is opened next, with this. */
export function arriveWith(fragment: string): void {
  kept = fragment;
}

export function forgetArrival(): void {
  kept = '';
}

/** What is in a text that was pasted, scanned or shared: a link of ours, another server's link, or neither. */
export type FoundLink =
  | { readonly kind: 'fragment'; readonly fragment: string }
  | { readonly kind: 'foreign'; readonly host: string }
  | { readonly kind: 'none' };

/** Far over the 78 characters of a link, and little enough to look through. */
const longest = 20_000;
const linkShape = /https?:\/\/[^\s#<>"]{1,500}\/join\/?#[\w-]{60,1024}/i;

export function findLink(text: string, origin: string): FoundLink {
  const found = linkShape.exec(text.slice(0, longest))?.[0];
  if (found === undefined || !URL.canParse(found)) return { kind: 'none' };
  const { origin: theirs, host, hash } = new URL(found);
  return theirs === origin ? { kind: 'fragment', fragment: hash.slice(1) } : { kind: 'foreign', host };
}

/** A whole link or only its secret part, as far as it was pasted: what is wrong with it is said by who reads it. */
export function fragmentOf(pasted: string): string {
  const text = pasted.trim();
  return text.slice(text.indexOf('#') + 1);
}
