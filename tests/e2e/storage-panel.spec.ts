import { expect, meet, NO_WORKER, test, type Person } from '../support/app.ts';

test.use(NO_WORKER);

const EVICTABLE =
  /^The browser may clear them when this device runs short of space, and Safari after seven days/;

const KEYS_IN_DATABASE = /^The keys of your messages lie in the database/;

test('with the first conversation the browser is asked to keep it, once; the settings say what it answered, what may happen, and ask it again', async ({
  person
}) => {
  const alice = await person('Alice');
  const bob = await person('Bob');
  await alice.context.addInitScript(countAsking);
  await alice.open();
  expect(await asked(alice), 'before there is anything to keep').toBe(0);
  await meet(alice, bob);
  await expect.poll(() => asked(alice)).toBe(1);
  await alice.page.reload();
  await alice.expectStatus('Connected');
  expect(await asked(alice), 'after a reload').toBe(0);
  await alice.open('/settings');
  await expect(alice.page.getByText(EVICTABLE)).toBeVisible();
  await expect(alice.page.getByText(/^Used: .+ · Available: .+B$/)).toBeVisible();
  await expect(alice.page.getByText(KEYS_IN_DATABASE), 'they lie in a file').toHaveCount(0);
  const button = alice.page.getByRole('button', { name: 'Ask the browser to keep them' });
  await button.click();
  await expect(alice.page.getByText(/^The browser did not promise it/)).toBeVisible();
  await allow(alice, new URL(alice.page.url()).origin);
  await button.click();
  await expect(alice.page.getByText('The browser has promised not to clear them by itself.')).toBeVisible();
  await expect(button).toHaveCount(0);
  await expect(alice.page.getByText(EVICTABLE)).toHaveCount(0);
});

test('where a browser has no files that can be overwritten the settings say where the keys lie, and what that means', async ({
  person
}) => {
  const alice = await person('Alice');
  await alice.context.addInitScript(() => {
    Reflect.deleteProperty(StorageManager.prototype, 'getDirectory');
  });
  await alice.open();
  // There is a link when what it stands for is on the disk.
  await alice.invite();
  await alice.open('/settings');
  await expect(alice.page.getByText(EVICTABLE)).toBeVisible();
  await expect(alice.page.getByText(KEYS_IN_DATABASE)).toBeVisible();
});

/** As somebody who has installed the app, or has answered "Allow". */
async function allow({ context, page }: Person, origin: string): Promise<void> {
  const devtools = await context.newCDPSession(page);
  const { targetInfo } = await devtools.send('Target.getTargetInfo');
  await devtools.send('Browser.grantPermissions', {
    origin,
    permissions: ['durableStorage'],
    ...(targetInfo.browserContextId === undefined ? {} : { browserContextId: targetInfo.browserContextId })
  });
}

declare global {
  interface Window {
    timesAsked: number;
  }
}

function countAsking(): void {
  window.timesAsked = 0;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the manager below
  const { persist } = StorageManager.prototype;
  StorageManager.prototype.persist = function (this: StorageManager) {
    window.timesAsked++;
    return persist.call(this);
  };
}

function asked({ page }: Person): Promise<number> {
  return page.evaluate(() => window.timesAsked);
}
