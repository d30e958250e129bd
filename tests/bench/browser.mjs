/** The Chromium that all tests drive, and how long it may take. */
import { chromium } from 'playwright-core';
import { withTypeScript } from './typescript.mjs';

const CLOSE_MS = 5_000;

/**
 * @param {(browser: import('playwright-core').Browser) => Promise<T>} use
 * @returns {Promise<T>}
 * @template T
 */
export async function withChromium(use) {
  const { CHROMIUM_ARGUMENTS, chromiumPath } = await withTypeScript((load) =>
    load('/tests/support/chromium.ts')
  );
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: CHROMIUM_ARGUMENTS });
  try {
    return await use(browser);
  } finally {
    await within(browser.close(), CLOSE_MS, 'the end of Chromium').catch(console.error);
  }
}

/**
 * A browser that dies does not always say so.
 * @param {Promise<T>} promise
 * @param {number} ms
 * @param {string} what
 * @returns {Promise<T>}
 * @template T
 */
export function within(promise, ms, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`No sign of ${what} after ${ms / 1000} s.`));
    }, ms);
  });
  return Promise.race([promise, late]).finally(() => {
    clearTimeout(timer);
  });
}
