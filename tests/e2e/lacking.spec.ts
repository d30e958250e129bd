/** What a browser lacks: an interface, room on its disk, or a part of the app itself that has not come. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { LONG, expect, NO_WORKER, test, type Person } from '../support/pair.ts';

test.use(NO_WORKER);

const NOT_LOADED = 'A part of the app could not be loaded.';
const FULL =
  'This device has no room left. Free some space: what you wrote stays here, and what is sent to you waits until it can be kept.';

test('a browser without WebRTC says so, to the one who invites and to the one who joins', async ({
  person
}) => {
  const lacking =
    'This browser cannot link two people directly. Open Aparté in a current Firefox, Chrome, Edge or Safari.';
  const alice = await person('Alice');
  await alice.open();
  const link = await alice.invite();
  const bob = await person('Bob');
  await bob.context.addInitScript(() => {
    for (const name of ['RTCPeerConnection', 'webkitRTCPeerConnection']) Reflect.deleteProperty(window, name);
  });
  await bob.open();
  await expect(bob.page.getByRole('alert')).toHaveText(lacking);
  await bob.page.goto(link);
  await bob.pressJoin();
  await expect(bob.page.getByRole('main').getByRole('alert').getByRole('paragraph')).toHaveText(lacking);
  // The link is not used up.
  const carol = await person('Carol');
  await carol.join(link);
  await carol.expectStatus('Connected');
});

test('a browser without WebSocket says so, and still shows what it keeps', async ({ pair }) => {
  const [alice, bob] = await pair();
  await alice.write('kept');
  await bob.expectMessage('kept');
  await alice.context.addInitScript(() => {
    Reflect.deleteProperty(window, 'WebSocket');
  });
  await alice.page.reload();
  await expect(alice.page.getByRole('alert')).toHaveText(
    'This browser cannot reach the server that introduces you. Try another network, or a current browser.'
  );
  await alice.expectMessages(['kept']);
  await alice.write('waits');
  await alice.expectMessage('waits', 'Queued');
});

for (const [how, lacks, sample] of [
  [
    'has no IndexedDB',
    () => {
      Reflect.deleteProperty(window, 'indexedDB');
      Reflect.deleteProperty(Window.prototype, 'indexedDB');
    },
    LONG
  ],
  [
    'refuses to open a database',
    () => {
      IDBFactory.prototype.open = () => {
        throw new DOMException('refused', 'SecurityError');
      };
    },
    {}
  ]
] as const) {
  test(
    `a browser that ${how} says that nothing is kept, and talks nevertheless`,
    sample,
    async ({ person }) => {
      const alice = await person('Alice');
      await alice.context.addInitScript(lacks);
      const bob = await person('Bob');
      await alice.open();
      await expect(alice.page.getByText(/^Messages vanish when you close this window/)).toBeVisible();
      await bob.join(await alice.invite());
      await alice.expectStatus('Connected');
      await alice.write('for now');
      await bob.expectMessage('for now');
      await bob.write('likewise');
      await alice.expectMessage('likewise');
    }
  );
}

test('a browser that is told to keep no site data says that nothing is kept, and talks nevertheless', async ({
  person
}, info) => {
  const profile = info.outputPath('profile');
  mkdirSync(`${profile}/Default`, { recursive: true });
  const blocked = { profile: { default_content_setting_values: { cookies: 2 } } };
  writeFileSync(`${profile}/Default/Preferences`, JSON.stringify(blocked));
  const alice = await person('Alice', { profile });
  const bob = await person('Bob');
  await alice.open();
  await expect(alice.page.getByText(/^Messages vanish when you close this window/)).toBeVisible();
  // Locks, which this browser has, are refused as well.
  const request = alice.page.evaluate(() => navigator.locks.request('any', () => 'granted'));
  await expect(request).rejects.toThrow('SecurityError');
  await bob.join(await alice.invite());
  await alice.expectStatus('Connected');
  await alice.write('for now');
  await bob.expectMessage('for now');

  // What it may not touch it need not delete.
  await alice.open('/settings');
  await alice.page.getByRole('button', { name: 'Delete everything' }).click();
  const dialog = alice.page.getByRole('dialog', { name: 'Delete everything' });
  await dialog.getByRole('textbox').fill('delete');
  await dialog.getByRole('button', { name: 'Delete everything' }).click();
  await expect(alice.page.getByRole('heading', { name: 'Nothing is left on this device' })).toBeVisible();
  await expect(alice.page.getByText('Your browser keeps nothing for this site.')).toBeVisible();
  await alice.page.getByRole('button', { name: 'Begin again' }).click();
  await expect(alice.page.getByText(/^Messages vanish when you close this window/)).toBeVisible();
});

test('a database that a newer version wrote is left alone, and the reader is told', async ({
  person,
  server
}) => {
  const alice = await person('Alice');
  // A page of this origin that is not the app; browsers look for an icon beside it.
  alice.expected.push(/404/);
  await alice.page.goto(`${server.origin}/healthz`);
  const version = await alice.page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const request = indexedDB.open('aparte', 1_000);
        request.onsuccess = () => {
          resolve(request.result.version);
          request.result.close();
        };
      })
  );
  await alice.open();
  await expect(alice.page.getByRole('alert').getByRole('paragraph')).toHaveText(
    'What is kept here was written by a newer Aparté. Reload the page to update.'
  );
  expect(await alice.page.evaluate(() => indexedDB.databases())).toEqual([{ name: 'aparte', version }]);
});

test('a full disk: the sentence says so, the words stay where they were written, and go out when there is room', async ({
  again
}) => {
  const [alice, bob] = await again();
  await alice.write('while there was room');
  await bob.expectMessage('while there was room');
  await full(alice, true);
  await alice.composer.fill('no room for this');
  await alice.page.getByRole('button', { name: 'Send', exact: true }).click();
  await expect(alice.page.getByRole('alert')).toHaveText(FULL);
  await expect(alice.composer).toHaveValue('no room for this');
  await alice.expectMessages(['while there was room']);
  await bob.expectMessages(['while there was room']);

  await full(alice, false);
  await alice.page.getByRole('button', { name: 'Send', exact: true }).click();
  await bob.expectMessage('no room for this');
  await expect(alice.page.getByRole('alert')).toHaveCount(0);
  await alice.expectMessages(['while there was room', 'no room for this']);
  await bob.expectMessages(['while there was room', 'no room for this']);
});

test('a full disk: what was half-written is there after a look elsewhere, and what was not passed on is still chosen', async ({
  again
}) => {
  const [alice, bob] = await again();
  await full(alice, true);
  await alice.composer.fill('on no disk');
  await alice.page.goBack();
  await expect(alice.composer).toHaveCount(0);
  await alice.conversations.click();
  await expect(alice.composer).toHaveValue('on no disk');
  await alice.composer.press('Enter');
  await expect(alice.page.getByRole('alert')).toHaveText(FULL);
  await expect(alice.composer).toHaveValue('on no disk');
  await full(alice, false);
  await alice.composer.press('Enter');
  await bob.expectMessage('on no disk');

  // What is passed on and refused is still chosen.
  await full(alice, true);
  await alice.choose('on no disk', 'Select');
  await alice.page.getByRole('toolbar', { name: 'Select' }).getByRole('button', { name: 'Forward' }).click();
  await alice.page.getByRole('dialog').getByRole('button', { name: 'Bob' }).click();
  await expect(alice.page.getByRole('alert')).toHaveText(FULL);
  await expect(alice.page.getByText('1 message selected')).toBeVisible();
  await full(alice, false);
  await alice.page.getByRole('toolbar', { name: 'Select' }).getByRole('button', { name: 'Cancel' }).click();
});

test('what comes while the disk is full is not acknowledged, and comes again when there is room', async ({
  again
}) => {
  const [alice, bob] = await again();
  await full(bob, true);
  await alice.write('one', 'two', 'three');
  await alice.expectMessage('three', /^(Queued|Sent)$/);
  await expect(bob.message('one')).toHaveCount(0);
  // Whoever was to receive them is told, once, though nothing was asked for.
  await expect(bob.page.getByRole('alert')).toHaveText(FULL);
  await full(bob, false);
  await bob.expectMessages(['one', 'two', 'three']);
  await alice.expectMessage('three', 'Read');
  await alice.expectMessages(['one', 'two', 'three']);
  await expect(bob.page.getByRole('alert')).toHaveCount(0);
});

test(
  'a first contact that cannot be stored says why, and leaves nothing half-made',
  LONG,
  async ({ person }) => {
    const alice = await person('Alice');
    const bob = await person('Bob');
    await alice.open();
    const link = await alice.invite();
    await bob.page.goto(link);
    await expect(bob.page.getByRole('button', { name: 'Join', exact: true })).toBeVisible();
    await full(bob, true);
    await bob.pressJoin();
    await expect(bob.page.getByRole('alert').getByRole('paragraph')).toHaveText(FULL);
    await full(bob, false);
    await bob.open();
    await expect(bob.conversations).toHaveCount(0);
  }
);

test('where what connects has not come, the one who joins is told, and comes back with the link', async ({
  person
}) => {
  const alice = await person('Alice');
  await alice.open();
  const link = await alice.invite();
  const bob = await person('Bob');
  await lose(bob, 'createDataChannel');
  await bob.join(link, 'Bob');
  await expect(bob.page.getByRole('alert')).toContainText(NOT_LOADED);
  await found(bob);
  await bob.page.getByRole('button', { name: 'Reload' }).click();
  await bob.pressJoin('Bob');
  await bob.expectStatus('Connected');
  await expect(bob.page.getByRole('alert')).toHaveCount(0);
});

test('where what reads links has not come, a link that was pasted comes back with the new page', async ({
  person
}) => {
  const alice = await person('Alice');
  await alice.open();
  const link = await alice.invite();
  const bob = await person('Bob');
  await lose(bob, 'notifyTyping');
  await bob.open('/join');
  await bob.page.getByRole('textbox', { name: 'Invitation link' }).fill(link);
  await bob.page.getByRole('button', { name: 'Open', exact: true }).click();
  await expect(bob.page.getByRole('alert')).toContainText(NOT_LOADED);
  await found(bob);
  await bob.page.getByRole('button', { name: 'Reload' }).click();
  await expect(bob.page.getByRole('button', { name: 'Join', exact: true })).toBeVisible();
  await expect(bob.page).toHaveURL(/\/join$/);
});

test('a dialog that has not come says so each time that it is asked for', async ({ person }) => {
  const alice = await person('Alice');
  await alice.open('/settings');
  const restore = alice.page.getByRole('button', { name: 'Restore a backup' });
  await expect(restore).toBeVisible();
  alice.expected.push(/net::ERR_FAILED/);
  await alice.page.route('**/*.js', (route) => route.abort());
  for (let i = 0; i < 2; i++) {
    await restore.click();
    await expect(alice.page.getByRole('alert')).toContainText(NOT_LOADED);
    await expect(alice.page.getByRole('alert')).toBeInViewport();
    await alice.page.getByRole('button', { name: 'Dismiss' }).click();
    await expect(alice.page.getByRole('alert')).toHaveCount(0);
  }
  await restore.click();
  const reload = alice.page.getByRole('button', { name: 'Reload' });
  await expect(reload).toBeVisible();
  await alice.page.unroute('**/*.js');
  await reload.click();
  await restore.click();
  await expect(alice.page.getByRole('dialog', { name: 'Restore a backup' })).toBeVisible();
});

/** The scripts with this word in them do not come, however often they are asked for, until `found`. */
async function lose({ page, expected }: Person, word: string): Promise<void> {
  expected.push(/net::ERR_FAILED/);
  await page.route('**/_app/**/*.js', async (route) => {
    const response = await route.fetch();
    const lost = (await response.text()).includes(word);
    return lost ? route.abort() : route.fulfill({ response });
  });
}

/** They come again. What was under way is answered first: no answer is left for a page that has gone. */
async function found({ page }: Person): Promise<void> {
  await page.unrouteAll({ behavior: 'wait' });
}

/** Every write fails as it does on a full disk, until there is room again. */
async function full({ page }: Person, now: boolean): Promise<void> {
  await page.evaluate((isFull) => {
    const stores = IDBObjectStore.prototype;
    // The own property hides the real one, which is kept beside it.
    const real =
      Object.getOwnPropertyDescriptor(stores, 'realPut') ?? Object.getOwnPropertyDescriptor(stores, 'put');
    if (real === undefined) throw new Error('no put');
    Object.defineProperty(stores, 'realPut', real);
    const refuse = (): never => {
      throw new DOMException('no room', 'QuotaExceededError');
    };
    Object.defineProperty(stores, 'put', isFull ? { ...real, value: refuse } : real);
  }, now);
}
