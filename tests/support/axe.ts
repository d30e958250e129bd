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
    // Style sheets, asked for once more for a rule that is not among ours.
    preload: false,
    ...(rules.length > 0 && { runOnly: rules })
  });
  // Without it nothing was looked at.
  if (!results || results.passes.length === 0) throw new Error('axe did not run');
  return results.violations.map(
    ({ id, help, nodes }) =>
      `${id}, ${help}: ${nodes.map(({ html, failureSummary = '' }) => `${html} ${failureSummary}`).join(' ')}`
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

/**
 * What a finger has to hit and is less than 44 px high or wide. Links within a text are as high as the text; the actions of a
 * message are a button for the keyboard only, where a finger rests on the message itself.
 */
export async function small(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const targets = document.querySelectorAll<HTMLElement>(
      'button:not(.actions), a[href], select, summary, input:not([type="radio"]), label:has([type="radio"])'
    );
    return [...targets]
      .filter((target) => target.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
      .filter(
        (target) => target.closest('[inert], p') === null && getComputedStyle(target).pointerEvents !== 'none'
      )
      .filter((target) => {
        const { width, height } = target.getBoundingClientRect();
        // A small mark may have a larger field around it.
        const around = getComputedStyle(target, '::after');
        const wide = around.content === 'none' ? width : Math.max(width, parseFloat(around.width) || 0);
        const high = around.content === 'none' ? height : Math.max(height, parseFloat(around.height) || 0);
        return width > 0 && (Math.round(wide) < 44 || Math.round(high) < 44);
      })
      .map((target) => {
        const { width, height } = target.getBoundingClientRect();
        const name = target.getAttribute('aria-label') ?? target.textContent.trim();
        return `${name || target.tagName}: ${String(Math.round(width))} x ${String(Math.round(height))}`;
      });
  });
}
