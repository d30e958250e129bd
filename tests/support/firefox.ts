/**
 * People with Firefox: the installed one, unpatched, as anybody has it. Playwright drives it by WebDriver BiDi, which
 * is what its channel `moz-firefox` stands for.
 */
import type { Browser, BrowserContext, BrowserContextOptions } from 'playwright/test';
import { test as base } from './app.ts';
import { findProgram } from './program.ts';

export { expect, type Person } from './app.ts';

/** null: there is none here. */
export function firefoxPath(): string | null {
  return findProgram('FIREFOX', ['firefox-esr', 'firefox']);
}

export const NO_FIREFOX =
  'Firefox: skipped, for there is none here. Install firefox-esr, or name one with FIREFOX=/path/to/it.';

interface Fixtures {
  /**
   * Where a person with Firefox gets theirs. Each a process of their own: of the windows of one Firefox a single one
   * has the focus, and only there is anything seen.
   */
  firefox: {
    newContext(options: BrowserContextOptions): Promise<BrowserContext>;
    launch(folder: string, options: BrowserContextOptions): Promise<BrowserContext>;
  };
}

export const test = base.extend<Fixtures>({
  firefox: async ({ playwright }, use) => {
    const browsers: Browser[] = [];
    const installed = { channel: 'moz-firefox', executablePath: firefoxPath() ?? '' };
    await use({
      newContext: async (options) => {
        const browser = await playwright.firefox.launch(installed);
        browsers.push(browser);
        return browser.newContext(options);
      },
      launch: (folder, options) =>
        playwright.firefox.launchPersistentContext(folder, { ...options, ...installed })
    });
    for (const browser of browsers) await browser.close();
  }
});
