/** Notes, frame by frame, until when a text was painted: what is hidden by then is not, though it may be in the page. */
import type { Page } from 'playwright/test';

declare global {
  interface Window {
    /** Of each text of a message, the time (ms since the Unix epoch) of the last frame that showed it. */
    painted: Record<string, number>;
  }
}

/** To be called before the page is opened; starts anew with each load. */
export async function recordPaint(page: Page): Promise<void> {
  await page.addInitScript(() => {
    window.painted = {};
    const look = (frame: number): void => {
      for (const paragraph of document.querySelectorAll<HTMLElement>('article p')) {
        if (getComputedStyle(paragraph).visibility === 'visible')
          window.painted[paragraph.textContent] = performance.timeOrigin + frame;
      }
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
}

/** 0: never since the page was loaded. */
export function lastPainted(page: Page, text: string): Promise<number> {
  return page.evaluate((wanted) => window.painted[wanted] ?? 0, text);
}

/** Whether a page has ever said "Connected", even for a moment: since it was loaded, or since it was forgotten. */
export interface StatusWatch {
  wasConnected(): Promise<boolean>;
  forget(): Promise<void>;
}

declare global {
  interface Window {
    wasConnected: boolean;
  }
}

/** To be called before the page is opened. */
export async function watchStatus(page: Page): Promise<StatusWatch> {
  await page.addInitScript(() => {
    window.wasConnected = false;
    const look = (): void => {
      for (const status of document.querySelectorAll('[role="status"]'))
        if (/^\s*Connected/.test(status.textContent)) window.wasConnected = true;
    };
    new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true });
  });
  return {
    wasConnected: () => page.evaluate(() => window.wasConnected),
    forget: () =>
      page.evaluate(() => {
        window.wasConnected = false;
      })
  };
}
