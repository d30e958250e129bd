import { expect, test, type Person } from '../support/pair.ts';

test('links can be clicked, tell nothing of where they were, and are followed by nobody before', async ({
  alice,
  bob
}) => {
  await bob.write('see example.org/a?b, me@example.org or +33 6 12 34 56 78; not javascript:alert(1)');
  const links = alice.log.getByRole('article').last().getByRole('link');
  await expect(links).toHaveText(['example.org/a?b', 'me@example.org', '+33 6 12 34 56 78']);
  const hrefs = ['https://example.org/a?b', 'mailto:me@example.org', 'tel:+33612345678'];
  for (const [index, href] of hrefs.entries()) {
    await expect(links.nth(index)).toHaveAttribute('href', href);
    await expect(links.nth(index)).toHaveAttribute('rel', 'noopener noreferrer');
    await expect(links.nth(index)).toHaveAttribute('target', '_blank');
  }
});

test('a host with letters of another script is told by its punycode, and asks before it is opened', async ({
  alice,
  bob
}) => {
  await bob.write('https://аррӏе.com/login');
  await expect(alice.log.getByText('(xn--80ak6aa92e.com)')).toBeVisible();
  await alice.log.getByRole('link', { name: 'https://аррӏе.com/login' }).click();
  const dialog = alice.page.getByRole('dialog', { name: 'This link leaves Aparté' });
  await expect(dialog.getByText('xn--80ak6aa92e.com', { exact: true })).toBeVisible();
  await expect(dialog.getByRole('alert')).toContainText('letters that look like others');
  await expect(dialog.getByRole('link', { name: 'Open' })).toHaveAttribute('rel', 'noopener noreferrer');
  await alice.page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
});

test('one to three emoji are large; each paragraph has its own direction', async ({ alice, bob }) => {
  await bob.write('🎭🎉', 'shalom שלום, and at length\nשלום shalom');
  const size = (text: string): Promise<number> =>
    alice
      .message(text)
      .getByRole('paragraph')
      .evaluate((element) => parseFloat(getComputedStyle(element).fontSize));
  expect(await size('🎭🎉')).toBeGreaterThan(1.5 * (await size('shalom שלום, and at length שלום shalom')));
  const sides = await alice
    .message('shalom שלום, and at length שלום shalom')
    .getByRole('paragraph')
    .evaluate((element) => {
      const text = [...element.childNodes].find(({ textContent }) => textContent !== '');
      if (text === undefined) return [];
      const box = (element.parentElement ?? element).getBoundingClientRect();
      return [0, 1 + (text.textContent ?? '').indexOf('\n')].map((start) => {
        const range = document.createRange();
        range.setStart(text, start);
        range.setEnd(text, start + 1);
        const { left, right } = range.getBoundingClientRect();
        return left - box.left < box.right - right ? 'left' : 'right';
      });
    });
  expect(sides).toEqual(['left', 'right']);
});

test('a reply quotes, and its quote leads to the original, or says that it is gone', async ({
  alice,
  bob
}) => {
  await alice.write('the original');
  await bob.choose('the original', 'Reply');
  await expect(bob.page.getByRole('group', { name: 'Replying to Alice' }).or(answering(bob))).toBeVisible();
  await expect(bob.composer).toBeFocused();
  await bob.write('the answer');
  await expect(answering(bob)).toHaveCount(0);
  await bob.write('far below\n'.repeat(60) + 'the end');
  await expect(alice.message('the original')).not.toBeInViewport();
  await alice
    .message('the answer')
    .getByRole('button', { name: /^In reply to You: the original/ })
    .click();
  await expect(alice.message('the original')).toBeInViewport();
  await alice.choose('the original', 'Delete for me');
  const quote = alice.message('the answer').getByRole('button', { name: /^In reply to / });
  await expect(quote).toContainText('The message it answers is gone.');
  await quote.click();
  await expect(alice.page.getByRole('status').getByText('The message it answers is gone.')).toBeVisible();
});

test('reactions: six at hand, all of them a press further, taken back by another press', async ({
  alice,
  bob
}) => {
  await alice.write('react to this');
  await bob.message('react to this').hover();
  await bob.message('react to this').getByRole('button', { name: 'Message actions' }).click();
  await expect(bob.page.getByRole('menuitemradio')).toHaveText(['👍', '❤️', '😂', '😮', '😢', '🙏']);
  await bob.page.getByRole('menuitemradio', { name: '👍' }).click();
  await expect(alice.message('react to this').getByRole('button', { name: /^👍, / })).toBeVisible();
  await alice.choose('react to this', 'React');
  const dialog = alice.page.getByRole('dialog', { name: 'React' });
  await dialog.getByRole('searchbox', { name: 'Search emoji' }).fill('fraise');
  await dialog.getByRole('button', { name: '🍓' }).click();
  await expect(bob.message('react to this').getByRole('button', { name: /^🍓, / })).toBeVisible();
  const own = bob.message('react to this').getByRole('button', { name: '👍, You' });
  await expect(own).toHaveAttribute('aria-pressed', 'true');
  await own.click();
  await expect(alice.message('react to this').getByRole('button', { name: /^👍, / })).toHaveCount(0);
});

test('an edited message says so, and its details say what it said before', async ({ alice, bob }) => {
  await alice.write('with a tpyo');
  await bob.expectMessage('with a tpyo');
  await alice.choose('with a tpyo', 'Edit');
  await expect(alice.composer).toHaveValue('with a tpyo');
  await alice.composer.fill('with a typo');
  await alice.page.keyboard.press('Enter');
  await expect(alice.composer).toHaveValue('');
  for (const somebody of [alice, bob]) {
    await expect(somebody.message('with a typo').getByText('edited')).toBeVisible();
    await expect(somebody.message('with a tpyo')).toHaveCount(0);
  }
  await bob.choose('with a typo', 'Details');
  const details = bob.page.getByRole('dialog', { name: 'Details' });
  await expect(details.getByText('with a tpyo')).toBeVisible();
  await expect(details.getByText('Written')).toBeVisible();
  await bob.page.keyboard.press('Escape');
});

test('words are copied and passed on', async ({ alice, bob }) => {
  await bob.write('to be passed on');
  // It is said for three seconds: looked for from before it is.
  const said = expect(alice.page.getByRole('status').getByText('Copied')).toBeVisible();
  await alice.choose('to be passed on', 'Copy');
  await said;
  await expectPasted(alice, 'to be passed on');
  await alice.choose('to be passed on', 'Forward');
  await alice.page.getByRole('dialog', { name: 'Forward to' }).getByRole('button').last().click();
  await expect(bob.message('to be passed on').getByText('Forwarded')).toBeVisible();
});

test('several messages are selected, copied and deleted together', async ({ alice, bob }) => {
  await alice.write('select one', 'select two', 'leave three');
  await bob.expectMessage('leave three');
  await alice.choose('select one', 'Select');
  await alice.message('select two').click();
  await expect(alice.page.getByText('2 messages selected')).toBeVisible();
  const bar = alice.page.getByRole('toolbar', { name: 'Select' });
  await bar.getByRole('button', { name: 'Delete' }).click();
  const dialog = alice.page.getByRole('dialog', { name: 'Delete 2 messages?' });
  await dialog.getByRole('checkbox', { name: 'Delete for everyone' }).check();
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
  for (const somebody of [alice, bob]) {
    await expect(somebody.message('select one')).toHaveCount(0);
    await expect(somebody.message('select two')).toHaveCount(0);
    await somebody.expectMessage('leave three');
  }
  await expect(alice.log.getByText('You erased a message on both devices.').last()).toBeVisible();
  await alice.choose('leave three', 'Select');
  await bar.getByRole('button', { name: 'Copy' }).click();
  await expect(bar).toHaveCount(0);
  await expectPasted(alice, 'leave three');
});

test('a message to be viewed once is on the screen while it is held, and nowhere after', async ({
  alice,
  bob
}) => {
  await once(alice, 'only for your eyes');
  await expect(alice.log.getByText('To be viewed once')).toBeVisible();
  await expect(alice.log.getByText('only for your eyes')).toHaveCount(0);
  const hold = bob.log.getByRole('button', { name: 'Hold to reveal' });
  // A press that is no holding opens nothing.
  await hold.click();
  const told = bob.page.getByRole('status').getByText('Hold to view: a short press opens nothing.');
  await expect(told).toBeVisible();
  await hold.hover();
  await bob.page.mouse.down();
  const words = bob.page.getByRole('dialog', { name: 'View once' });
  await expect(words.getByText('only for your eyes')).toBeVisible();
  await bob.page.keyboard.press('ControlOrMeta+A');
  expect(await bob.page.evaluate(() => getSelection()?.toString() ?? '')).not.toContain('eyes');
  await bob.page.mouse.up();
  await expect(words).toHaveCount(0);
  await expect(hold).toHaveCount(0);
  await expect(bob.log.getByText(/^You opened a message at .* It is gone\.$/).last()).toBeVisible();
  await expect(alice.log.getByText(/opened your message at .* It is gone\.$/).last()).toBeVisible();
  for (const somebody of [alice, bob])
    expect(await somebody.page.evaluate(() => document.body.textContent)).not.toContain('only for your eyes');
});

test('what is viewed once is held with a key as well', async ({ alice, bob }) => {
  await once(bob, 'by the keyboard');
  const hold = alice.log.getByRole('button', { name: 'Hold to reveal' });
  await hold.focus();
  await alice.page.keyboard.down(' ');
  await expect(alice.page.getByText('by the keyboard')).toBeVisible();
  await alice.page.keyboard.up(' ');
  await expect(alice.page.getByText('by the keyboard')).toHaveCount(0);
  await expect(hold).toHaveCount(0);
});

test('who leaves before the words to be viewed once are there has not lost them, and closes them when they are', async ({
  alice,
  bob
}) => {
  await once(bob, 'on their way');
  const hold = alice.log.getByRole('button', { name: 'Hold to reveal' });
  const early = await hold.evaluate(async (button: HTMLElement) => {
    button.click();
    // The dialog is drawn before the disk has answered.
    for (let turn = 0; turn < 100 && document.querySelector('dialog') === null; turn++)
      await Promise.resolve();
    window.dispatchEvent(new Event('blur'));
    await Promise.resolve();
    return document.querySelector('dialog')?.textContent.trim();
  });
  expect(early).toBe('');
  const words = alice.page.getByRole('dialog', { name: 'View once' });
  await expect(words.getByText('on their way')).toBeVisible();
  await words.getByRole('button', { name: 'Close' }).click();
  await expect(words).toHaveCount(0);
  await expect(hold).toHaveCount(0);
});

test('everything of a message is reached by the keyboard, which comes back to the composer', async ({
  alice,
  bob
}) => {
  // The one stop of the log is the newest message, unless somebody has been at another.
  await alice.page.reload();
  await bob.write('by keyboard alone');
  await alice.expectMessage('by keyboard alone');
  await alice.composer.focus();
  const { keyboard } = alice.page;
  // From the composer back over the jump button, if any, to the one stop of the log.
  await expect(async () => {
    await keyboard.press('Shift+Tab');
    await expect(alice.log.getByRole('button', { name: 'Message actions' }).last()).toBeFocused({
      timeout: 100
    });
  }).toPass();
  await keyboard.press('Enter');
  await expect(alice.page.getByRole('menuitem', { name: 'Reply', exact: true })).toBeFocused();
  await keyboard.press('ArrowUp');
  await expect(alice.page.getByRole('menuitemradio', { name: '🙏' })).toBeFocused();
  await keyboard.press('r');
  await keyboard.press('Escape');
  await expect(alice.log.getByRole('button', { name: 'Message actions' }).last()).toBeFocused();
  await keyboard.press('Enter');
  await keyboard.press('Enter');
  await expect(alice.composer).toBeFocused();
  await expect(answering(alice)).toBeVisible();
  await keyboard.press('Escape');
  await expect(answering(alice)).toHaveCount(0);
});

async function expectPasted(person: Person, text: string): Promise<void> {
  // The browser says nothing of when the clipboard has it.
  await expect(async () => {
    await person.composer.fill('');
    await person.composer.press('ControlOrMeta+V');
    await expect(person.composer).toHaveValue(text, { timeout: 1_000 });
  }).toPass();
  await person.composer.fill('');
}

function answering(person: Person) {
  return person.page.getByRole('group', { name: /^Replying to/ });
}

async function once(person: Person, text: string): Promise<void> {
  await person.page.getByRole('button', { name: 'Options for this message' }).click();
  await person.page.getByRole('menuitem', { name: 'View once' }).click();
  await expect(person.composer).toHaveAttribute('placeholder', 'Message · viewed once');
  await person.write(text);
}
