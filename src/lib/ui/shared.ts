/**
 * What another app shares with this one (the manifest's share_target). It comes as a form to the service worker, which
 * answers with a redirect: the text travels on in the fragment, so that no server sees it, and is taken out of the
 * address before the router does. It lives in memory only, until somebody chooses a conversation for it.
 */
import { textLimit, utf8Length } from './text.ts';

/** Where the form goes. No page lies there: only the service worker answers. */
export const SHARE_PATH = '/share';
const MARK = '#share=';

/** Whatever comes: enough to fill a message. */
const enough = textLimit * 2;
// Controls but tab and line feed, and what turns the direction of a line around: nobody means to share those.
const unwanted = /[\p{Cc}\u202a-\u202e\u2066-\u2069\ufeff]/gu;

/** Title, text and address as one draft: what says the same twice is said once. */
export function sharedText(fields: readonly unknown[]): string {
  const parts: string[] = [];
  for (const field of fields) {
    if (typeof field !== 'string') continue;
    const part = field
      .slice(0, enough)
      .replace(/\r\n?/g, '\n')
      .replace(unwanted, (control) => (control === '\n' || control === '\t' ? control : ''))
      .trim();
    // A browser's share sheet says the page's address both as text and as address.
    if (part === '' || parts.some((earlier) => earlier.includes(part))) continue;
    parts.push(part);
  }
  return shorten(parts.join('\n'));
}

export function shareFragment(text: string): string {
  return MARK + encodeURIComponent(text);
}

let kept = '';

/** To be called before the router reads the address. */
export function takeShared(at: Location, history: History): void {
  if (!at.hash.startsWith(MARK)) return;
  kept = sharedText([decoded(at.hash.slice(MARK.length))]);
  history.replaceState(history.state, '', at.pathname);
}

/** The shared text; '': there is none. */
export function keptShared(): string {
  return kept;
}

/** It has found its conversation, or is not wanted any more. */
export function forgetShared(): void {
  kept = '';
}

/** What nobody has chosen a conversation for goes back into the address, for the page that begins next. */
export function putSharedBack(at: Location, history: History): boolean {
  if (kept !== '') history.replaceState(history.state, '', at.origin + `/${shareFragment(kept)}`);
  return kept !== '';
}

/** The draft that a conversation has then: what was there stays. */
export function draftWith(draft: string, text: string): string {
  return draft.trim() === '' ? text : `${draft.trimEnd()}\n${text}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Not written by our service worker.
    return '';
  }
}

/** As much as fits into a message, cut between characters. */
function shorten(text: string): string {
  if (utf8Length(text) <= textLimit) return text;
  let [out, length] = ['', 0];
  for (const character of text) {
    length += utf8Length(character);
    if (length > textLimit) break;
    out += character;
  }
  return out.trimEnd();
}
