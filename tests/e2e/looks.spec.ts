/** Messages in all of their states: for eyes that read light or dark, with few colours or with much contrast. */
import type { Locator } from 'playwright/test';
import { broken, paint } from '../support/axe.ts';
import { expect, inConversation, test, type Person } from '../support/pair.ts';

test.afterEach(async ({ alice, bob }) => {
  await inConversation(alice, bob);
});

const once = ({ log }: Person): Locator => log.getByRole('button', { name: 'Hold to reveal' });

/** What is to be viewed once is opened, so that the next test does not take it for its own. */
test.afterEach(async ({ alice }) => {
  for (let left = await once(alice).count(); left > 0; left--) {
    await once(alice).first().dispatchEvent('click');
    await alice.page
      .getByRole('dialog', { name: 'View once' })
      .getByRole('button', { name: 'Close' })
      .click();
    await expect(once(alice)).toHaveCount(left - 1);
  }
});

interface Said {
  readonly question: string;
  readonly answer: string;
}

/** A quote, a reaction, an edited message, one to be viewed once. What the test before said stands above it. */
async function everything(alice: Person, bob: Person, about: string): Promise<Said> {
  const said = {
    question: `a question of ${about}, with https://example.org/`,
    answer: `a better answer of ${about}`
  };
  await bob.write(said.question);
  await bob.message(said.question).hover();
  await bob.message(said.question).getByRole('button', { name: 'Message actions' }).click();
  await bob.page.getByRole('menuitemradio').first().click();
  await alice.choose(said.question, 'Reply');
  await alice.write(`an answer of ${about}`);
  await alice.choose(`an answer of ${about}`, 'Edit');
  await alice.write(said.answer);
  await bob.page.getByRole('button', { name: 'Options for this message' }).click();
  await bob.page.getByRole('menuitem', { name: 'View once' }).click();
  await bob.write('not for axe');
  await expect(once(alice)).toBeVisible();
  await expect(alice.message(said.answer).getByText('edited')).toBeVisible();
  await expect(alice.message(said.question).getByRole('button', { name: /👍/ })).toBeVisible();
  return said;
}

const contrast = ['color-contrast', 'link-in-text-block'];

test('axe finds nothing on any state of a message, in light and in dark', async ({ alice, bob }) => {
  const { answer } = await everything(alice, bob, 'light');
  const { page } = alice;
  const check = async (): Promise<void> => {
    for (const scheme of ['light', 'dark'] as const) {
      await paint(page, scheme);
      expect(await broken(page, ...(scheme === 'dark' ? contrast : [])), scheme).toEqual([]);
    }
  };
  await check();
  await alice.choose(answer, 'Details');
  await expect(page.getByRole('dialog', { name: 'Details' })).toBeVisible();
  await check();
  await page.keyboard.press('Escape');
  await alice.choose(answer, 'Select');
  // The keyboard goes on from what it has chosen.
  await expect(page.getByRole('checkbox', { checked: true })).toBeFocused();
  await check();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('checkbox')).toHaveCount(0);
});

test('with the few colours of the system, and with more contrast, nothing is told by a colour that is gone', async ({
  alice,
  bob
}) => {
  const { question, answer } = await everything(alice, bob, 'colours');
  const { page } = alice;
  const drawn = (locator: Locator): Promise<boolean> =>
    locator.evaluate((element) => {
      const { borderTopWidth, borderTopColor, backgroundColor, outlineStyle } = getComputedStyle(element);
      const paper = getComputedStyle(document.body).backgroundColor;
      return (
        (borderTopWidth !== '0px' && borderTopColor !== backgroundColor) ||
        outlineStyle !== 'none' ||
        (backgroundColor !== paper && backgroundColor !== 'rgba(0, 0, 0, 0)')
      );
    });
  await page.emulateMedia({ forcedColors: 'active' });
  const bubble = alice.message(answer).locator('.bubble');
  for (const [name, locator] of [
    ['a bubble', bubble],
    ['what is viewed once', alice.log.locator('.once .bubble').last()],
    ['a quote', alice.message(answer).getByRole('button', { name: /^In reply/ })],
    ['a reaction', alice.message(question).getByRole('button', { name: /👍/ })],
    ['the open conversation', alice.conversation('Bob')],
    ['the send button', page.getByRole('button', { name: 'Send', exact: true })],
    ['the primary button', page.getByRole('button', { name: 'New conversation', exact: true })]
  ] as const)
    expect(await drawn(locator), name).toBe(true);
  await page.emulateMedia({ forcedColors: null, contrast: 'more' });
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    expect(await broken(page, ...contrast), colorScheme).toEqual([]);
    // What cannot be pressed is no lump of one colour: axe leaves it out.
    const [ink, ground] = await page
      .getByRole('button', { name: 'Send', exact: true })
      .evaluate((element) => [getComputedStyle(element).color, getComputedStyle(element).backgroundColor]);
    expect(ink).not.toBe(ground);
  }
});

test('a link asks before it leaves the app where that is wanted, tells where to, and goes there', async ({
  alice,
  bob
}) => {
  await bob.write('the plan is at https://example.org/plan?of=escape');
  await alice.open('/settings');
  const box = alice.page.getByRole('checkbox', { name: 'Ask before opening links' });
  await box.check();
  await alice.page.getByRole('link', { name: 'Back' }).click();
  await alice.conversation('Bob').click();
  await alice.log.getByRole('link', { name: 'https://example.org/plan?of=escape' }).click();
  const dialog = alice.page.getByRole('dialog', { name: 'This link leaves Aparté' });
  await expect(dialog.getByText('example.org', { exact: true })).toBeVisible();
  await expect(dialog.getByRole('alert')).toHaveCount(0);
  expect(await broken(alice.page)).toEqual([]);
  await expect(dialog.getByRole('link', { name: 'Open' })).toHaveAttribute(
    'href',
    'https://example.org/plan?of=escape'
  );
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  expect(alice.context.pages()).toHaveLength(1);
  await alice.open('/settings');
  await box.uncheck();
  await alice.page.getByRole('link', { name: 'Back' }).click();
});
