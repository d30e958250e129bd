/** A desktop of 1280 x 800 at twice its size, and a phone at the app's own largest: nothing is out of reach. */
import { expect, test, type Person } from '../support/pair.ts';

const ZOOMED = { width: 640, height: 400 };
const DESKTOP = { width: 1280, height: 800 };

test.afterEach(async ({ alice }) => {
  await alice.page.setViewportSize(DESKTOP);
  await alice.page.evaluate(() => {
    delete document.documentElement.dataset.size;
  });
});

/** No control and no words lie where no scrolling leads to. */
async function lost({ page }: Person): Promise<string[]> {
  return page.evaluate(() => {
    const open = document.querySelector('dialog[open]') ?? document.body;
    const roots = [...document.querySelectorAll(':popover-open'), open];
    const scrolls = (element: Element, axis: 'overflowX' | 'overflowY'): boolean => {
      for (let at: Element | null = element; at !== null; at = at.parentElement)
        if (/auto|scroll/.test(getComputedStyle(at)[axis])) return true;
      return false;
    };
    return roots
      .flatMap((root) => [
        ...root.querySelectorAll('button, a[href], input, textarea, select, h1, h2, p, li')
      ])
      .filter((element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
      .filter((element) => element.closest('.sr-only') === null)
      .filter((element) => {
        const { left, right, top, bottom, width, height } = element.getBoundingClientRect();
        if (width <= 1 || height <= 1) return false;
        const beside = (left < -1 || right > innerWidth + 1) && !scrolls(element, 'overflowX');
        const outside = (top < -1 || bottom > innerHeight + 1) && !scrolls(element, 'overflowY');
        return beside || outside;
      })
      .map((element) => `${element.tagName} ${element.getAttribute('aria-label') ?? element.textContent}`);
  });
}

/** Nothing is wider than the dialog that holds it. */
async function wide({ page }: Person): Promise<number> {
  return page.evaluate(() => {
    const open = document.querySelector('dialog[open]') ?? document.documentElement;
    return open.scrollWidth - open.clientWidth;
  });
}

test('at twice the size everything of a conversation can be reached, and the emoji have room', async ({
  alice,
  bob
}) => {
  const { page } = alice;
  await bob.write('a word to answer');
  await page.setViewportSize(ZOOMED);
  await alice.expectMessage('a word to answer');
  expect(await lost(alice)).toEqual([]);
  await alice.composer.fill('a\n'.repeat(20));
  await page.getByRole('button', { name: 'Emoji', exact: true }).click();
  const panel = page.getByRole('group', { name: 'Emoji', exact: true });
  await expect(panel.getByRole('searchbox')).toBeFocused();
  expect(await lost(alice), 'above a field as high as it grows').toEqual([]);
  const emoji = panel.getByRole('group', { name: 'Smileys' });
  expect((await emoji.boundingBox())?.height, 'three lines of them').toBeGreaterThan(132);
  await page.keyboard.press('Escape');
  await alice.composer.fill('');
  await alice.choose('a word to answer', 'Select');
  expect(await lost(alice)).toEqual([]);
  await page.keyboard.press('Escape');
  for (const name of ['Conversation menu', /^Self-destruct timer/]) {
    await page.getByRole('button', { name }).click();
    await expect(page.getByRole('menu')).toBeVisible();
    expect(await lost(alice)).toEqual([]);
    await page.keyboard.press('Escape');
  }
});

test('in the largest letters the status is not cut, and the safety number is not wider than its dialog', async ({
  alice
}) => {
  const { page } = alice;
  await page.setViewportSize({ width: 360, height: 640 });
  await page.evaluate(() => {
    document.documentElement.dataset.size = 'largest';
  });
  const words = alice.status.locator('.words');
  const cut = await words.evaluate((element) => {
    const said = element.textContent;
    element.textContent = 'Waiting – sends when both are here';
    const much = element.scrollHeight - element.clientHeight;
    element.textContent = said;
    return much;
  });
  expect(cut).toBeLessThanOrEqual(1);
  await page.getByRole('button', { name: 'Conversation menu' }).click();
  await page.getByRole('menuitem', { name: 'Verify' }).click();
  await expect(page.getByRole('list', { name: 'Safety number' })).toBeVisible();
  expect(await wide(alice)).toBe(0);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
});
