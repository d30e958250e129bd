import { expect, test } from '../support/pair.ts';

test('the field grows to six lines and shrinks again; Shift+Enter is a new line, Enter sends', async ({
  alice,
  bob
}) => {
  const height = async (): Promise<number> => (await alice.composer.boundingBox())?.height ?? 0;
  const one = await height();
  await alice.composer.focus();
  const { keyboard } = alice.page;
  for (let line = 1; line < 4; line++) {
    await keyboard.type(`line ${String(line)}`);
    await keyboard.press('Shift+Enter');
  }
  expect(await height()).toBeGreaterThan(2.5 * one - 40);
  await alice.composer.fill('a\n'.repeat(5) + 'a');
  const six = await height();
  await alice.composer.fill('a\n'.repeat(20) + 'a');
  expect(await height()).toBe(six);
  await alice.composer.fill('two\nlines');
  await keyboard.press('Enter');
  await expect(alice.composer).toHaveValue('');
  expect(await height()).toBe(one);
  await bob.expectMessage('two lines');
});

test('the Enter that accepts a composed word sends nothing', async ({ alice }) => {
  await alice.composer.focus();
  const session = await alice.context.newCDPSession(alice.page);
  await session.send('Input.imeSetComposition', { text: 'にほん', selectionStart: 3, selectionEnd: 3 });
  await alice.page.keyboard.press('Enter');
  await expect(alice.composer).toHaveValue(/にほん/);
  await session.send('Input.insertText', { text: '日本' });
  await expect(alice.composer).toHaveValue(/日本/);
  await expect(alice.message('にほん')).toHaveCount(0);
  await alice.composer.fill('');
  await session.detach();
});

test('the arrow up edits the last own message; Esc gives back what was being written', async ({
  alice,
  bob
}) => {
  await alice.write('last of mine');
  await bob.write('somebody else’s');
  await alice.expectMessage('somebody else’s');
  await alice.composer.press('ArrowUp');
  await expect(alice.composer).toHaveValue('last of mine');
  await expect(alice.page.getByRole('group', { name: 'Editing your message' })).toBeVisible();
  await alice.page.keyboard.press('Escape');
  await expect(alice.composer).toHaveValue('');
  await alice.composer.fill('half a thought');
  await alice.choose('last of mine', 'Edit');
  await alice.composer.fill('last of mine, better');
  await alice.page.keyboard.press('Enter');
  await bob.expectMessage('last of mine, better');
  await expect(alice.composer).toHaveValue('half a thought');
  await alice.composer.fill('');
});

test('Esc closes the emoji, then the reply, then the conversation', async ({ alice, bob }) => {
  await bob.write('answer me');
  await alice.choose('answer me', 'Reply');
  await alice.page.getByRole('button', { name: 'Emoji', exact: true }).click();
  const search = alice.page.getByRole('searchbox', { name: 'Search emoji' });
  await expect(search).toBeFocused();
  await alice.page.keyboard.press('Escape');
  await expect(search).toHaveCount(0);
  await expect(alice.composer).toBeFocused();
  const reply = alice.page.getByRole('group', { name: /^Replying to/ });
  await expect(reply).toBeVisible();
  await alice.page.keyboard.press('Escape');
  await expect(reply).toHaveCount(0);
  await alice.page.keyboard.press('Escape');
  await expect(alice.log).toHaveCount(0);
  await alice.conversations.first().click();
  await expect(alice.composer).toBeVisible();
});

test('near the limit it counts, and beyond it nothing can be sent', async ({ alice }) => {
  await alice.composer.fill('é'.repeat(3_900));
  await expect(alice.page.getByText('200 characters left')).toBeVisible();
  await alice.composer.fill('é'.repeat(4_001));
  await expect(alice.page.getByText('Too long.')).toBeVisible();
  await expect(alice.page.getByRole('button', { name: 'Send', exact: true })).toBeDisabled();
  await alice.composer.fill('');
});

test('a colon and a word offer emoji, and a whole :word: becomes one', async ({ alice, bob }) => {
  await alice.composer.focus();
  const { keyboard } = alice.page;
  await keyboard.type('hello :smil');
  const offers = alice.page.getByRole('listbox', { name: 'Emoji' });
  await expect(offers.getByRole('option').first()).toContainText(':smile:');
  await expect(alice.composer).toHaveAttribute('aria-activedescendant', /-0$/);
  await keyboard.press('ArrowDown');
  await keyboard.press('ArrowUp');
  await keyboard.press('Enter');
  await expect(alice.composer).toHaveValue('hello 😄 ');
  await keyboard.type(':tada:');
  await expect(alice.composer).toHaveValue('hello 😄 🎉');
  await keyboard.type(' at 10:30 :strawb');
  await expect(offers).toBeVisible();
  await keyboard.press('Escape');
  await expect(offers).toHaveCount(0);
  await keyboard.press('Enter');
  await bob.expectMessage('hello 😄 🎉 at 10:30 :strawb');
});

test('what a colon offers goes when the caret goes elsewhere', async ({ alice, bob }) => {
  await alice.composer.focus();
  const { keyboard } = alice.page;
  const offers = alice.page.getByRole('listbox', { name: 'Emoji' });
  await keyboard.type('go :smil');
  await expect(offers).toBeVisible();
  await keyboard.press('Home');
  await expect(offers).toHaveCount(0);
  await keyboard.press('Enter');
  await bob.expectMessage('go :smil');
});

test('the picker is searched in both languages, offers what was used, and keeps nothing of it', async ({
  alice,
  bob
}) => {
  const kept = () =>
    alice.page.evaluate(async () => [
      (await indexedDB.databases()).map(({ name }) => name),
      Object.keys(localStorage),
      Object.keys(sessionStorage)
    ]);
  const before = await kept();
  const button = alice.page.getByRole('button', { name: 'Emoji', exact: true });
  await button.click();
  const panel = alice.page.getByRole('group', { name: 'Emoji', exact: true });
  const search = panel.getByRole('searchbox', { name: 'Search emoji' });
  for (const query of ['théâtre', 'performing']) {
    await search.fill(query);
    await expect(panel.getByRole('button', { name: '🎭' })).toBeVisible();
  }
  await search.press('ArrowDown');
  await alice.page.keyboard.press('Home');
  await search.fill('performing arts');
  await search.press('Enter');
  await expect(alice.composer).toHaveValue('🎭');
  await button.click();
  await alice.composer.press('Enter');
  await bob.expectMessage('🎭');
  await button.click();
  await expect(panel.getByText('Often used')).toBeVisible();
  await expect(panel.getByRole('button', { name: '🎭' }).first()).toBeVisible();
  await button.click();
  expect(await kept()).toEqual(before);
});

test('what was half-written comes back as it was begun: to be viewed once, an answer, a message written anew', async ({
  alice,
  bob
}) => {
  const lookElsewhere = async (): Promise<void> => {
    await alice.page.goBack();
    await expect(alice.composer).toHaveCount(0);
    await alice.conversations.first().click();
  };
  const options = alice.page.getByRole('button', { name: /^Options for this message/ });
  await alice.write('once said');
  await bob.write('what do you think?');

  await alice.choose('what do you think?', 'Reply');
  await alice.composer.fill('I think');
  await lookElsewhere();
  await expect(alice.composer).toHaveValue('I think');
  await expect(alice.page.getByRole('group', { name: /^Replying to/ })).toBeVisible();

  await alice.choose('once said', 'Edit');
  await alice.composer.fill('once said, better');
  await lookElsewhere();
  await expect(alice.page.getByRole('group', { name: 'Editing your message' })).toBeVisible();
  await expect(alice.composer).toHaveValue('once said, better');
  await alice.composer.press('Enter');
  await bob.expectMessage('once said, better');
  await expect(alice.composer).toHaveValue('I think');

  await options.click();
  await alice.page.getByRole('menuitem', { name: 'View once' }).click();
  await alice.composer.fill('I think: for your eyes only');
  await lookElsewhere();
  await expect(alice.composer).toHaveValue('I think: for your eyes only');
  await expect(options).toHaveAccessibleName('Options for this message: View once');
  // Of a new page nobody knows that it was to vanish: it has nothing of it.
  await alice.page.reload();
  await expect(options).toHaveAccessibleName('Options for this message');
  await expect(alice.composer).toHaveValue('');
});

test('a draft survives a reload', async ({ alice }) => {
  const kept = async () => JSON.stringify(await alice.database());
  const before = await kept();
  await alice.composer.fill('not yet sent');
  await expect.poll(kept).not.toBe(before);
  await alice.page.reload();
  await expect(alice.composer).toHaveValue('not yet sent');
  await alice.composer.fill('');
  await alice.expectStatus('Connected');
});

test('a timer for one message only', async ({ alice, bob }) => {
  const options = alice.page.getByRole('button', { name: /^Options for this message/ });
  await options.click();
  await alice.page.getByRole('menuitem', { name: '1 hour' }).click();
  await expect(options).toHaveAccessibleName('Options for this message: 1 hour');
  await alice.write('an hour for this');
  await expect(options).toHaveAccessibleName('Options for this message');
  await alice.write('this one stays');
  await expect(
    bob.message('an hour for this').getByText('Disappears 1 hour after it is seen')
  ).toBeAttached();
  await expect(bob.message('this one stays').getByText(/^Disappears/)).toHaveCount(0);
  await expect(bob.timer).toHaveAccessibleName('Self-destruct timer: off');
});

test('a timer that changed while one was writing asks before sending', async ({ alice, bob }) => {
  await alice.composer.fill('written for ever');
  await bob.setTimer('1 week');
  await expect(alice.timer).toHaveAccessibleName('Self-destruct timer: 1 week');
  await alice.page.keyboard.press('Enter');
  const dialog = alice.page.getByRole('dialog', { name: 'The timer has changed' });
  await expect(dialog).toContainText('1 week');
  await alice.page.keyboard.press('Escape');
  await expect(alice.composer).toHaveValue('written for ever');
  await alice.composer.press('Enter');
  await dialog.getByRole('button', { name: 'Send' }).click();
  await bob.expectMessage('written for ever');
  // One's own hand needs no warning.
  await alice.composer.fill('my own doing');
  await alice.setTimer('Off');
  await expect(bob.timer).toHaveAccessibleName('Self-destruct timer: off');
  await alice.composer.press('Enter');
  await bob.expectMessage('my own doing');
});

test('the other side sees that somebody writes', async ({ alice, bob }) => {
  // It is said every few seconds at most, and has been said for what was written before.
  await expect(async () => {
    await alice.composer.pressSequentially('h');
    await expect(bob.page.getByText(/is typing…$/)).toBeVisible({ timeout: 500 });
  }).toPass();
  await alice.composer.fill('');
});
