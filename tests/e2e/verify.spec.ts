import encodeQR from 'qr';
import { rmSync } from 'node:fs';
import type { Locator, Response } from 'playwright/test';
import { expect, NO_WORKER, meet, test, WHOLE, type Person } from '../support/pair.ts';
import { broken, paint } from '../support/axe.ts';
import { CAMERA, CAMERA_FILE, holdBeforeCamera, modulesOf } from '../support/camera.ts';

test.use({ ...NO_WORKER, ...CAMERA });

test.beforeEach(() => {
  holdBeforeCamera(null);
});

test.afterAll(() => {
  rmSync(CAMERA_FILE, { force: true });
});

const dialog = (person: Person): Locator => person.page.getByRole('dialog', { name: 'Verify' });
const card = (person: Person): Locator =>
  person.page.getByRole('region', { name: 'Compare these four symbols by voice.' });
const button = (where: Person | Locator, name: string): Locator =>
  ('composer' in where ? where.page : where).getByRole('button', { name, exact: true });
const header = (person: Person): Locator => person.page.getByRole('main').locator('header');
const alarm = (person: Person): Locator => person.page.getByRole('alert');

async function symbols(where: Locator): Promise<string[]> {
  const list = where.getByRole('list', { name: 'Four symbols' }).getByRole('listitem');
  await expect(list).toHaveCount(4);
  // The picture, which is hidden from screen readers, and below it the name.
  return (await list.allInnerTexts()).map((text) => text.split('\n').at(-1) ?? '');
}

async function openVerify(person: Person): Promise<void> {
  await button(person, 'Conversation menu').click();
  await person.page.getByRole('menuitem', { name: 'Verify', exact: true }).click();
  await expect(dialog(person).getByRole('list', { name: 'Safety number' })).toBeVisible();
}

async function showCode(person: Person): Promise<boolean[][]> {
  await openVerify(person);
  const modules = await modulesOf(dialog(person).getByRole('img', { name: 'Your QR code' }));
  await button(dialog(person), 'Close').click();
  return modules;
}

async function scan(person: Person): Promise<void> {
  await openVerify(person);
  await button(dialog(person), 'Scan their code').click();
}

test('both see the same four symbols and the same 60 digits; whoever says that they match has verified the other', async ({
  again
}) => {
  const [alice, bob] = await again();
  const [hers, his] = [await symbols(card(alice)), await symbols(card(bob))];
  expect(his).toEqual(hers);

  await openVerify(alice);
  await openVerify(bob);
  expect(await symbols(dialog(alice))).toEqual(hers);
  const numbers = await Promise.all(
    [alice, bob].map((person) =>
      dialog(person).getByRole('list', { name: 'Safety number' }).getByRole('listitem').allInnerTexts()
    )
  );
  expect(numbers[0]).toHaveLength(12);
  for (const group of numbers[0] ?? []) expect(group).toMatch(/^\d{5}$/);
  expect(numbers[1]).toEqual(numbers[0]);
  await button(dialog(bob), 'Close').click();

  await button(dialog(alice), 'They match').click();
  await expect(dialog(alice).getByRole('heading', { name: 'Verified' })).toBeVisible();
  await button(dialog(alice), 'Done').click();
  await expect(header(alice).getByText('Verified', { exact: true })).toBeVisible();
  await expect(card(alice)).toHaveCount(0);
  await expect(alice.conversation('Bob')).toHaveAccessibleDescription(/Verified\./);
  // Each finds out alone.
  await expect(header(bob).getByText('Verified', { exact: true })).toHaveCount(0);
  await button(card(bob), 'They match').click();
  await expect(bob.page.getByText('You have compared: nobody is between you.')).toBeVisible();
  await expect(header(bob).getByText('Verified', { exact: true })).toBeVisible();
  await expect(card(bob)).toHaveCount(0);

  await alice.page.reload();
  await expect(header(alice).getByText('Verified', { exact: true })).toBeVisible();
  await alice.write('now to you alone');
  await bob.expectMessage('now to you alone');
});

test('a screen reader hears the names once, as a list, and the number digit by digit; Later puts the question away, and it can be taken up from the menu', async ({
  again
}) => {
  const [alice] = await again();
  const names = await symbols(card(alice));
  await expect(card(alice)).toMatchAriaSnapshot(`
    - heading "Compare these four symbols by voice."
    - list "Four symbols":
      - listitem: ${names[0] ?? ''}
      - listitem: ${names[1] ?? ''}
      - listitem: ${names[2] ?? ''}
      - listitem: ${names[3] ?? ''}
    - paragraph
    - button "They match"
    - button "They differ"
    - button "Later"
  `);
  await openVerify(alice);
  const groups = dialog(alice).getByRole('list', { name: 'Safety number' }).getByRole('img');
  const first = await groups.first().innerText();
  await expect(groups.first()).toHaveAccessibleName(first.split('').join(' '));
  // The log is for what is said: it holds none of this.
  await expect(alice.log.getByText(names[0] ?? '', { exact: true })).toHaveCount(0);
  await button(dialog(alice), 'Close').click();

  await button(card(alice), 'Later').click();
  await expect(card(alice)).toHaveCount(0);
  await expect(header(alice).getByText('Verified', { exact: true })).toHaveCount(0);
  await openVerify(alice);
  await button(dialog(alice), 'They match').click();
  await expect(header(alice).getByText('Verified', { exact: true })).toBeAttached();
});

test('when they differ sending waits, reading goes on, and the user has the last word', async ({ again }) => {
  const [alice, bob] = await again();
  await alice.composer.fill('half a thought');
  await button(card(alice), 'They differ').click();
  await expect(alarm(alice)).toContainText('Someone may be in between: do not say anything private here.');
  await expect(alice.composer).toHaveCount(0);
  await expect(alice.page.getByText('Sending is paused until it matches')).toBeVisible();
  await expect(alice.conversation('Bob')).toHaveAccessibleDescription(/Differs\./);
  await bob.write('can you read me');
  await alice.expectMessage('can you read me');

  await button(alice, 'Compare again').click();
  await button(dialog(alice), 'They differ').click();
  await expect(dialog(alice).getByText('Do not say anything private here.')).toBeVisible();
  await dialog(alice).getByRole('button', { name: 'Close' }).last().click();
  await expect(alice.composer).toHaveCount(0);

  await button(alice, 'Continue without verifying').click();
  await expect(alarm(alice)).toHaveCount(0);
  await expect(header(alice).getByText('Verified', { exact: true })).toHaveCount(0);
  await expect(header(alice).getByText('Not verified')).toBeVisible();
  await button(alice, 'About Bob').click();
  const about = alice.page.getByRole('dialog', { name: 'About Bob' });
  await expect(about).toContainText('Not verified');
  await button(about, 'Verify').click();
  await expect(dialog(alice)).toBeVisible();
  await button(dialog(alice), 'Close').click();
  await expect(alice.composer).toHaveValue('half a thought');
  await alice.write('half a thought, and the rest');
  await bob.expectMessage('half a thought, and the rest');
});

test("the camera reads the other side's code: they match", async ({ again }) => {
  const [alice, bob] = await again();
  await watchCamera(alice);
  holdBeforeCamera(await showCode(bob));
  await scan(alice);
  await expect(dialog(alice).getByRole('heading', { name: 'Verified' })).toBeVisible();
  // The light beside the lens is off at once.
  await expect.poll(() => alice.page.evaluate(() => window.cameraStates())).toEqual(['ended']);
  await button(dialog(alice), 'Done').click();
  await expect(header(alice).getByText('Verified', { exact: true })).toBeVisible();
});

test('the code of another conversation differs, any other code is refused with a sentence', async ({
  again,
  person,
  connected
}) => {
  const [alice, bob] = await again();
  const carol = await person('Carol', { at: connected.server });
  await alice.open();
  await meet(alice, carol);
  const carols = await showCode(carol);
  await alice.conversation('Bob').click();
  await expect(header(alice).getByText('Bob')).toBeVisible();
  await watchCamera(alice);

  holdBeforeCamera(encodeQR('https://example.org', 'raw', { ecc: 'low', border: 2 }));
  await scan(alice);
  await expect(dialog(alice).getByText('This is not a safety code.')).toBeVisible();
  await button(dialog(alice), 'Back').click();
  await expect.poll(() => alice.page.evaluate(() => window.cameraStates())).toEqual(['ended']);
  await button(dialog(alice), 'Close').click();
  await expect(alarm(alice)).toHaveCount(0);

  holdBeforeCamera(carols);
  await scan(alice);
  await expect(dialog(alice).getByRole('heading', { name: 'They differ' })).toBeVisible();
  await dialog(alice).getByRole('button', { name: 'Close' }).last().click();
  await expect(alarm(alice)).toBeVisible();

  // It was a mistake: the right one puts it right.
  holdBeforeCamera(await showCode(bob));
  await button(alice, 'Compare again').click();
  await button(dialog(alice), 'Scan their code').click();
  await expect(dialog(alice).getByRole('heading', { name: 'Verified' })).toBeVisible();
  await button(dialog(alice), 'Done').click();
  await expect(alarm(alice)).toHaveCount(0);
  await expect(alice.composer).toBeVisible();
});

test('closing the dialog closes the camera, whatever it sees; one that is denied or absent is one sentence, and the way back', async ({
  alice
}) => {
  await watchCamera(alice);
  await scan(alice);
  await expect(dialog(alice).getByText('Hold their code inside the frame.')).toBeVisible();
  await expect.poll(() => alice.page.evaluate(() => window.cameraStates())).toEqual(['live']);
  await alice.page.keyboard.press('Escape');
  await expect.poll(() => alice.page.evaluate(() => window.cameraStates())).toEqual(['ended']);

  for (const [name, sentence] of [
    [
      'NotAllowedError',
      'The camera was not allowed. Allow it in your browser, or compare the symbols or the number.'
    ],
    ['NotFoundError', 'No camera is free here. Compare the symbols or the number instead.']
  ] as const) {
    await alice.page.evaluate((why) => {
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', why));
    }, name);
    await scan(alice);
    await expect(dialog(alice).getByRole('alert')).toHaveText(sentence);
    await button(dialog(alice), 'Back').click();
    await expect(button(dialog(alice), 'Scan their code')).toBeFocused();
    await button(dialog(alice), 'Close').click();
  }
  // With the camera that the browser has.
  await alice.page.reload();
});

test('an older copy of a profile put back resets the keys: both are told, and whoever had verified waits', async ({
  again
}) => {
  const [alice, bob] = await again();
  await button(card(alice), 'They match').click();
  await expect(header(alice).getByText('Verified', { exact: true })).toBeVisible();
  await putBackOlderKeys(alice, bob);

  for (const person of [alice, bob]) {
    await expect(alarm(person)).toContainText('Keys were reset – compare the safety number.');
    await expect(button(person, 'Compare')).toBeVisible();
  }
  // Bob had not compared: he is told, and not held up.
  await bob.write('what was that');
  await alice.expectMessage('what was that');
  await expect(alice.composer).toHaveCount(0);
  await expect(alice.page.getByText('You had verified Bob, and the keys are new.')).toBeVisible();
  await expect(header(alice).getByText('Keys were reset')).toBeVisible();

  await button(bob, 'Compare').click();
  await button(dialog(bob), 'They match').click();
  await button(dialog(bob), 'Done').click();
  await expect(alarm(bob)).toHaveCount(0);
  await expect(header(bob).getByText('Verified', { exact: true })).toBeVisible();

  await button(alice, 'Continue without verifying').click();
  await expect(alarm(alice)).toHaveCount(0);
  await expect(header(alice).getByText('Verified', { exact: true })).toHaveCount(0);
  await alice.write('an older me');
  await bob.expectMessage('an older me');
});

test('nothing of all this is loaded before it is needed', async ({ person }) => {
  const alice = await person('Alice');
  const scripts: Promise<string>[] = [];
  const hear = (response: Response): void => {
    if (response.url().endsWith('.js')) scripts.push(response.text());
  };
  alice.page.on('response', hear);
  await alice.open();
  await expect(button(alice, 'New conversation')).toBeEnabled();
  // What comes later would be read when the page is gone, and nobody would wait for it.
  alice.page.off('response', hear);
  const loaded = (await Promise.all(scripts)).join('\n');
  expect(loaded).toContain('New conversation');
  for (const later of ['Tournesol', 'getUserMedia', 'They match']) expect(loaded).not.toContain(later);
});

test('nobody is left out: on a phone and on a desktop, in the light and in the dark', async ({ again }) => {
  const [alice, bob] = await again();
  await expect(card(alice)).toBeVisible();
  await expectAccessible(alice, 'first contact');
  await openVerify(alice);
  await expectAccessible(alice, 'verify');
  await button(dialog(alice), 'Scan their code').click();
  await expect(dialog(alice).getByText('Hold their code inside the frame.')).toBeVisible();
  await expectAccessible(alice, 'scan');
  await button(dialog(alice), 'Back').click();
  await button(dialog(alice), 'They match').click();
  await expectAccessible(alice, 'matches');
  await button(dialog(alice), 'Done').click();
  await expectAccessible(alice, 'verified');
  await putBackOlderKeys(alice, bob);
  await expect(alarm(alice)).toBeVisible();
  await expectAccessible(alice, 'reset, paused');
  await expect(alarm(bob)).toBeVisible();
  await expectAccessible(bob, 'reset');
  await button(bob, 'Compare').click();
  await button(dialog(bob), 'They differ').click();
  await expectAccessible(bob, 'differs');
  await dialog(bob).getByRole('button', { name: 'Close' }).last().click();
  await expectAccessible(bob, 'differs, paused');
  for (const person of [alice, bob]) await button(person, 'Continue without verifying').click();
});

/** On the phone last: there it goes on. */
const VIEWPORTS = { desktop: { width: 1200, height: 800 }, phone: { width: 360, height: 740 } };

async function expectAccessible({ page }: Person, state: string): Promise<void> {
  for (const [size, viewport] of Object.entries(VIEWPORTS)) {
    await page.setViewportSize(viewport);
    const one = size === 'phone' ? 'light' : 'dark';
    for (const colorScheme of WHOLE ? (['light', 'dark'] as const) : ([one] as const)) {
      await paint(page, colorScheme);
      const where = `${state}, ${size}, ${colorScheme}`;
      expect(await broken(page), where).toEqual([]);
      const scroll = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(scroll, `${where}: nothing is wider than the window`).toBeLessThanOrEqual(viewport.width);
    }
  }
}

/**
 * A backup of the first one's keys is put back after they have met twice more: by then neither remembers a secret
 * that the other one still has.
 */
async function putBackOlderKeys(owner: Person, other: Person): Promise<void> {
  const older = await owner.page.evaluate(readConversations);
  expect(older).toHaveLength(1);
  for (let n = 0; n < 2; n++) {
    await owner.page.reload();
    await owner.expectStatus('Connected');
    await other.expectStatus('Connected');
  }
  // A page of the same origin in which the app does not run. It has no icon.
  owner.expected.push(/status of 404/);
  const { href } = new URL(owner.page.url());
  await owner.page.goto(new URL('/manifest.webmanifest', href).href);
  await owner.page.evaluate(writeConversations, older);
  await owner.page.goto(href);
  await owner.expectStatus('Connected');
  await other.expectStatus('Connected');
}

type Sealed = Record<string, unknown>;

async function readConversations(): Promise<Sealed[]> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open('aparte');
    opening.onerror = reject;
    opening.onsuccess = () => {
      const reading = opening.result.transaction('conversations').objectStore('conversations').getAll();
      reading.onerror = reject;
      reading.onsuccess = () => {
        opening.result.close();
        resolve(reading.result as Sealed[]);
      };
    };
  });
}

async function writeConversations(records: Sealed[]): Promise<void> {
  await new Promise((resolve, reject) => {
    const opening = indexedDB.open('aparte');
    opening.onerror = reject;
    opening.onsuccess = () => {
      const writing = opening.result.transaction('conversations', 'readwrite');
      for (const record of records) writing.objectStore('conversations').put(record);
      writing.onerror = reject;
      writing.oncomplete = () => {
        opening.result.close();
        resolve(undefined);
      };
    };
  });
}

declare global {
  interface Window {
    /** Whether the tracks that the page got last are still running. */
    cameraStates: () => string[];
  }
}

async function watchCamera(person: Person): Promise<void> {
  await person.page.evaluate(() => {
    const devices = navigator.mediaDevices;
    const real = devices.getUserMedia.bind(devices);
    let tracks: MediaStreamTrack[] = [];
    window.cameraStates = () => tracks.map(({ readyState }) => readyState);
    devices.getUserMedia = async (wanted) => {
      const stream = await real(wanted);
      tracks = stream.getTracks();
      return stream;
    };
  });
}
