/** Keys in a real browser: they lie in a file of their own, and are overwritten where they are (protocol, section 10). */
import { expect, test, type Person } from '../support/app.ts';

/** Slots of 32 bytes in hexadecimal, behind the header of 64 bytes. */
function slots({ page }: Person): Promise<string[]> {
  return page.evaluate(async () => {
    const folder = await navigator.storage.getDirectory();
    const file = await (await folder.getFileHandle('aparte-keys')).getFile();
    const bytes = new Uint8Array(await file.arrayBuffer());
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    return hex.slice(128).match(/.{64}/g) ?? [];
  });
}

async function tables(person: Person, store: string): Promise<string[]> {
  return (await person.database()).filter((found) => found.store === store).map(({ value }) => value);
}

test('the key of a message that is deleted is overwritten in its file, and no other; what is left opens after a reload', async ({
  pair
}) => {
  const [alice, bob] = await pair();
  await alice.write('one that stays', 'one that goes');
  await bob.expectMessage('one that goes');
  // Of a draft, if there was time for one.
  await expect.poll(() => tables(alice, 'doomed')).toEqual([]);
  const before = await slots(alice);
  expect(before.length).toBeGreaterThan(0);
  await alice.choose('one that goes', 'Delete for me');
  await expect(alice.message('one that goes')).toHaveCount(0);
  await expect.poll(() => tables(alice, 'doomed')).toEqual([]);
  const after = await slots(alice);
  expect(after.filter((slot, i) => slot !== before[i])).toHaveLength(1);
  await alice.open();
  await alice.conversation('Bob').click();
  await alice.expectMessages(['one that stays']);
});
