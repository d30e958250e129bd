/** The app lock (threats S12): what a person does with it, and what is on the screen and on the disk while it holds. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LONG, expect, meet, test, type Person } from '../support/app.ts';
import { broken, paint } from '../support/axe.ts';
import { inOffline } from '../support/offline.ts';
import { PHONE } from '../support/pair.ts';

const PASSPHRASE = 'velvet lantern ninth row';

/** From the settings, with what is asked for there. */
async function change(
  { page }: Person,
  button: string,
  fields: Readonly<Record<string, string>>,
  done = 'Save'
): Promise<void> {
  await page.getByRole('button', { name: button, exact: true }).click();
  const dialog = page.getByRole('dialog');
  for (const [label, text] of Object.entries(fields)) {
    await dialog.getByLabel(label, { exact: true }).fill(text);
    // What is new is asked for twice.
    if (!label.startsWith('Current')) await dialog.getByLabel('Repeat it', { exact: true }).fill(text);
  }
  await dialog.getByRole('button', { name: done, exact: true }).click();
}

async function locked(person: Person): Promise<void> {
  await person.open('/settings');
  await change(person, 'Set a passphrase', { 'New passphrase': PASSPHRASE });
  await expect(person.page.getByText('Your passphrase opens Aparté')).toBeVisible();
}

const field = ({ page }: Person) => page.getByRole('textbox', { name: 'Passphrase', exact: true });
const lockScreen = ({ page }: Person) => page.getByRole('heading', { name: 'Aparté is locked' });

async function unlock(person: Person, passphrase: string): Promise<void> {
  await field(person).fill(passphrase);
  await field(person).press('Enter');
}

test('set, locked by a key, wrong, right; nothing of what is kept is on the locked screen', async ({
  pair
}) => {
  const [alice, bob] = await pair();
  await bob.write('said before');
  await alice.expectMessage('said before');
  await locked(alice);
  await alice.page.getByRole('link', { name: 'Back' }).click();
  await alice.conversation('Bob').click();
  await alice.composer.fill('half a th');
  await alice.page.keyboard.press('Alt+KeyL');
  await expect(lockScreen(alice)).toBeVisible();
  // It has the keyboard at once, and nothing behind it.
  await expect(field(alice)).toBeFocused();
  await expect(alice.page).toHaveURL(/\/$/);
  await expect(alice.page).toHaveTitle('Aparté');
  expect(await alice.page.locator('body').innerText()).not.toMatch(/Bob|said|half|\d/);
  await bob.expectStatus('Waiting');
  await bob.write('said meanwhile');

  await unlock(alice, 'velvet lantern ninth ro');
  await expect(alice.page.getByRole('alert')).toHaveText('That is not the passphrase.');
  await expect(lockScreen(alice)).toBeVisible();
  await unlock(alice, PASSPHRASE);
  await expect(alice.conversation('Bob')).toBeVisible();
  await alice.conversation('Bob').click();
  await expect(alice.composer).toHaveValue('half a th');
  await alice.expectMessage('said before');
  await alice.expectMessage('said meanwhile');
  await alice.page.reload();
  await expect(lockScreen(alice)).toBeVisible();

  // Another tab asks as well, and this one opens nothing by itself then.
  await unlock(alice, PASSPHRASE);
  await alice.expectStatus('Connected');
  const first = alice.page;
  alice.use(await alice.newTab());
  await alice.page.getByRole('button', { name: 'Use it here' }).click();
  await expect(lockScreen(alice)).toBeVisible();
  await first.getByRole('button', { name: 'Use it here' }).click();
  await expect(first.getByRole('heading', { name: 'Aparté is locked' })).toBeVisible();
});

test('an invitation and a shared text that come while it is locked wait until it is open', async ({
  person
}) => {
  const alice = await person('Alice');
  await alice.open();
  const link = await alice.invite();
  const bob = await person('Bob');
  await locked(bob);
  await bob.page.goto(link);
  await expect(lockScreen(bob)).toBeVisible();
  await expect(bob.page).toHaveURL(/\/join$/);
  await unlock(bob, PASSPHRASE);
  await expect(bob.page.getByRole('button', { name: 'Join', exact: true })).toBeVisible();
  // Locked again before it was used; the way to the server may not be open yet.
  bob.expected.push(/WebSocket is closed before the connection is established/);
  await bob.page.keyboard.press('Alt+KeyL');
  await expect(lockScreen(bob)).toBeVisible();
  await expect(bob.page).toHaveURL(/\/join$/);
  await unlock(bob, PASSPHRASE);
  await bob.pressJoin('Bob');
  await bob.expectStatus('Connected');

  await bob.open('/#share=to%20be%20said');
  await bob.page.reload();
  await expect(lockScreen(bob)).toBeVisible();
});

test(
  'locked without a network: it opens, shows the history, and locks again',
  LONG,
  async ({ pair, server }) => {
    const [alice, bob] = await pair();
    await bob.write('said before');
    await alice.expectMessage('said before');
    await locked(alice);
    await inOffline(alice.page);
    if (await lockScreen(alice).isVisible()) await unlock(alice, PASSPHRASE);
    await alice.page.getByRole('link', { name: 'Back' }).click();
    await server.stop();
    await alice.page.reload();
    await unlock(alice, PASSPHRASE);
    await alice.conversation('Bob').click();
    await alice.expectStatus('Offline');
    await alice.expectMessages(['said before']);
    await alice.page.keyboard.press('Alt+KeyL');
    await expect(lockScreen(alice)).toBeVisible();
  }
);

test('what others do is no touch: it locks though they write meanwhile', async ({ pair }) => {
  const [alice, bob] = await pair({ serviceWorkers: 'block' });
  await locked(alice);
  const { page } = alice;
  await page.clock.install({ time: Date.now() });
  await alice.open();
  await unlock(alice, PASSPHRASE);
  await alice.conversation('Bob').click();
  await alice.expectStatus('Connected');
  // Whoever was just connecting has waited for minutes.
  alice.expected.push(/WebSocket is closed before the connection is established/);
  await page.clock.fastForward('04:30');
  await bob.write('are you there?');
  await alice.expectMessage('are you there?');
  await expect(lockScreen(alice)).toHaveCount(0);
  await page.clock.fastForward('00:40');
  await expect(lockScreen(alice)).toBeVisible();
});

test('a passkey opens it, alone or beside a passphrase, and is asked for before a backup', async ({
  pair
}) => {
  const [alice] = await pair({ serviceWorkers: 'block' });
  const devtools = await alice.context.newCDPSession(alice.page);
  await devtools.send('WebAuthn.enable');
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      hasPrf: true,
      isUserVerified: true,
      automaticPresenceSimulation: true
    }
  });
  await alice.open('/settings');
  await change(alice, 'Add a passkey', {}, 'Continue');
  await expect(alice.page.getByText('Your passkey opens Aparté')).toBeVisible();
  await alice.page.getByRole('button', { name: 'Lock now' }).click();
  await expect(lockScreen(alice)).toBeVisible();
  await expect(field(alice)).toHaveCount(0);
  await alice.page.getByRole('button', { name: 'Unlock with a passkey' }).click();
  await expect(alice.page.getByRole('heading', { name: 'App lock' })).toBeVisible();

  const saving = alice.page.getByRole('dialog', { name: 'Save a backup' });
  const save = saving.getByRole('button', { name: 'Save', exact: true });
  await alice.page.getByRole('button', { name: 'Save a backup' }).click();
  await saving.getByRole('button', { name: 'Suggest one' }).click();
  await saving.getByRole('button', { name: 'Copy' }).click();
  await expect(saving.getByText(/^Copied\.|^Your browser did not allow it/)).toBeVisible();
  const downloading = alice.page.waitForEvent('download');
  await save.click();
  expect((await downloading).suggestedFilename()).toMatch(/\.age$/);
  await expect(saving.getByRole('status')).toHaveText(/^Saved as/);
  await alice.page.keyboard.press('Escape');

  await change(alice, 'Set a passphrase', { 'New passphrase': PASSPHRASE });
  await expect(alice.page.getByText('Your passphrase or your passkey')).toBeVisible();
  await alice.page.reload();
  await unlock(alice, PASSPHRASE);
  await expect(alice.page.getByText('Your passphrase or your passkey')).toBeVisible();
  // Where both open it either shows who they are.
  await alice.page.getByRole('button', { name: 'Remove the passkey' }).click();
  const removing = alice.page.getByRole('dialog', { name: 'Remove the passkey' });
  await expect(removing.getByLabel('Current passphrase', { exact: true })).toBeFocused();
  await removing.getByRole('button', { name: 'Use the passkey instead' }).click();
  await removing.getByRole('button', { name: 'Remove the passkey' }).click();
  await expect(alice.page.getByText('Your passphrase opens Aparté')).toBeVisible();
  await change(alice, 'Remove the passphrase', { 'Current passphrase': 'wrong' }, 'Remove the passphrase');
  await expect(alice.page.getByRole('alert')).toHaveText('That is not the passphrase.');
  await alice.page.getByLabel('Current passphrase', { exact: true }).fill(PASSPHRASE);
  await alice.page.getByRole('dialog').getByRole('button', { name: 'Remove the passphrase' }).click();
  await expect(alice.page.getByText('There is no lock.')).toBeVisible();
  await alice.page.reload();
  await expect(alice.page.getByText('There is no lock.')).toBeVisible();

  // Another passkey, and somebody else's finger.
  await change(alice, 'Add a passkey', {}, 'Continue');
  await expect(alice.page.getByText('Your passkey opens Aparté')).toBeVisible();
  await devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
  await alice.page.getByRole('button', { name: 'Save a backup' }).click();
  await saving.getByRole('button', { name: 'Suggest one' }).click();
  await save.click();
  await expect(saving.getByRole('alert')).toHaveText(/^No passkey has answered/);
  await expect(alice.page.getByText(/^Saved as/)).toHaveCount(0);
});

test('the second passphrase opens an empty app, and leaves nothing of the other', async ({ pair }) => {
  const [alice, bob] = await pair();
  await bob.write('to be forgotten');
  await alice.expectMessage('to be forgotten');
  await locked(alice);
  const panel = alice.page.getByRole('region', { name: 'App lock' });
  await alice.page.reload();
  await unlock(alice, PASSPHRASE);
  await expect(panel).toBeVisible();
  const settings = await panel.ariaSnapshot();
  await alice.page.getByRole('button', { name: 'Save a backup' }).click();
  const saving = alice.page.getByRole('dialog', { name: 'Save a backup' });
  await saving.getByLabel('Passphrase of this app').fill('wrong');
  await saving.getByRole('button', { name: 'Suggest one' }).click();
  await saving.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(saving.getByLabel('Passphrase of this app')).toHaveAccessibleDescription(
    'That is not the passphrase.'
  );
  await alice.page.keyboard.press('Escape');
  await change(alice, 'Panic passphrase', {
    'Current passphrase': PASSPHRASE,
    'Panic passphrase (or nothing)': PASSPHRASE
  });
  const dialog = alice.page.getByRole('dialog', { name: 'Panic passphrase' });
  await expect(dialog).toContainText('it destroys everything that is kept here');
  const panic = dialog.getByLabel('Panic passphrase (or nothing)');
  const again = dialog.getByLabel('Repeat it');
  // Each sentence stands under the field that it is about.
  await expect(panic).toHaveAccessibleDescription(/^Choose another one/);
  await expect(dialog.getByLabel('Current passphrase')).toHaveAccessibleDescription('');
  await panic.fill('the fire exit');
  await again.fill('the fire exut');
  await expect(again).toHaveAccessibleDescription('This is not the same as above.');
  await expect(dialog.getByRole('button', { name: 'Save' })).toBeDisabled();
  await again.fill('the fire exit');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(alice.page.getByRole('dialog')).toHaveCount(0);
  await alice.page.reload();
  await unlock(alice, PASSPHRASE);
  await expect(panel).toMatchAriaSnapshot(settings);

  await alice.open();
  await unlock(alice, 'the fire exit');
  await expect(alice.page.getByRole('button', { name: 'New conversation' })).toBeVisible();
  await expect(alice.conversations).toHaveCount(0);
  const stored = await alice.database();
  expect(stored.filter(({ store }) => store !== 'meta')).toEqual([]);
  await alice.page.reload();
  await unlock(alice, PASSPHRASE);
  await expect(alice.page.getByRole('alert')).toHaveText('That is not the passphrase.');
  await unlock(alice, 'the fire exit');
  // It works as any other.
  await alice.invite();
});

test('forgotten: everything can be deleted from there, and that nothing is left is what the browser says', async ({
  person
}) => {
  const alice = await person('Alice', PHONE);
  await locked(alice);
  await alice.open();
  for (const colorScheme of ['light', 'dark'] as const) {
    await paint(alice.page, colorScheme);
    expect(await broken(alice.page), `locked, ${colorScheme}`).toEqual([]);
  }
  await alice.page.getByText('Forgotten?').click();
  await alice.page.getByRole('button', { name: 'Delete everything' }).click();
  await alice.page.getByRole('textbox', { name: /^Type/ }).fill('delete');
  await alice.page.getByRole('dialog').getByRole('button', { name: 'Delete everything' }).click();
  await expect(alice.page.getByRole('heading', { name: 'Nothing is left on this device' })).toBeVisible();
  await expect(alice.page.getByRole('listitem')).toHaveText([
    /Empty$/,
    /Empty$/,
    /Empty$/,
    /Empty$/,
    /Empty$/
  ]);
  await alice.page.getByRole('button', { name: 'Begin again' }).click();
  await expect(alice.page.getByRole('button', { name: 'New conversation' })).toBeVisible();
});

test('two hundred words under the lock: not one of them in any byte of the profile', async ({ person }) => {
  const canaries = Array.from(
    { length: 200 },
    (_, i) => `canary-${(i * 7_919 + 104_729).toString(36)}-under-lock`
  );
  const alice = await person('Alice', { profile: true });
  const bob = await person('Bob');
  await alice.open();
  await meet(alice, bob);
  const said = Array.from({ length: 20 }, (_, i) => canaries.slice(i * 10, i * 10 + 10).join(' '));
  await alice.write(...said.slice(0, 10));
  await bob.write(...said.slice(10));
  await alice.expectMessage(said[19] ?? '');
  await locked(alice);
  // One that lies in clear, so that looking is shown to find.
  await alice.page.evaluate(() => {
    localStorage.setItem('shown', 'canary-in-clear');
  });
  await alice.page.getByRole('button', { name: 'Lock now' }).click();
  await expect(lockScreen(alice)).toBeVisible();
  const profile = alice.profile ?? '';
  await alice.close();
  const found = new Set<string>();
  const files = readdirSync(profile, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile()
  );
  for (const file of files) {
    const bytes = readFileSync(join(file.parentPath, file.name));
    for (const word of [...canaries, 'canary-in-clear', 'canary-'])
      if (bytes.includes(word) || bytes.includes(Buffer.from(word, 'utf16le'))) found.add(word);
  }
  expect(files.length).toBeGreaterThan(20);
  expect([...found].filter((word) => word !== 'canary-')).toEqual(['canary-in-clear']);
});
