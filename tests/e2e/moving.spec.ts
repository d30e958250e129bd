import encodeQR from 'qr';
import { rmSync } from 'node:fs';
import { expect, test } from '../support/app.ts';
import { CAMERA, CAMERA_FILE, holdBeforeCamera, modulesOf } from '../support/camera.ts';

test.use(CAMERA);

test.afterAll(() => {
  rmSync(CAMERA_FILE, { force: true });
});

test('Alice moves to a new device by the code that her camera sees on it; the old one rests, also when it is opened again', async ({
  pair,
  person
}) => {
  const [alice, bob] = await pair();
  await alice.write('from before');
  await bob.expectMessage('from before');

  const anew = await person('Alice anew');
  await anew.open();
  await anew.page.getByRole('button', { name: 'I use Aparté elsewhere' }).click();
  await anew.page.getByRole('button', { name: 'Move to this device' }).click();
  const arriving = anew.page.getByRole('dialog', { name: 'Move to this device' });
  const picture = arriving.getByRole('img', { name: 'QR code' });
  await expect(picture).toBeVisible();
  const code = await arriving.getByRole('textbox', { name: 'Code of the new device' }).inputValue();

  await alice.open('/settings');
  await alice.page.getByRole('button', { name: 'Move to another device' }).click();
  const leaving = alice.page.getByRole('dialog', { name: 'Move to another device' });
  const field = leaving.getByRole('textbox', { name: 'Code of the new device' });
  await field.fill(code.slice(0, -1));
  await leaving.getByRole('button', { name: 'Move everything' }).click();
  await expect(leaving.getByRole('alert')).toHaveText(/^This is not the code of a new device\./);

  // Somebody else's, first. The camera stays open; what it sees begins anew when it is opened.
  const scan = leaving.getByRole('button', { name: 'Scan the code' });
  holdBeforeCamera(encodeQR('https://example.org/lunch', 'raw', { border: 2 }));
  await scan.click();
  await expect(leaving.getByRole('status')).toHaveText(/^This is not the code of a new device\./);
  await leaving.getByRole('button', { name: 'Back' }).click();
  holdBeforeCamera(await modulesOf(picture));
  await scan.click();

  await expect(alice.page.getByRole('heading', { name: 'You have moved' })).toBeVisible();
  await expect(arriving.getByRole('status')).toHaveText(/^1 conversation is here now\./);
  await arriving.getByRole('button', { name: 'Close' }).last().click();
  await anew.conversation('Bob').click();
  await anew.expectStatus('Connected');
  await anew.expectMessages(['from before']);
  await bob.write('welcome there');
  await anew.expectMessage('welcome there');
  await expect(bob.page.getByText('Keys were reset – compare the safety number.')).toBeVisible();

  await alice.page.reload();
  await expect(alice.page.getByRole('heading', { name: 'You have moved' })).toBeVisible();
  await alice.page.getByRole('button', { name: 'Delete everything' }).click();
  const erasing = alice.page.getByRole('dialog', { name: 'Delete everything' });
  await erasing.getByRole('textbox').fill('delete');
  await erasing.getByRole('button', { name: 'Delete everything' }).click();
  await expect(alice.page.getByRole('heading', { name: 'Nothing is left on this device' })).toBeVisible();
});
