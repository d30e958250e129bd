/**
 * Somebody takes the disk (threats S14): every byte of a real profile is searched after the browser was closed. No text
 * that was ever written is there, living or dead, and no key of what has died. A few texts here, two hundred with
 * `npm run test:forensics`.
 */
import { randomBytes } from 'node:crypto';
import { expect, test, type Person } from '../support/app.ts';
import { formsOf, found } from '../support/disk-search.ts';
import { doomed, slots } from '../support/key-file.ts';

const COUNT = Number(process.env.APARTE_FORENSICS ?? 12);

const canary = (): string => `canary${randomBytes(10).toString('hex')}`;

test('after expiry and erasure the disk has no text and no key of what is gone, and what is not gone opens', async ({
  person
}) => {
  test.setTimeout(60_000 + COUNT * 5_000);
  const alice = await person('Alice', { profile: true });
  const bob = await person('Bob');
  await alice.open();
  await alice.join(await (await bobInvites(bob)).invite(), 'Alice');
  await alice.expectStatus('Connected');
  await bob.expectStatus('Connected');

  const texts = Array.from({ length: COUNT }, canary);
  const quarter = Math.floor(COUNT / 4);
  for (const [i, text] of texts.entries()) await (i % 2 === 0 ? alice : bob).write(text);
  for (const text of texts.slice(-2)) for (const one of [alice, bob]) await one.expectMessage(text);

  const draft = canary();
  await alice.composer.fill(draft);
  await expect.poll(() => drafts(alice)).toBe(1);
  const before = await slots(alice);
  await alice.composer.fill('');
  await expect.poll(() => drafts(alice)).toBe(0);

  // A quarter dies: in turn for oneself, for both, edited and then for both; and some of a timer.
  const dead = texts.slice(0, quarter);
  for (const [i, text] of dead.entries()) {
    const who = i % 2 === 0 ? alice : bob;
    await who.choose(text, i % 4 < 2 && who === alice ? 'Delete for me' : 'Delete for everyone');
    const confirm = who.page.getByRole('dialog').getByRole('button', { name: 'Delete for everyone' });
    if (await confirm.isVisible()) await confirm.click();
    await expect(alice.message(text)).toHaveCount(0);
  }
  await alice.setTimer('5 seconds');
  const timed = [canary(), canary()] as const;
  await alice.write(...timed);
  const running = await slots(alice);
  for (const text of timed) await bob.expectMessage(text);
  // He had gone up to what he erased: a timer runs from when it was on his screen.
  await bob.message(timed[1]).scrollIntoViewIfNeeded();
  for (const text of timed) await expect(alice.message(text)).toHaveCount(0, { timeout: 30_000 });
  await expect.poll(() => doomed(alice)).toBe(0);

  const after = await slots(alice);
  const gone = [...before, ...running].filter((slot) => !after.includes(slot));
  expect(gone.length).toBeGreaterThanOrEqual(dead.length + timed.length + 1);
  const { profile } = alice;
  if (profile === null) throw new Error('there is no profile to search');
  await alice.close();
  const words = new Map([...texts, ...timed, draft].map((text) => [text, formsOf(text)]));
  expect(found(profile, words), 'texts on the disk').toEqual([]);
  const keys = new Map([...new Set(gone)].map((slot) => [slot, [Buffer.from(slot, 'hex')]]));
  expect(found(profile, keys), 'destroyed keys on the disk').toEqual([]);
  // It would have been found: keys that are in use are.
  const living = after.slice(0, 4).map((slot): [string, Buffer[]] => [slot, [Buffer.from(slot, 'hex')]]);
  expect(found(profile, new Map(living)).length).toBeGreaterThanOrEqual(4);

  await alice.start();
  await alice.open();
  await alice.conversation('Bob').click();
  await alice.expectMessage(texts.at(-1) ?? '');
  await expect(alice.page.getByText(/^A part of what is kept here is damaged/)).toHaveCount(0);
});

async function bobInvites(bob: Person): Promise<Person> {
  await bob.setOwnName('Bob');
  return bob;
}

async function drafts(who: Person): Promise<number> {
  return (await who.database()).filter(({ store, key }) => store === 'rows' && key.includes('"draft"'))
    .length;
}
