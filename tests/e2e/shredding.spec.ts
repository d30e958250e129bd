/** Keys in a real browser: they lie in a file of their own, and are overwritten where they are (protocol, section 10). */
import { expect, test } from '../support/app.ts';
import { doomed, slots } from '../support/key-file.ts';

test('the key of a message that is deleted is overwritten in its file, and no other; what is left opens after a reload', async ({
  pair
}) => {
  const [alice, bob] = await pair();
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
