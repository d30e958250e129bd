/** Sleep, a frozen tab and a changed network all end connections without a word: what tells of them. */
import type { Clock } from '../clock.ts';

const PULSE_MS = 2_000;
/** A pulse that is so late means that the page slept… */
const SLEEP_MS = 5_000;
/** …but timers of a page that nobody sees run once a minute, in browsers that spare the battery. */
const SLEEP_UNSEEN_MS = 65_000;

/** `navigator.connection`, where there is one. It tells of every new estimate; only another type is another network. */
export interface Connection extends EventTarget {
  readonly type?: string | undefined;
}

export interface Page {
  readonly window: EventTarget;
  readonly document: EventTarget & { readonly visibilityState: DocumentVisibilityState };
  readonly connection: Connection | undefined;
  readonly clock: Pick<Clock, 'now' | 'after'>;
}

/** @param wake `changed`: it slept, or the network is another; what was open is likely to be dead. */
export function watchForWaking(
  { window, document, connection, clock }: Page,
  wake: (changed: boolean) => void
): void {
  const isSeen = (): boolean => document.visibilityState === 'visible';
  window.addEventListener('online', () => {
    wake(true);
  });
  let type = connection?.type;
  connection?.addEventListener('change', () => {
    if (connection.type === type) return;
    type = connection.type;
    wake(true);
  });
  const awake = (): void => {
    wake(false);
  };
  window.addEventListener('pageshow', awake);
  document.addEventListener('resume', awake);
  document.addEventListener('visibilitychange', () => {
    if (isSeen()) awake();
  });
  // Not the time that no clock sets: in some browsers that stands still while the machine sleeps.
  let last = clock.now();
  let wasSeen = isSeen();
  const pulse = (): void => {
    const now = clock.now();
    const late = now - last - PULSE_MS;
    if (late > (wasSeen && isSeen() ? SLEEP_MS : SLEEP_UNSEEN_MS)) wake(true);
    last = now;
    wasSeen = isSeen();
    clock.after(PULSE_MS, pulse);
  };
  clock.after(PULSE_MS, pulse);
}
