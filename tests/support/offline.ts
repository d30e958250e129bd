/** A page whose service worker has it. */
import { expect, type Page } from 'playwright/test';

/**
 * What this page needs is kept, and the worker that keeps it answers it. A page that was opened in the very moment in
 * which the first worker began may have been passed over: the next one is not.
 */
export async function inOffline(page: Page): Promise<void> {
  await expect.poll(() => worker(page)).toMatchObject({ active: 'activated' });
  if ((await worker(page)).controller === null) await page.reload();
  await expect.poll(() => worker(page)).toMatchObject({ controller: 'activated' });
}

/** How far it is: where it comes no further, that says why. */
function worker(page: Page): Promise<Record<string, string | null>> {
  return page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    return {
      installing: registration?.installing?.state ?? null,
      waiting: registration?.waiting?.state ?? null,
      active: registration?.active?.state ?? null,
      controller: navigator.serviceWorker.controller?.state ?? null
    };
  });
}
