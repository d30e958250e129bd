/** Keys in a real browser: they lie in a file of their own, and are overwritten where they are (protocol, section 10). */
import { expect, NO_WORKER, test } from '../support/pair.ts';
import { doomed, slots } from '../support/key-file.ts';

test.use(NO_WORKER);

test('the key of a message that is deleted is overwritten in its file, and no other; what is left opens after a reload', async ({
  again
}) => {
  const [alice, bob] = await again();
  await alice.write('one that stays', 'one that goes');
  await bob.expectMessage('one that goes');
  // Of a draft, if there was time for one.
  await expect.poll(() => doomed(alice)).toBe(0);
  const before = await slots(alice);
  expect(before.length).toBeGreaterThan(0);
  await alice.choose('one that goes', 'Delete for me');
  await expect(alice.message('one that goes')).toHaveCount(0);
  await expect.poll(() => doomed(alice)).toBe(0);
  const after = await slots(alice);
  expect(after.filter((slot, i) => slot !== before[i])).toHaveLength(1);
  await alice.open();
  await alice.conversation('Bob').click();
  await alice.expectMessages(['one that stays']);
});

test('where the file cannot be overwritten the user is told, until it can', async ({ alice, bob }) => {
  await alice.write('dies late');
  await bob.expectMessage('dies late');
  await expect.poll(() => doomed(alice)).toBe(0);
  const before = await slots(alice);
  // Somebody else has it open.
  const hold = await alice.page.evaluateHandle(async () => {
    const folder = await navigator.storage.getDirectory();
    return (await folder.getFileHandle('aparte-keys')).createWritable();
  });
  const told = alice.page.getByText(/its keys could not be overwritten on the disk yet; that is tried again/);
  await alice.choose('dies late', 'Delete for me');
  await expect(alice.message('dies late')).toHaveCount(0);
  await expect(told).toBeVisible();
  expect(await doomed(alice)).toBe(1);
  expect(await slots(alice)).toEqual(before);
  await hold.evaluate((stream) => stream.abort());
  await expect(told).toHaveCount(0);
  expect(await doomed(alice)).toBe(0);
  expect((await slots(alice)).filter((slot, i) => slot !== before[i])).toHaveLength(1);
});
