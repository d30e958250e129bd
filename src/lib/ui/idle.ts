/** When the app locks itself: nobody has touched it for a while, or nobody sees it. */
import type { Clock } from '../clock.ts';

const MINUTE_MS = 60_000;
/** Not every movement of a finger is worth a look at the clock. */
const AGAIN_MS = 1_000;
/** What says that somebody is there. */
const TOUCHES = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const;

export interface Watched {
  readonly window: EventTarget;
  readonly document: EventTarget & { readonly visibilityState: DocumentVisibilityState };
  readonly clock: Clock;
}

export interface IdleRules {
  /** Minutes; 0: never. */
  readonly after: number;
  readonly hidden: boolean;
}

/**
 * Calls back once it is time; the timers of a page that was asleep come late, so whatever wakes it looks as well.
 * Returns the end of watching.
 */
export function watchIdle(
  { window, document, clock }: Watched,
  { after, hidden }: IdleRules,
  lock: () => void
): () => void {
  const ending = new AbortController();
  const options = { signal: ending.signal, passive: true, capture: true };
  let touched = { at: clock.now(), elapsed: clock.elapsed() };
  let cancel = (): void => undefined;
  // By either clock: the one that people set, and the one that may stand still while the machine sleeps.
  const idle = (): number => Math.max(clock.now() - touched.at, clock.elapsed() - touched.elapsed);

  const look = (): void => {
    cancel();
    if (ending.signal.aborted || after === 0) return;
    const left = after * MINUTE_MS - idle();
    if (left > 0) cancel = clock.after(left, look);
    else {
      end();
      lock();
    }
  };
  const end = (): void => {
    ending.abort();
    cancel();
  };
  for (const touch of TOUCHES)
    window.addEventListener(
      touch,
      () => {
        if (idle() < AGAIN_MS) return;
        // Whoever comes back to a page whose time is over finds it locked, and does not wake it by that.
        look();
        touched = { at: clock.now(), elapsed: clock.elapsed() };
      },
      options
    );
  for (const waking of ['pageshow', 'focus'] as const) window.addEventListener(waking, look, options);
  document.addEventListener('resume', look, options);
  document.addEventListener(
    'visibilitychange',
    () => {
      if (!hidden || document.visibilityState === 'visible') look();
      else {
        end();
        lock();
      }
    },
    options
  );
  look();
  return end;
}
