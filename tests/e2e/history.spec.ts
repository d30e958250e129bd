/** A history that is longer than a page holds: only a part of it is there, and every part can be reached. */
import { expect, part, test, type Person } from '../support/pair.ts';

/** Most of it flew by and was never seen: whoever opened the page again would begin at its first line, far from the newest. */
test.afterEach(async ({ alice, bob }) => {
  await part(alice, bob);
});

/** The window holds 240. */
const MANY = 260;
const last = `line ${String(MANY)}`;

/** Types them as fast as the composer takes them. */
async function say(person: Person, count: number): Promise<void> {
  await person.page.evaluate(async (lines) => {
    const field = document.querySelector('textarea');
    if (field === null) throw new Error('no composer');
    for (let line = 1; line <= lines; line++) {
      field.value = `line ${String(line)}`;
      field.dispatchEvent(new Event('input', { bubbles: true }));
      field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
      while (field.value !== '') await new Promise((resolve) => setTimeout(resolve));
    }
  }, count);
}

/** The messages within the log's window, and how far the first of them is below its top. */
function sight(person: Person): Promise<{ readonly texts: readonly string[]; readonly top: number }> {
  return person.log.evaluate((log) => {
    const frame = log.getBoundingClientRect();
    const inside = [...log.querySelectorAll('article')].filter((article) => {
      const { top, bottom } = article.getBoundingClientRect();
      return top >= frame.top && bottom <= frame.bottom;
    });
    const top = (inside[0]?.getBoundingClientRect().top ?? 0) - frame.top;
    return { texts: inside.map((article) => article.querySelector('p')?.textContent ?? ''), top };
  });
}

test('a long history is in the page in part; the wheel and the buttons reach all of it; what is loaded above keeps everything where it is, and is not read out', async ({
  again
}) => {
  const [alice, bob] = await again();
  const messages = alice.log.getByRole('article');
  await say(alice, MANY);
  await alice.expectMessage(last, 'Read');
  await bob.expectMessage(last);
  for (const person of [alice, bob]) expect(await person.log.getByRole('article').count()).toBeLessThan(MANY);

  await alice.log.hover();
  await expect(async () => {
    await alice.page.mouse.wheel(0, -4_000);
    await expect(alice.message('line 1')).toBeInViewport({ timeout: 100 });
  }).toPass();
  expect(await messages.count(), 'what is far below has been let go').toBeLessThan(MANY);
  await expect(alice.message(last)).toHaveCount(0);

  // What comes back was heard already: it is no news, and does not rise into place again.
  await bob.log.hover();
  await expect(async () => {
    await bob.page.mouse.wheel(0, -4_000);
    await expect(bob.message(last)).toHaveCount(0, { timeout: 100 });
  }).toPass();
  await bob.page.getByRole('button', { name: 'Jump to the newest message' }).click();
  await expect(bob.message(last)).toHaveAttribute('aria-live', 'off');

  // Somebody else's words take nobody away from where they read.
  const before = await sight(alice);
  await bob.write('meanwhile');
  const jump = alice.page.getByRole('button', { name: /^Jump to the newest message/ });
  await expect(jump).toHaveText('1');
  expect(await sight(alice)).toEqual(before);

  await jump.click();
  await expect(alice.message('meanwhile')).toBeInViewport();
  await expect(jump).toHaveCount(0);
  await expect(alice.message('line 1')).toHaveCount(0);

  // One's own words are always followed.
  await alice.page.getByRole('button', { name: 'Conversation menu' }).click();
  await alice.page.getByRole('menuitem', { name: 'Jump to a day' }).click();
  await alice.page.getByRole('dialog').getByRole('button', { name: 'Go there' }).click();
  await expect(alice.message('line 1')).toBeInViewport();
  await expect(alice.message('meanwhile')).toHaveCount(0);
  await alice.write('and me');
  await expect(alice.message('and me')).toBeInViewport();

  await alice.expectMessage('and me', 'Read');
  await alice.open();
  await alice.conversations.first().click();
  await alice.expectMessage('and me');
  const anchored = await alice.log.evaluate(async (log) => {
    const rows = (): HTMLElement[] => [...log.querySelectorAll<HTMLElement>('article')];
    const count = rows().length;
    // Within the log: what is offered above it may come meanwhile, since it is loaded when it is needed.
    const down = (row?: HTMLElement): number =>
      (row?.getBoundingClientRect().top ?? 0) - log.getBoundingClientRect().top;
    log.scrollTop = 200;
    // Two frames: what is scrolled is told in the next one.
    for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
    const row = rows().find((each) => down(each) > 0);
    const before = down(row);
    while (rows().length === count) await new Promise(requestAnimationFrame);
    return {
      moved: Math.abs(down(row) - before),
      more: rows().length > count
    };
  });
  expect(anchored.more).toBe(true);
  expect(anchored.moved).toBeLessThan(1);
  // The log is live; history in it is not.
  const loud = alice.log.locator('article:not([aria-live="off"])');
  await expect(loud).toHaveCount(0);

  // Into the middle: as much as is looked for ahead comes on both sides, though both are asked for at once.
  await alice.page.keyboard.press('Control+f');
  await alice.page.getByRole('combobox', { name: 'Search this conversation' }).fill('line 130');
  await expect(alice.page.getByRole('dialog').getByRole('option')).toHaveCount(1);
  await alice.page.keyboard.press('Enter');
  await expect(alice.message('line 130')).toBeInViewport();
  await expect(alice.message('line 105')).toBeAttached();
  await expect(alice.message('line 155')).toBeAttached();
});
