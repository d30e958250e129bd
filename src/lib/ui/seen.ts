import type { Attachment } from 'svelte/attachments';
import type { MessageId } from '../engine/api.ts';

/**
 * Tells which messages have really been on a screen: half of the bubble (or of the window, for a long one) inside the
 * window, the page visible and focused. Timers start by this (protocol, section 10), so it must not guess.
 */
export class SeenWatcher {
  readonly #observer: IntersectionObserver;
  readonly #ids = new Map<Element, MessageId>();
  readonly #inside = new Set<Element>();
  readonly #report: (ids: readonly MessageId[]) => void;
  readonly #listening = new AbortController();

  constructor(report: (ids: readonly MessageId[]) => void) {
    this.#report = report;
    this.#observer = new IntersectionObserver(
      (entries) => {
        for (const entry of entries) {
          const windowHeight = entry.rootBounds?.height ?? innerHeight;
          const enough =
            entry.isIntersecting &&
            (entry.intersectionRatio >= 0.5 || entry.intersectionRect.height >= windowHeight / 2);
          if (enough) this.#inside.add(entry.target);
          else this.#inside.delete(entry.target);
        }
        this.#flush();
      },
      { threshold: [0, 0.25, 0.5, 0.75, 1] }
    );
    const flush = (): void => {
      this.#flush();
    };
    const { signal } = this.#listening;
    window.addEventListener('focus', flush, { signal });
    document.addEventListener('visibilitychange', flush, { signal });
  }

  /** For one message's element, for as long as nobody has seen it. */
  watch(id: MessageId): Attachment<HTMLElement> {
    return (element) => {
      this.#ids.set(element, id);
      this.#observer.observe(element);
      return () => {
        this.#forget(element);
      };
    };
  }

  close(): void {
    this.#observer.disconnect();
    this.#listening.abort();
    this.#ids.clear();
    this.#inside.clear();
  }

  #forget(element: Element): void {
    this.#observer.unobserve(element);
    this.#ids.delete(element);
    this.#inside.delete(element);
  }

  #flush(): void {
    if (document.visibilityState !== 'visible' || !document.hasFocus()) return;
    const ids: MessageId[] = [];
    for (const element of [...this.#inside]) {
      const id = this.#ids.get(element);
      if (id !== undefined) ids.push(id);
      this.#forget(element);
    }
    if (ids.length > 0) this.#report(ids);
  }
}
