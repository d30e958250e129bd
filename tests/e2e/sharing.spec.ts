/** What another app shares, and when installing is offered. */
import { broken } from '../support/axe.ts';
import { inOffline } from '../support/offline.ts';
import { expect, forgetChoices, inConversation, test, type Person } from '../support/pair.ts';

test.afterEach(async ({ alice, bob }) => {
  await forgetChoices(alice);
  await inConversation(alice, bob);
});

/** As the share sheet of the operating system does: a form, sent with a navigation. */
async function share({ page }: Person, fields: Readonly<Record<string, string>>): Promise<void> {
  await inOffline(page);
  // Of a page that names no icon Chromium asks for one itself.
  await page.route('**/favicon.ico', (route) => route.fulfill({ status: 204 }));
  // No page of the app lets a form out: what the system sends comes from outside of them.
  await page.goto(new URL('/_app/version.json', page.url()).href);
  await page.evaluate((shared) => {
    const form = document.createElement('form');
    Object.assign(form, { method: 'post', action: '/share', enctype: 'multipart/form-data' });
    for (const [name, value] of Object.entries(shared)) {
      const field = document.createElement('textarea');
      Object.assign(field, { name, value });
      form.append(field);
    }
    document.body.append(form);
    form.submit();
  }, fields);
}

test('text and links that are shared become a draft in the conversation that is chosen, and nothing is sent', async ({
  alice,
  bob
}) => {
  await alice.open();
  await share(alice, {
    title: 'A page',
    text: 'worth\u202e reading',
    url: 'https://example.org/?a=1&b=#two'
  });
  const sheet = alice.page.getByRole('dialog', { name: 'Choose a conversation' });
  await expect(sheet.getByRole('blockquote')).toHaveText(
    'A page\nworth reading\nhttps://example.org/?a=1&b=#two'
  );
  expect(await broken(alice.page)).toEqual([]);
  // It is not in the address, so that no reload and no history has it.
  expect(new URL(alice.page.url()).hash).toBe('');
  await sheet.getByRole('button', { name: 'Bob' }).click();
  await expect(alice.composer).toHaveValue('A page\nworth reading\nhttps://example.org/?a=1&b=#two');
  await expect(bob.log.getByText('worth reading')).toHaveCount(0);
  await alice.composer.fill('');
});

test('an invitation that is shared is followed', async ({ alice, bob }) => {
  await bob.open();
  const link = await bob.invite();
  await alice.open();
  await share(alice, { text: `Talk to me aside, on Aparté: ${link}` });
  await expect(alice.page.getByRole('button', { name: 'Join', exact: true })).toBeVisible();
  await bob.page.getByRole('button', { name: 'Revoke' }).click();
});

test('no server hears of what is shared', async ({ alice }) => {
  await alice.open();
  await inOffline(alice.page);
  const fromServer: string[] = [];
  alice.context.on('request', (request) => {
    if (request.serviceWorker() !== null) fromServer.push(request.url());
  });
  await share(alice, { text: 'for nobody else' });
  await expect(alice.page.getByRole('dialog', { name: 'Choose a conversation' })).toBeVisible();
  expect(fromServer.filter((url) => url.includes('share'))).toEqual([]);
});

test('installing is offered after something was said, never before; a no holds for a month', async ({
  alice,
  bob
}) => {
  await bob.write('a word');
  const card = alice.page.getByRole('region', { name: 'Keep Aparté at hand' });
  await alice.open();
  await expect(alice.conversations).toHaveCount(1);
  await expect(card).toHaveCount(0);
  const ask = (): Promise<void> =>
    alice.page.evaluate(() => {
      // What the browser tells of, with the one answer that it would bring.
      const prompt = (): Promise<unknown> => Promise.resolve({ outcome: 'dismissed' });
      dispatchEvent(Object.assign(new Event('beforeinstallprompt', { cancelable: true }), { prompt }));
    });
  await ask();
  await card.getByRole('button', { name: 'Install' }).click();
  await expect(card).toHaveCount(0);
  await alice.page.reload();
  await expect(alice.conversations).toHaveCount(1);
  await ask();
  await expect(card).toHaveCount(0);
  // A month later.
  await alice.page.evaluate(() => {
    localStorage.setItem('aparte: not to be installed', String(Date.now() - 31 * 86_400_000));
  });
  await alice.page.reload();
  // A page that does not run yet does not hear the browser.
  await expect(alice.conversations).toHaveCount(1);
  await ask();
  await expect(card).toBeVisible();
  expect(await broken(alice.page)).toEqual([]);
  await card.getByRole('button', { name: 'Not now' }).click();
  await expect(card).toHaveCount(0);
});

test('into a conversation and back by a view transition, which is left out without motion and waited for by nobody', async ({
  alice
}) => {
  const counting = await alice.page.addInitScript(() => {
    const begun: string[] = [];
    Object.assign(window, { begun });
    const start = document.startViewTransition.bind(document);
    document.startViewTransition = (change) => {
      begun.push('transition');
      return start(change);
    };
  });
  const begun = (): Promise<number> =>
    alice.page.evaluate(() => (window as unknown as { begun: string[] }).begun.length);
  const thereAndBack = async (): Promise<void> => {
    await alice.conversations.click();
    await expect(alice.composer).toBeVisible();
    await alice.page.goBack();
    await expect(alice.composer).toHaveCount(0);
  };
  await alice.open();
  await alice.page.emulateMedia({ reducedMotion: 'no-preference' });
  await thereAndBack();
  expect(await begun()).toBe(2);
  await alice.page.emulateMedia({ reducedMotion: 'reduce' });
  await thereAndBack();
  expect(await begun()).toBe(2);
  await alice.page.emulateMedia({ reducedMotion: 'no-preference' });
  // A browser that is too busy to begin one.
  await alice.page.evaluate(() => {
    const never = new Promise<undefined>(() => undefined);
    document.startViewTransition = () =>
      ({
        ready: never,
        finished: never,
        updateCallbackDone: never,
        skipTransition: () => undefined
      }) as ViewTransition;
  });
  await thereAndBack();
  await counting.dispose();
});
