/** Storage that is damaged, deleted, held by somebody else or full (threats R7, R8), in a real browser. */
import { readFileSync } from 'node:fs';
import { expect, LONG, meet, NO_WORKER, test, type Person } from '../support/app.ts';
import { broken, paint } from '../support/axe.ts';

test.use(NO_WORKER);

const BROKEN = 'Aparté cannot open here';
const SCREENS = {
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
  desktop: { viewport: { width: 1280, height: 800 } }
} as const;

test('one row of garbage: it is counted, the rest is read, and both go on', async ({ pair }) => {
  const [alice, bob] = await pair();
  await alice.write('one', 'two', 'three');
  await bob.write('an answer');
  await bob.expectMessage('an answer', 'Read');
  await spoilRow(bob, 2);
  await bob.page.reload();
  await expect(bob.page.getByText(/^A part of what is kept here is damaged .*entries: 1\)/)).toBeVisible();
  await bob.expectMessages(['one', 'three', 'an answer']);
  await bob.expectStatus('Connected');
  await alice.write('four');
  await bob.write('five');
  await bob.expectMessages(['one', 'three', 'an answer', 'four', 'five']);
  await alice.expectMessages(['one', 'two', 'three', 'an answer', 'four', 'five']);
  // What is left can be had as a file from the settings.
  await bob.page.getByRole('button', { name: 'Dismiss' }).click();
  await bob.page.getByRole('link', { name: 'Settings' }).first().click();
  await expect(bob.page.getByRole('heading', { name: 'On this device' })).toBeVisible();
  expect(await exported(bob)).toMatch(/one\n.*three\n/);
});

test('a table is missing: what happened is said, what can be read is saved to a file, and one can start anew', async ({
  pair
}) => {
  const [alice, bob] = await pair();
  await alice.write('kept', 'in two\nlines');
  await bob.expectMessage('kept');
  await bob.setTimer('1 hour');
  await bob.write('burns in an hour');
  await bob.expectMessage('burns in an hour', /Delivered|Read/);
  await away(bob);
  await bob.page.evaluate(loseTable, 'joins');
  await bob.open();
  await expectScreen(bob, /missing or damaged/);
  const text = await exported(bob);
  expect(text).toContain('not encrypted');
  expect(text).toMatch(/: kept\n.*: in two\n {4}lines\n/);
  expect(text).not.toContain('burns');
  // Trying again changes nothing, and starts nothing.
  await bob.page.getByRole('button', { name: 'Try again' }).click();
  await expectScreen(bob, /missing or damaged/);
  await startAnew(bob);
  await bob.invite();
});

test('the key is gone: nothing is written over, no empty app pretends to be a beginning', async ({
  pair
}) => {
  const [alice, bob] = await pair();
  await alice.write('sealed for ever');
  await bob.expectMessage('sealed for ever');
  await bob.page.evaluate(forgetKey);
  await bob.page.reload();
  await expectScreen(bob, /The key to what Aparté kept .* is gone or damaged/);
  await expect(bob.page.getByRole('button', { name: 'Export what can be read' })).toHaveCount(0);
  const stored = await bob.database();
  expect(stored.filter(({ store }) => store === 'rows').length).toBeGreaterThan(0);
  expect(stored.some(({ key }) => key === '"keyring"')).toBe(false);
  await startAnew(bob);
});

test('deleted while it is open, and looked for again after a reload: that is said, once, without a loop', async ({
  pair
}) => {
  const [alice, bob] = await pair();
  await alice.write('kept');
  await bob.expectMessage('kept');
  await bob.page.evaluate(() => indexedDB.deleteDatabase('aparte'));
  await expectScreen(bob, /has been deleted/);
  const opened = await bob.page.evaluate(async () => {
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the factory below
    const { open } = IDBFactory.prototype;
    let times = 0;
    IDBFactory.prototype.open = function (this: IDBFactory, ...database) {
      times++;
      return open.apply(this, database);
    };
    for (let frame = 0; frame < 60; frame++) await new Promise(requestAnimationFrame);
    return times;
  });
  expect(opened).toBe(0);
  await bob.page.reload();
  await expectScreen(bob, /has been deleted/);
  await startAnew(bob);
  await alice.open();
  await bob.join(await alice.invite(), 'Bob');
  await bob.expectStatus('Connected');
});

test(
  'held by a tab that does not give way: that is said, and with that tab gone it goes on by itself',
  LONG,
  async ({ pair }) => {
    const [alice, bob] = await pair();
    await alice.write('kept');
    await bob.expectMessage('kept');
    bob.expected.push(/404/);
    const holder = await bob.newTab('/healthz');
    await holder.evaluate(hold);
    await bob.page.goto('about:blank');
    // Somebody deletes it; this waits for the holder, and everybody who opens it waits for that.
    await holder.evaluate(() => {
      indexedDB.deleteDatabase('aparte');
    });
    await bob.open();
    await expectScreen(bob, /Another tab holds .* Close the other tabs/);
    await holder.close();
    await expectScreen(bob, /has been deleted/);
    await startAnew(bob);
  }
);

test(
  'deleting everything while another tab holds the database says so, and is done when it lets go',
  LONG,
  async ({ pair }) => {
    const [alice, bob] = await pair();
    await alice.write('kept');
    await bob.expectMessage('kept');
    bob.expected.push(/404/);
    const holder = await bob.newTab('/healthz');
    await holder.evaluate(hold);
    await bob.open('/settings');
    await bob.page.getByRole('button', { name: 'Delete everything' }).click();
    await bob.page.getByRole('textbox', { name: /^Type/ }).fill('delete');
    await bob.page.getByRole('dialog').getByRole('button', { name: 'Delete everything' }).click();
    await expectScreen(bob, /Close the other tabs/);
    await holder.close();
    await bob.open();
    await expect(bob.page.getByRole('button', { name: 'New conversation' })).toBeVisible();
    await expect(bob.conversations).toHaveCount(0);
  }
);

for (const [screen, options] of Object.entries(SCREENS)) {
  test(
    `another version upgrades the database while it is open, on a ${screen}: it gives way, and nothing on that screen or the storage panel is for axe, in the light or in the dark`,
    screen === 'phone' ? {} : LONG,
    async ({ pair }) => {
      const [alice, bob] = await pair(options);
      await alice.write('spoilt', 'kept');
      await bob.expectMessage('kept');
      await spoilRow(bob, 1);
      await bob.open();
      await bob.open('/settings');
      await expect(bob.page.getByRole('heading', { name: 'On this device' })).toBeVisible();
      await check(bob, `storage ${screen}`);
      await bob.page.evaluate(upgrade);
      await expectScreen(bob, /written by a newer Aparté/);
      await check(bob, `recovery ${screen}`);
      await bob.page.getByRole('button', { name: 'Export what can be read' }).click();
      await check(bob, `export ${screen}`);
      expect(await saved(bob)).toContain('kept');
      await bob.page.getByRole('button', { name: 'Start anew' }).click();
      await check(bob, `start anew ${screen}`);
    }
  );
}

test('a real quota that is used up: told on the receiving side, and delivery resumes with the room', async ({
  person,
  server
}) => {
  const { origin } = server;
  const alice = await person('Alice');
  const bob = await person('Bob', { profile: true });
  const devtools = await bob.context.newCDPSession(bob.page);
  await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 12_000_000 });
  await alice.open();
  await meet(alice, bob);
  await alice.write('before');
  await bob.expectMessage('before');
  await bob.page.evaluate(fillUp);

  // What fits into the last bytes is still kept; nothing else is acknowledged.
  const long = Array.from({ length: 12 }, (_, i) => `${String(i)} ${'long '.repeat(1_000)}`);
  await alice.write(...long);
  await expect(bob.page.getByRole('alert')).toHaveText(/^This device has no room left/);
  await expect(alice.message(long[11] ?? '').getByText('Sent')).toBeAttached();
  await bob.composer.fill(long[0] ?? '');
  await bob.page.getByRole('button', { name: 'Send', exact: true }).click();
  await expect(bob.page.getByRole('alert')).toHaveCount(1);
  await expect(bob.composer).toHaveValue(long[0] ?? '');
  await bob.composer.fill('mine');

  await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 100_000_000 });
  await expect(bob.page.getByRole('alert')).toHaveCount(0);
  await expect(alice.message(long[11] ?? '').getByText(/Delivered|Read/)).toBeAttached();
  await bob.page.getByRole('button', { name: 'Send', exact: true }).click();
  await alice.expectMessage('mine');
  await bob.expectMessages(['before', ...long.map((text) => text.trim()), 'mine']);
});

async function expectScreen({ page }: Person, sentence: RegExp): Promise<void> {
  await expect(page.getByRole('heading', { name: BROKEN })).toBeVisible();
  await expect(page.getByRole('alert').getByRole('paragraph')).toHaveText(sentence);
}

/** What is in the file. */
async function exported(person: Person): Promise<string> {
  await person.page.getByRole('button', { name: 'Export what can be read' }).click();
  await expect(person.page.getByRole('dialog')).toContainText('The file is not encrypted');
  return saved(person);
}

async function saved({ page }: Person): Promise<string> {
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save the file' }).click();
  const file = await downloading;
  expect(file.suggestedFilename()).toBe('aparte.txt');
  return readFileSync(await file.path(), 'utf8');
}

async function startAnew({ page, conversations }: Person): Promise<void> {
  await page.getByRole('button', { name: 'Start anew' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Start anew' }).click();
  await page.getByRole('button', { name: 'Begin again' }).click();
  await expect(page.getByRole('button', { name: 'New conversation' })).toBeVisible();
  await expect(conversations).toHaveCount(0);
}

/** To a page of this origin that is not the app. */
async function away(person: Person): Promise<void> {
  person.expected.push(/404/);
  await person.open('/healthz');
}

async function spoilRow({ page }: Person, order: number): Promise<void> {
  await page.evaluate(
    (wanted) =>
      new Promise<void>((resolve) => {
        indexedDB.open('aparte').onsuccess = ({ target }) => {
          const database = (target as IDBOpenDBRequest).result;
          const transaction = database.transaction('rows', 'readwrite');
          transaction.oncomplete = () => {
            database.close();
            resolve();
          };
          transaction.objectStore('rows').openCursor().onsuccess = ({ target: request }) => {
            const cursor = (request as IDBRequest<IDBCursorWithValue | null>).result;
            if (!cursor) return;
            const row = cursor.value as { order?: number };
            if (row.order === wanted) cursor.update({ ...row, sealed: new Uint8Array(100).fill(wanted) });
            cursor.continue();
          };
        };
      }),
    order
  );
}

/** As a newer version does it, in another tab. */
function upgrade(): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open('aparte', 1_000);
    request.onsuccess = () => {
      request.result.close();
      resolve();
    };
    request.onerror = reject;
  });
}

function forgetKey(): Promise<void> {
  return new Promise((resolve) => {
    indexedDB.open('aparte').onsuccess = ({ target }) => {
      const database = (target as IDBOpenDBRequest).result;
      const transaction = database.transaction('meta', 'readwrite');
      transaction.objectStore('meta').delete('keyring');
      transaction.oncomplete = () => {
        database.close();
        resolve();
      };
    };
  });
}

/** A connection that hears nothing. */
function hold(): Promise<void> {
  return new Promise((resolve) => {
    indexedDB.open('aparte').onsuccess = () => {
      resolve();
    };
  });
}

/** Takes all the room that the browser gives to this origin, to the last kilobyte. */
async function fillUp(): Promise<void> {
  const database = await new Promise<IDBDatabase>((resolve) => {
    const request = indexedDB.open('filler', 1);
    request.onupgradeneeded = () => request.result.createObjectStore('bytes', { autoIncrement: true });
    request.onsuccess = () => {
      resolve(request.result);
    };
  });
  for (let size = 60_000; size >= 1_000;) {
    const kept = await new Promise<boolean>((resolve) => {
      const transaction = database.transaction('bytes', 'readwrite', { durability: 'strict' });
      transaction.objectStore('bytes').add(crypto.getRandomValues(new Uint8Array(size)));
      transaction.oncomplete = () => {
        resolve(true);
      };
      transaction.onabort = () => {
        resolve(false);
      };
    });
    if (!kept) size = Math.floor(size / 2);
  }
}

/** The same database of the same version, without one of its tables. */
async function loseTable(lost: string): Promise<void> {
  const done = <T>(request: IDBRequest<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => {
        resolve(request.result);
      };
      request.onerror = () => {
        reject(new Error(request.error?.name));
      };
    });
  const all = ['meta', 'conversations', 'invitations', 'joins', 'rows', 'pages', 'doomed'];
  const tables = all.filter((table) => table !== lost);
  const before = await done(indexedDB.open('aparte'));
  const kept: { table: string; keys: IDBValidKey[]; values: unknown[] }[] = [];
  for (const table of tables) {
    const objects = before.transaction(table).objectStore(table);
    const [keys, values] = await Promise.all([done(objects.getAllKeys()), done(objects.getAll())]);
    kept.push({ table, keys, values });
  }
  before.close();
  await done(indexedDB.deleteDatabase('aparte'));
  const request = indexedDB.open('aparte', 2);
  request.onupgradeneeded = () => {
    const { result: database } = request;
    for (const table of tables) {
      const paths: Record<string, string | string[]> = {
        rows: ['conversation', 'log', 'seq'],
        pages: 'page'
      };
      const inline = paths[table] ?? 'id';
      const objects = database.createObjectStore(table, table === 'meta' ? {} : { keyPath: inline });
      if (table === 'rows') {
        objects.createIndex('timeline', ['conversation', 'order']);
        objects.createIndex('deadline', 'deadline');
      }
    }
  };
  const after = await done(request);
  for (const { table, keys, values } of kept) {
    const objects = after.transaction(table, 'readwrite').objectStore(table);
    for (const [i, value] of values.entries())
      await done(table === 'meta' ? objects.put(value, keys[i]) : objects.put(value));
  }
  after.close();
}

/** Everything in the light, and once more in the dark what depends on colours. APARTE_SHOTS: a folder for pictures. */
async function check({ page }: Person, where: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await paint(page, colorScheme);
    const rules = colorScheme === 'dark' ? ['color-contrast', 'link-in-text-block'] : [];
    expect(await broken(page, ...rules), `${where}, ${colorScheme}`).toEqual([]);
    const folder = process.env.APARTE_SHOTS;
    if (folder !== undefined) await page.screenshot({ path: `${folder}/${where} ${colorScheme}.png` });
  }
}
