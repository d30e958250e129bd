/** What axe finds on a page as it stands, once nothing moves any more. */
import axe, { type AxeResults, type RunOptions } from 'axe-core';
import type { Page } from 'playwright/test';

declare global {
  interface Window {
    axe?: { run: (options: RunOptions) => Promise<AxeResults> };
  }
}

/** Looks on a page in light or in dark, without motion; resolves when that has come to the page. */
export async function paint(page: Page, colorScheme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
  await page.waitForFunction(
    (scheme) => matchMedia(`(prefers-color-scheme: ${scheme}) and (prefers-reduced-motion)`).matches,
    colorScheme
  );
}

/** Each rule that is broken, and where; all rules, or only some. */
export async function broken(page: Page, ...rules: readonly string[]): Promise<string[]> {
  await page.evaluate(settled);
  // Half a megabyte: once for each document.
  if (!(await page.evaluate(() => window.axe !== undefined))) await page.evaluate(axe.source);
  return page.evaluate(run, [...rules]);
}

async function run(rules: string[]): Promise<string[]> {
  const results = await window.axe?.run({
    resultTypes: ['violations'],
    ...(rules.length > 0 && { runOnly: rules })
  });
  // Without it nothing was looked at.
  if (!results || results.passes.length === 0) throw new Error('axe did not run');
  return results.violations.map(
    ({ id, help, nodes }) => `${id}, ${help}: ${nodes.map(({ html }) => html).join(' ')}`
  );
}

/** A new colour fades in, too: two frames later everything that will move is moving, and what ends is waited for. */
async function settled(): Promise<void> {
  for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
  const passing = document.getAnimations().filter(({ effect }) => {
    const end = Number(effect?.getComputedTiming().endTime);
    return Number.isFinite(end) && end < 10_000;
  });
  await Promise.allSettled(passing.map(({ finished }) => finished));
}
