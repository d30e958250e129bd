/** The QR code of another's invitation, read by the camera from inside the app. */
import { rmSync } from 'node:fs';
import encodeQR from 'qr';
import { expect, test } from '../support/app.ts';
import { CAMERA, CAMERA_FILE, holdBeforeCamera, modulesOf } from '../support/camera.ts';

test.use(CAMERA);

test.afterAll(() => {
  rmSync(CAMERA_FILE, { force: true });
});

test('an invitation is scanned from the other screen, and Join leads into the conversation', async ({
  person
}) => {
  const alice = await person('Alice');
  const bob = await person('Bob');
  await alice.open();
  await alice.invite();
  holdBeforeCamera(await modulesOf(alice.page.getByRole('img', { name: 'QR code' })));
  await bob.open();
  await bob.invite();
  await bob.page.getByRole('button', { name: 'Scan a code' }).click();
  await expect(bob.page.getByRole('button', { name: 'Join', exact: true })).toBeVisible();
  await expect(bob.page).toHaveURL(/\/join$/);
  await bob.pressJoin('Bob');
  await bob.expectStatus('Connected');
  await alice.expectStatus('Connected');
  // The link of their own that nobody had is gone.
  await expect(bob.page.getByRole('button', { name: /^Open invitation/ })).toHaveCount(0);
});

test('a code that is no invitation, or one of another server, says so and the camera goes on', async ({
  person
}) => {
  const bob = await person('Bob');
  const alice = await person('Alice');
  await alice.open();
  const link = await alice.invite();
  holdBeforeCamera(encodeQR('https://example.org/lunch', 'raw', { border: 2 }));
  // The app's shortcut leads straight to it.
  await bob.open('/#scan');
  const scanner = bob.page.getByRole('dialog', { name: 'Scan a code' });
  await expect(scanner.getByRole('status')).toContainText('This code is no invitation.');
  await scanner.getByRole('button', { name: 'Back' }).click();
  const other = link.replace(/^https?:\/\/[^/]+/, 'https://other.example');
  holdBeforeCamera(encodeQR(other, 'raw', { border: 2 }));
  await bob.open('/join');
  await bob.page.getByRole('button', { name: 'Scan a code' }).click();
  await expect(scanner.getByRole('status')).toContainText('This link belongs to other.example');
  await scanner.getByRole('button', { name: 'Close' }).click();
  await bob.page.getByRole('textbox', { name: 'Invitation link' }).fill(other);
  await bob.page.getByRole('button', { name: 'Open', exact: true }).click();
  await expect(bob.page.getByRole('alert')).toContainText('This link belongs to other.example');
});
