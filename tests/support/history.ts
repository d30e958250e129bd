/** A whole history as somebody reads it who scrolls up: of a long one only a part is in the log at a time. */
import type { Person } from './person.ts';

/** From what is in the log now to the beginning; oldest first. */
export function readUp({ log }: Person): Promise<string[]> {
  return log.evaluate(async (shown) => {
    const known = new Set<string>();
    const found: string[] = [];
    for (;;) {
      const above: string[] = [];
      for (const article of shown.querySelectorAll<HTMLElement>('article')) {
        const id = article.dataset.message ?? '';
        if (!known.has(id)) above.push(article.querySelector('p')?.textContent ?? '');
        known.add(id);
      }
      found.unshift(...above);
      if (shown.querySelector('.beginning')) return found;
      shown.scrollTo(0, 0);
      await new Promise(requestAnimationFrame);
    }
  });
}
