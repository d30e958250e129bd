/** Not a test: what comes from outside of a conversation: another app, a camera, a release, another device. */
import { rmSync } from 'node:fs';
import encodeQR from 'qr';
import { test } from '../support/app.ts';
import { CAMERA, CAMERA_FILE, holdBeforeCamera } from '../support/camera.ts';
import { inOffline } from '../support/offline.ts';
import { secondBuild } from '../support/second-build.ts';
import { expect, walk } from './stage.ts';

test.use(CAMERA);

test.afterAll(() => {
  rmSync(CAMERA_FILE, { force: true });
});

walk('other apps, a camera, a release, another device', async (stage) => {
  const { say, words, enter, button, write, meet, server } = stage;
  const alice = await enter('Alice');
  const bob = await enter('Béatrice');
  const { page } = alice;
  const shoot = (name: string, who = alice) => stage.shoot(`6${name}`, who);
  const dialog = page.getByRole('dialog');
  const back = async (): Promise<void> => {
    await page.keyboard.press('Escape');
    await expect(dialog).toHaveCount(0);
  };
  await alice.open();
  await meet(alice, bob);
  await write(alice, words('Until Thursday.', 'À jeudi.'));

  const shared = words('The play, with its cast', 'La pièce et sa distribution');
  // As the service worker leads whoever shares something.
  await page.goto('about:blank');
  await alice.open(`/#share=${encodeURIComponent(`${shared}\nhttps://theatre.example/thursday`)}`);
  await expect(page.getByRole('dialog', { name: say('share_title') })).toBeVisible();
  await shoot('0 share sheet');
  await back();

  holdBeforeCamera(null);
  await alice.open('/#scan');
  await expect(dialog.locator('video')).toBeVisible();
  await expect(dialog.getByText(say('camera_hint'))).toBeVisible();
  await shoot('1 camera');
  await back();
  holdBeforeCamera(encodeQR('https://example.org/lunch', 'raw', { border: 2 }));
  await alice.open('/join');
  await button(alice, say('scan')).click();
  await expect(dialog.getByText(say('scan_none'))).toBeVisible();
  await shoot('1 camera, another code');

  const anew = await enter('Alice');
  await anew.open();
  await button(anew, say('move_elsewhere')).click();
  await expect(button(anew, say('move_here'))).toBeVisible();
  await shoot('3 bring', anew);
  await button(anew, say('move_here')).click();
  const code = anew.page.getByRole('textbox', { name: say('move_code') });
  await expect(code).toHaveValue(/./);
  await shoot('4 move to here', anew);
  await alice.open('/settings');
  await button(alice, say('move_away')).click();
  await dialog.getByRole('textbox', { name: say('move_code') }).fill(await code.inputValue());
  await shoot('5 move away');
  await button(alice, say('move_begin')).click();
  await expect(page.getByRole('heading', { name: say('moved_title') })).toBeVisible();
  await shoot('6 moved');
  await expect(anew.page.getByRole('dialog').getByRole('status')).toContainText('1 ');
  await shoot('7 arrived', anew);

  await bob.open();
  await inOffline(bob.page);
  const second = secondBuild();
  try {
    await server.replace(second);
    await bob.page.reload();
    await expect(bob.page.getByText(say('update_ready'))).toBeVisible();
    await shoot('8 a new version', bob);
  } finally {
    rmSync(second, { recursive: true });
  }
});
