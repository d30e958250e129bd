/** What a page that begins again is given by the one before it. */
import { afterEach, expect, test } from 'vitest';
import { arriveWith, forgetArrival } from '../../../src/lib/ui/arrival.ts';
import { reload } from '../../../src/lib/ui/reload.ts';
import { forgetShared, shareFragment, takeShared } from '../../../src/lib/ui/shared.ts';

const ORIGIN = 'https://a.example';

/** The address with which the page that is now at this one begins again. */
function reloaded(address: string): string {
  let now = address;
  let begun = '';
  const url = new URL(address);
  const at = {
    origin: url.origin,
    pathname: url.pathname,
    reload: () => {
      begun = now;
    }
  };
  const history = {
    state: null,
    replaceState: (_state: unknown, _title: string, to: string) => {
      now = new URL(to, now).href;
    }
  };
  reload(at as Location, history as unknown as History);
  return begun;
}

afterEach(() => {
  forgetArrival();
  forgetShared();
});

function share(text: string): void {
  const at = { hash: shareFragment(text), pathname: '/' };
  takeShared(at as Location, { state: null, replaceState: () => undefined } as unknown as History);
}

test('a link that was not used, and a text that has no conversation yet', () => {
  expect(reloaded(`${ORIGIN}/#c=1`)).toBe(`${ORIGIN}/#c=1`);
  arriveWith('secret');
  expect(reloaded(`${ORIGIN}/join`)).toBe(`${ORIGIN}/join#secret`);
  // Elsewhere nobody looks at it.
  expect(reloaded(`${ORIGIN}/settings`)).toBe(`${ORIGIN}/settings`);
  share('to be said');
  expect(reloaded(`${ORIGIN}/`)).toBe(`${ORIGIN}/#share=to%20be%20said`);
});
