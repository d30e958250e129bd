/** What can be chosen, on a phone: each choice does what it says, at once and after a reload. */
import { expect, PHONE, test, type Person } from '../support/pair.ts';

test.use({ device: PHONE });

test.beforeEach(async ({ alice }) => {
  await alice.open('/settings');
});

const choose = async ({ page }: Person, name: string): Promise<void> =>
  page.getByText(name, { exact: true }).click();

test('a theme is there before the first paint, and can be the system’s again', async ({ alice }) => {
  const { page } = alice;
  await page.emulateMedia({ colorScheme: 'light' });
  const paper = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await paper();
  await choose(alice, 'Dark');
  await expect(page.getByRole('radio', { name: 'Dark' })).toBeChecked();
  const dark = await paper();
  expect(dark).not.toBe(light);
  // Not one of the app's scripts is there yet.
  await page.route('**/*.js', (route) => route.abort());
  alice.expected.push(/ERR_FAILED/);
  await page.goto('about:blank');
  await alice.open('/settings');
  expect(await paper()).toBe(dark);
  alice.faults.splice(0);
  await page.unroute('**/*.js');
  await alice.open('/settings');
  await choose(alice, 'System');
  expect(await paper()).toBe(light);
  await page.emulateMedia({ colorScheme: 'dark' });
  expect(await paper()).toBe(dark);
});

test('a text size changes every text, and is kept', async ({ alice }) => {
  const size = () =>
    alice.page
      .getByRole('heading', { name: 'Privacy' })
      .evaluate((heading) => getComputedStyle(heading).fontSize);
  const normal = parseFloat(await size());
  await choose(alice, 'Largest');
  expect(parseFloat(await size())).toBeGreaterThan(normal * 1.4);
  await alice.page.reload();
  await expect(alice.page.getByRole('radio', { name: 'Largest' })).toBeChecked();
  expect(parseFloat(await size())).toBeGreaterThan(normal * 1.4);
  // At 390 px nothing goes over the edge with it.
  expect(await alice.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await choose(alice, 'Normal');
});

test('a language is spoken at once, whatever the browser’s', async ({ alice }) => {
  const { page } = alice;
  await page.getByRole('combobox', { name: 'Language' }).selectOption('Français');
  await expect(page.getByRole('heading', { name: 'Réglages' })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('lang', 'fr');
  await page.getByRole('combobox', { name: 'Langue' }).selectOption('Celle du navigateur');
  await expect(page.getByRole('heading', { name: 'Settings' })).toBeVisible();
});

/** What is chosen is on the screen at once; another visit, without a new page, shows what is on the disk. */
async function expectTimer({ page }: Person, seconds: string): Promise<void> {
  await page.getByRole('link', { name: 'Back' }).click();
  await page.getByRole('link', { name: 'Settings' }).click();
  await expect(page.getByRole('combobox', { name: 'They begin with the timer' })).toHaveValue(seconds);
}

test('receipts, typing, the link warning and the first timer are kept', async ({ alice }) => {
  const { page } = alice;
  const boxes = ['Read receipts', 'Typing', 'Ask before opening links'] as const;
  const before = await Promise.all(boxes.map((name) => page.getByRole('checkbox', { name }).isChecked()));
  expect(before).toEqual([true, true, false]);
  const timer = page.getByRole('combobox', { name: 'They begin with the timer' });
  for (const name of boxes) await page.getByRole('checkbox', { name }).click();
  await timer.selectOption('1 day');
  await expectTimer(alice, '86400');
  await page.reload();
  await expect(timer).toHaveValue('86400');
  for (const [index, name] of boxes.entries())
    await expect(page.getByRole('checkbox', { name })).toBeChecked({ checked: before[index] === false });
  for (const name of boxes) await page.getByRole('checkbox', { name }).click();
  await timer.selectOption('Off');
  await expectTimer(alice, '0');
});

test('the version, a hash of the build, the licence and ten lines of what it cannot do', async ({
  alice
}) => {
  const { page } = alice;
  await expect(page.getByText(/^Version \d+\.\d+\.\d+ · Build [0-9a-f]{12}$/)).toBeVisible();
  await expect(page.getByText('Free software, MIT licence.')).toBeVisible();
  const lines = page.getByRole('region', { name: 'What we can and cannot see' }).getByRole('listitem');
  await expect(lines).toHaveCount(10);
});
