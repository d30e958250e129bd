import type { Page } from 'playwright/test';

/**
 * What this page needs is kept, and the worker that keeps it answers it. A page that was opened in the very moment in
 * which the first worker began may have been passed over: the next one is not.
 */
export async function inOffline(page: Page): Promise<void> {
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  if (await page.evaluate(() => navigator.serviceWorker.controller === null)) await page.reload();
  await page.waitForFunction(() => navigator.serviceWorker.controller?.state === 'activated');
}
