import { rmSync } from 'node:fs';
import { LONG, expect, test, type Person } from '../support/app.ts';
import { secondBuild } from '../support/second-build.ts';

test('the server stopped and the page reloaded: the app opens, shows the history, takes messages, and sends them when the server is back', async ({
  pair,
  server
}) => {
  const [alice, bob] = await pair();
  await alice.write('before');
  await bob.expectMessage('before');
  for (const somebody of [alice, bob]) await installed(somebody);
  await server.stop();
  await alice.page.reload();
  await bob.page.reload();

  for (const somebody of [alice, bob]) {
    await somebody.expectMessages(['before']);
    await somebody.expectStatus('Offline');
    await expect(
      somebody.page.getByText('The server cannot be reached. What you write waits here.')
    ).toBeVisible();
  }
  // Soon, and without anybody's doing.
  await expect(bob.page.getByText(/Next try in \d+ s\.$/)).toBeVisible();
  // Whose fault it is.
  await expect(alice.status).toHaveText('Offline – the server cannot be reached');
  await alice.context.setOffline(true);
  await expect(alice.status).toHaveText('Offline – this device has no network');
  await alice.context.setOffline(false);
  // What is written meanwhile does not take the notice away, not for a moment.
  const notice = await alice.page.getByText('The server cannot be reached.').elementHandle();
  await alice.write('written offline');
  await alice.expectMessage('written offline', 'Queued');
  expect(await notice.evaluate((element) => element.isConnected)).toBe(true);
  await bob.write('also offline');
  await bob.expectMessage('also offline', 'Queued');
  await bob.page.getByRole('button', { name: 'Retry now' }).click();
  await bob.expectStatus('Offline');
  // What waits survives, too.
  await alice.page.reload();
  await alice.expectMessage('written offline', 'Queued');

  await server.start();
  await bob.expectMessage('written offline');
  await alice.expectMessage('also offline');
  await alice.expectMessage('written offline', 'Read');
  await expect(alice.page.getByText('The server cannot be reached. What you write waits here.')).toHaveCount(
    0
  );
  await alice.expectMessages(['before', 'written offline', 'also offline']);
  await bob.expectMessages(['before', 'also offline', 'written offline']);
});

test(
  'nobody has to press anything: the app comes back by itself when the server does',
  LONG,
  async ({ pair, server }) => {
    const [alice, bob] = await pair();
    for (const somebody of [alice, bob]) await installed(somebody);
    await server.stop();
    for (const somebody of [alice, bob]) await somebody.page.reload();
    await alice.write('patience');
    await alice.expectMessage('patience', 'Queued');
    await server.start();
    await bob.expectMessage('patience');
  }
);

test('every page opens without a network', async ({ person, server }) => {
  const alice = await person('Alice');
  await alice.open();
  await installed(alice);
  await server.stop();
  for (const [path, heading] of [
    ['/', 'Aparté'],
    ['/join', 'Paste your invitation'],
    ['/settings', 'Settings'],
    ['/?from=a-tool', 'Aparté']
  ] as const) {
    await alice.open(path);
    await expect(alice.page.getByRole('heading', { name: heading })).toBeVisible();
  }
  // What the new conversation needs is loaded only then, and is there.
  await alice.open();
  expect(await alice.invite()).toContain('/join#');
});

test('a file that did not come is asked for again: the page need not be opened anew to work offline', async ({
  person
}) => {
  const alice = await person('Alice');
  let refused = 0;
  // Only the worker asks for this page, to keep it.
  await alice.context.route('**/settings', (route) =>
    refused++ === 0 ? route.fulfill({ status: 503 }) : route.continue()
  );
  await alice.open();
  await installed(alice);
  expect(refused).toBeGreaterThan(1);
});

test('a new build asks before it replaces the running one, and comes when it is let in', async ({
  pair,
  server
}) => {
  const [alice] = await pair();
  await alice.write('kept over the update');
  await installed(alice);
  expect(await buildOf(alice)).not.toBe('the second build');

  const second = secondBuild();
  try {
    await server.replace(second);
    await alice.page.reload();
    const ready = alice.page.getByText('A new version is ready.');
    await expect(ready).toBeVisible();
    expect(await buildOf(alice)).not.toBe('the second build');
    // Not asked for, not done: another reload shows the running build still, and asks again.
    await alice.page.reload();
    await expect(ready).toBeVisible();
    expect(await buildOf(alice)).not.toBe('the second build');

    await alice.page.getByRole('button', { name: 'Reload' }).click();
    await expect.poll(() => buildOf(alice).catch(() => null)).toBe('the second build');
    await alice.expectMessage('kept over the update');
    await expect(ready).toHaveCount(0);
    await alice.expectStatus('Connected');
  } finally {
    rmSync(second, { recursive: true });
  }
});

/** What the page needs to open offline is all there. */
async function installed({ page }: Person): Promise<void> {
  await page.waitForFunction(() => navigator.serviceWorker.controller?.state === 'activated');
}

function buildOf({ page }: Person): Promise<string | null> {
  return page.locator('meta[name="description"]').getAttribute('content');
}
