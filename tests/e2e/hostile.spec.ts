import { expect, meet, test } from '../support/app.ts';
import { HostileServer } from '../support/hostile.ts';

test('markup, scripts and marks that turn text around are shown as what they are', async ({ pair }) => {
  const [alice, bob] = await pair();
  const texts = [
    '<img src=x onerror="window.pwned = 1">',
    '<script>window.pwned = 1</script>',
    'javascript:window.pwned=1',
    '{@html "<b>bold</b>"} ${window.pwned = 1} {{pwned}}',
    '\u202Egnp.exe\u202C and after',
    '&lt;b&gt; &amp; &#x3C;'
  ];
  await alice.write(...texts);
  await bob.expectMessages(texts);
  await alice.expectMessages(texts);
  for (const { page, log } of [alice, bob]) {
    await expect(log.locator('img, script, b, a, iframe')).toHaveCount(0);
    expect(await page.evaluate(() => 'pwned' in window)).toBe(false);
  }
  // Text that is turned around stays inside its own message: the box tells its direction by itself.
  await expect(bob.message(texts[4] ?? '').getByRole('paragraph')).toHaveAttribute('dir', 'auto');
});

test('a name cannot pretend to be more than a name', async ({ person }) => {
  const alice = await person('Alice');
  const bob = await person('Bob');
  await alice.open();
  await bob.join(await alice.invite(), '\u202E<b>Bob</b>\u0007\u200B');
  await expect(alice.page.getByRole('heading', { level: 1, name: /Bob/ })).toHaveText('<b>Bob</b>');
  await expect(alice.page.locator('b')).toHaveCount(0);
});

test('very long messages, many lines and rare characters arrive as they were written; too long a one stays', async ({
  pair
}) => {
  const [alice, bob] = await pair();
  const long = 'é'.repeat(3_000);
  const rare = 'a\n\n  b\tc 👩‍👩‍👧‍👦 \u0301 𝔘 العربية';
  await alice.composer.fill(long);
  await alice.page.keyboard.press('Enter');
  await expect(bob.log.getByRole('article').getByRole('paragraph').first()).toHaveText(long);
  await alice.composer.fill(rare);
  await alice.page.keyboard.press('Enter');
  await expect
    .poll(() =>
      bob.log
        .getByRole('article')
        .getByRole('paragraph')
        .nth(1)
        .evaluate((p) => p.textContent)
    )
    .toBe(rare);
  await alice.composer.fill('x'.repeat(9_000));
  await expect(alice.page.getByText('Too long. Shorten it, or send it in two.')).toBeVisible();
  await expect(alice.page.getByRole('button', { name: 'Send', exact: true })).toBeDisabled();
});

test('a server that lies, repeats itself, spoils frames and invents some cannot stop a conversation', async ({
  person,
  server
}) => {
  const hostile = new HostileServer(server);
  await hostile.start();
  try {
    const alice = await person('Alice', { at: hostile });
    const bob = await person('Bob', { at: hostile });
    await alice.open();
    await meet(alice, bob);
    await alice.write('one');
    await bob.expectMessage('one');
    for (const round of ['two', 'three']) {
      await bob.page.reload();
      await bob.expectStatus('Connected');
      await bob.write(round);
      await alice.expectMessage(round);
    }
    await alice.expectMessages(['one', 'two', 'three']);
    await bob.expectMessages(['one', 'two', 'three']);
    await expect(alice.conversations).toHaveCount(1);
    // It has really been hostile.
    expect(hostile.mischief).toBeGreaterThan(50);
  } finally {
    await hostile.stop();
  }
});
