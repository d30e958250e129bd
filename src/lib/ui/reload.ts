import { putBack } from './arrival.ts';
import { putSharedBack } from './shared.ts';

/**
 * Begins again with a new page, which has what arrived here and was not used. The sure way to a script that did
 * not come: a browser may remember for as long as a page lives that it could not be loaded, and never ask for it again.
 */
export function reload(at: Location, history: History): void {
  putUnusedBack(at, history);
  at.reload();
}

/** Into the address, for the page that begins next. False: nothing has arrived, or it was used. */
export function putUnusedBack(at: Location, history: History): boolean {
  return putBack(at, history) || putSharedBack(at, history);
}
