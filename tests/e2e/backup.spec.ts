import { readFileSync } from 'node:fs';
import { expect, test } from '../support/app.ts';

const PASSPHRASE = 'correct horse battery';

test('Alice saves a backup, restores it in another browser, and goes on talking with Bob, who is told', async ({
  pair,
  person
}) => {
  const [alice, bob] = await pair();
  await alice.write('from before');
  await bob.expectMessage('from before');
  await bob.write('an answer');
  await alice.setTimer('1 hour');
  await alice.write('soon gone');
  await bob.expectMessage('soon gone');

  await alice.open('/settings');
  const panel = alice.page.getByRole('region', { name: 'Backup' });
  await panel.getByRole('button', { name: 'Save a backup' }).click();
  const saving = alice.page.getByRole('dialog', { name: 'Save a backup' });
  const save = saving.getByRole('button', { name: 'Save', exact: true });
  const fresh = saving.getByRole('textbox', { name: 'New passphrase for this file' });
  const repeated = saving.getByRole('textbox', { name: 'Repeat it' });
  await fresh.fill(PASSPHRASE.slice(0, 11));
  await repeated.fill(PASSPHRASE.slice(0, 11));
  await expect(save).toBeDisabled();
  await fresh.fill(PASSPHRASE);
  await expect(save).toBeDisabled();
  await repeated.fill(PASSPHRASE);
  const downloading = alice.page.waitForEvent('download');
  await save.click();
  const download = await downloading;
  expect(download.suggestedFilename()).toMatch(/^aparte-\d{4}-\d\d-\d\d\.age$/);
  await expect(saving.getByRole('status')).toHaveText(`Saved as ${download.suggestedFilename()}.`);
  await expect(saving.getByRole('button')).toHaveText(['', 'Done']);
  const path = await download.path();
  // 64 KiB, and what age puts around it.
  expect(readFileSync(path).length - 2 ** 16).toBeLessThan(300);
  const file = { name: 'backup.age', mimeType: '', buffer: readFileSync(path) };
  // What was said after it is not in it, and is not told again.
  await alice.open();
  await alice.conversation('Bob').click();
  await bob.write('after the backup');
  await alice.expectMessage('after the backup');
  await bob.expectMessage('after the backup', 'Read');
  await alice.close();

  const again = await person('Alice again');
  await again.open();
  await again.page.getByRole('button', { name: 'I use Aparté elsewhere' }).click();
  await again.page.getByRole('button', { name: 'Restore a backup' }).click();
  const restoring = again.page.getByRole('dialog', { name: 'Restore a backup' });
  const passphrase = restoring.getByRole('textbox', { name: 'Passphrase of the file' });
  const restore = restoring.getByRole('button', { name: 'Restore', exact: true });
  await restoring.getByLabel('Backup file').setInputFiles({ ...file, buffer: file.buffer.subarray(1) });
  await passphrase.fill(PASSPHRASE);
  await restore.click();
  await expect(restoring.getByRole('alert')).toHaveText(/^This file is not a backup of Aparté\./);
  await restoring.getByLabel('Backup file').setInputFiles(file);
  await restore.click();
  await expect(restoring.getByText(/^1 conversation is here now\./)).toBeVisible();
  await restoring.getByRole('button', { name: 'Close' }).last().click();
  await again.conversation('Bob').click();
  await again.expectStatus('Connected');
  await again.expectMessages(['from before', 'an answer']);
  for (const { page } of [again, bob])
    await expect(page.getByText('Keys were reset – compare the safety number.')).toBeVisible();
  // Who restored it is told that this is why; the other side cannot know.
  await expect(again.page.getByRole('alert')).toContainText('You brought this conversation here');
  await expect(bob.page.getByRole('alert')).toContainText('may have restored a backup or moved');
  await bob.write('welcome back');
  await again.expectMessage('welcome back');
  await again.write('glad to be');
  await bob.expectMessage('glad to be');
});
