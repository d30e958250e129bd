/** What axe finds on a page as it stands, once nothing moves any more. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright/test';

/** Each rule that is broken, and where; all rules, or only some. */
export async function violations(page: Page, ...rules: readonly string[]): Promise<string[]> {
  await page.evaluate(settled);
  // Otherwise axe opens a page of its own, which takes the focus away from a menu.
  const axe = new AxeBuilder({ page }).setLegacyMode(true);
  if (rules.length > 0) axe.withRules([...rules]);
  const found = await axe.analyze();
  return found.violations.map(
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
