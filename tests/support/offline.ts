/** A page whose service worker has it. */
import { expect, type Page } from 'playwright/test';

/**
 * What this page needs is kept, and the worker that keeps it answers it. A page that was opened in the very moment in
 * which the first worker began may have been passed over: the next one is not.
 */
export async function inOffline(page: Page): Promise<void> {
  await expect.poll(() => workers(page)).toMatch(/active: activated/);
  if ((await workers(page)).includes('controller: none')) await page.reload();
  await expect.poll(() => workers(page)).toMatch(/controller: activated/);
}

/** How far each is: where it comes no further, that says why. */
function workers(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    if (registration === undefined) return 'not registered';
    const { installing, waiting, active } = registration;
    const { controller } = navigator.serviceWorker;
    return Object.entries({ installing, waiting, active, controller })
      .map(([role, worker]) => `${role}: ${worker?.state ?? 'none'}`)
      .join(', ');
  });
}
