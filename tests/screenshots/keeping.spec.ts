/** Not a test: the lock and the backup, from the settings to another browser. */
import { readFileSync } from 'node:fs';
import { expect, walk } from './stage.ts';

walk('a lock and a backup', async (stage) => {
  const { say, words, enter, button, write, meet } = stage;
  const alice = await enter('Alice');
  const bob = await enter('Béatrice');
  const { page } = alice;
  const shoot = (name: string, who = alice) => stage.shoot(`7${name}`, who);
  const dialog = page.getByRole('dialog');
  const press = async (key: string): Promise<void> => {
    await dialog.getByRole('button', { name: say(key), exact: true }).click();
  };
  const back = async (): Promise<void> => {
    await page.keyboard.press('Escape');
    await expect(dialog).toHaveCount(0);
  };
  const passphrase = words('velvet lantern ninth row', 'velours lanterne neuvième rang');
  await alice.open();
  await meet(alice, bob);
  await write(alice, words('Until Thursday.', 'À jeudi.'));

  await alice.open('/settings');
  await button(alice, say('lock_set')).click();
  await shoot('0 a passphrase');
  await dialog.getByLabel(say('lock_new'), { exact: true }).fill(passphrase);
  await dialog.getByLabel(say('secret_again'), { exact: true }).fill('velvet');
  await dialog.getByLabel(say('secret_again'), { exact: true }).blur();
  await expect(dialog.getByRole('alert')).toBeVisible();
  await shoot('0 a passphrase, not the same');
  await dialog.getByLabel(say('secret_again'), { exact: true }).fill(passphrase);
  await press('lock_save');
  await expect(dialog).toHaveCount(0);
  const locking = page.getByRole('region', { name: say('lock_panel') });
  await locking.scrollIntoViewIfNeeded();
  await shoot('1 locked, in the settings');
  await button(alice, say('lock_panic')).click();
  await shoot('2 panic passphrase');
  await back();
  await button(alice, say('lock_remove')).click();
  await shoot('2 remove the passphrase');
  await back();

  await button(alice, say('backup_save')).click();
  await dialog.getByLabel(say('backup_current'), { exact: true }).fill(passphrase);
  await press('backup_suggest');
  const key = await dialog.getByLabel(say('backup_new'), { exact: true }).inputValue();
  await shoot('3 save a backup');
  const downloading = page.waitForEvent('download');
  await press('save');
  const download = await downloading;
  const saved = say('backup_saved', { file: download.suggestedFilename() });
  await expect(dialog.getByText(saved)).toBeVisible();
  await shoot('4 saved');
  await back();

  const anew = await enter('Alice');
  await anew.open();
  await button(anew, say('move_elsewhere')).click();
  await button(anew, say('backup_restore')).click();
  const restoring = anew.page.getByRole('dialog');
  await shoot('5 restore', anew);
  await restoring.getByLabel(say('backup_file'), { exact: true }).setInputFiles({
    name: download.suggestedFilename(),
    mimeType: '',
    buffer: readFileSync(await download.path())
  });
  await restoring.getByLabel(say('backup_passphrase'), { exact: true }).fill(`${key}s`);
  await restoring.getByRole('button', { name: say('backup_restore_action'), exact: true }).click();
  await expect(restoring.getByRole('alert')).toBeVisible();
  await shoot('5 restore, refused', anew);

  await page.keyboard.press('Alt+KeyL');
  const field = page.getByRole('textbox', { name: say('lock_passphrase'), exact: true });
  await expect(field).toBeFocused();
  await shoot('6 lock screen');
  await field.fill('velvet');
  await field.press('Enter');
  await expect(page.getByRole('alert')).toBeVisible();
  await shoot('6 lock screen, refused');
  await page.getByText(say('lock_lost'), { exact: true }).click();
  await shoot('6 lock screen, forgotten');

  await restoring.getByLabel(say('backup_passphrase'), { exact: true }).fill(key);
  await restoring.getByRole('button', { name: say('backup_restore_action'), exact: true }).click();
  await expect(restoring.getByRole('button', { name: say('close'), exact: true })).toHaveCount(2);
  await shoot('7 restored', anew);
  await restoring
    .getByRole('button', { name: say('close'), exact: true })
    .last()
    .click();
  await anew.page.getByRole('link', { name: bob.name, exact: true }).click();
  await expect(anew.page.getByRole('alert')).toBeVisible();
  await shoot('8 keys were reset', anew);
  await expect(bob.page.getByRole('alert')).toBeVisible({ timeout: 60_000 });
  await shoot('8 keys were reset, the other side', bob);
});
