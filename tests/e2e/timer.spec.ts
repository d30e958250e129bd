import { LONG, expect, meet, test, type Person } from '../support/pair.ts';
import { inOffline } from '../support/offline.ts';
import { lastPainted, recordPaint } from '../support/recorder.ts';

/** A frame that begins before the deadline is on the screen until the next one. */
const FRAME_MS = 20;

test('a timed message disappears on both sides at its deadline, and its row is gone from the database', async ({
  person
}) => {
  const [alice, bob] = await recordedPair(person);
  await alice.setTimer('5 seconds');
  await expect(alice.timer).toHaveAccessibleName('Self-destruct timer: 5 seconds');
  await expect(
    alice.log.getByText(
      'You set the self-destruct timer: new messages disappear 5 seconds after they are seen.'
    )
  ).toBeVisible();
  await expect(
    bob.log.getByText(
      'Someone set the self-destruct timer: new messages disappear 5 seconds after they are seen.'
    )
  ).toBeVisible();
  await expect(bob.timer).toHaveAccessibleName('Self-destruct timer: 5 seconds');

  const before = await rows(alice, bob);
  await alice.write('burn this');
  await bob.expectMessage('burn this');
  await alice.expectMessage('burn this', 'Read');
  const deadlines = [await deadline(alice), await deadline(bob)];

  for (const [index, somebody] of [alice, bob].entries()) {
    await expect(somebody.message('burn this')).toHaveCount(0);
    await expect.poll(async () => lives(somebody)).toBe(0);
    const painted = await lastPainted(somebody.page, 'burn this');
    expect(painted).toBeGreaterThan(0);
    expect(painted).toBeLessThanOrEqual((deadlines[index] ?? 0) + FRAME_MS);
    await expect(somebody.conversations.getByText('burn this')).toHaveCount(0);
  }
  // Neither the words nor their places are kept; receipts, which have no place in the timeline, go when confirmed.
  await expect.poll(async () => rows(alice, bob)).toEqual(before);
});

test('the time runs from when a message is seen, not from when it is written', async ({ again }) => {
  const [alice, bob] = await again();
  await bob.open('/settings');
  await alice.setTimer('5 seconds');
  await alice.write('not yet seen');
  await alice.expectMessage('not yet seen', 'Delivered');
  const written = Date.now();
  // Twice its life later it is still there: nobody has seen it.
  await expect.poll(() => Date.now() - written, { intervals: [500] }).toBeGreaterThan(6_000);
  await alice.expectMessage('not yet seen', 'Delivered');
  await bob.page.getByRole('link', { name: 'Back' }).click();
  await bob.conversations.click();
  await bob.expectMessage('not yet seen');
  await alice.expectMessage('not yet seen', 'Read');
  await expect(bob.message('not yet seen')).toHaveCount(0);
  await expect(alice.message('not yet seen')).toHaveCount(0);
  await alice.setTimer('Off');
});

test('a message whose deadline passed while the app was closed is never painted again, not even without a server', async ({
  person,
  server
}) => {
  const [alice, bob] = await recordedPair(person);
  await alice.setTimer('5 seconds');
  await alice.write('gone by then');
  await bob.expectMessage('gone by then');
  await alice.expectMessage('gone by then', 'Read');
  const over = Math.max(await deadline(alice), await deadline(bob));
  for (const { page } of [alice, bob]) await inOffline(page);
  const urls = [alice.page.url(), bob.page.url()];
  await alice.page.goto('about:blank');
  await bob.page.goto('about:blank');
  await server.stop();
  await expect.poll(() => Date.now()).toBeGreaterThan(over);

  for (const [index, somebody] of [alice, bob].entries()) {
    await somebody.page.goto(urls[index] ?? '');
    await somebody.expectStatus('Offline');
    await expect(somebody.log.getByText(/5 seconds after they are seen/)).toBeVisible();
    expect(await lastPainted(somebody.page, 'gone by then')).toBe(0);
    expect(await lives(somebody)).toBe(0);
  }
});

test('a reload in the middle of its life prolongs nothing', LONG, async ({ person, server }) => {
  const [alice, bob] = await recordedPair(person);
  await alice.setTimer('5 seconds');
  await alice.write('burning');
  await bob.expectMessage('burning');
  await alice.expectMessage('burning', 'Read');
  await inOffline(alice.page);
  const due = await deadline(alice);
  await server.stop();
  await alice.page.reload();
  await alice.expectMessage('burning');
  await expect(alice.message('burning')).toHaveCount(0);
  const painted = await lastPainted(alice.page, 'burning');
  expect(painted).toBeGreaterThan(0);
  expect(painted).toBeLessThanOrEqual(due + FRAME_MS);
});

test('a timer of any length can be set, and turned off again; messages written before keep theirs', async ({
  again
}) => {
  const [alice, bob] = await again();
  await alice.write('stays');
  await alice.setTimer('Custom…');
  const dialog = alice.page.getByRole('dialog', { name: 'Custom timer' });
  await dialog.getByRole('spinbutton', { name: 'Amount' }).fill('3');
  await dialog.getByRole('combobox', { name: 'Unit' }).selectOption('seconds');
  await dialog.getByRole('button', { name: 'Set timer' }).click();
  await expect(bob.timer).toHaveAccessibleName('Self-destruct timer: 3 seconds');
  await bob.write('goes');
  await alice.expectMessage('goes');
  await bob.setTimer('Off');
  await expect(alice.timer).toHaveAccessibleName('Self-destruct timer: off');
  await expect(
    alice.log.getByText('Bob turned off the self-destruct timer: new messages stay.')
  ).toBeVisible();
  await expect(bob.log.getByText('You turned off the self-destruct timer: new messages stay.')).toBeVisible();
  await bob.write('stays too');
  await expect(alice.message('goes')).toHaveCount(0);
  await expect(bob.message('goes')).toHaveCount(0);
  await alice.expectMessages(['stays', 'stays too']);
  await bob.expectMessages(['stays', 'stays too']);
});

test('the timer menu offers what was agreed', async ({ alice }) => {
  await alice.timer.click();
  await expect(alice.page.getByRole('menuitem')).toHaveText(
    [
      'Off',
      '5 seconds',
      '30 seconds',
      '1 minute',
      '5 minutes',
      '1 hour',
      '8 hours',
      '1 day',
      '1 week',
      '4 weeks',
      'Custom…'
    ].map((choice) => new RegExp(`^\\s*${choice}\\s*$`))
  );
  await alice.page.keyboard.press('Escape');
  await expect(alice.page.getByRole('menu')).toHaveCount(0);
});

async function recordedPair(person: (name: string) => Promise<Person>): Promise<[Person, Person]> {
  const [alice, bob] = [await person('Alice'), await person('Bob')];
  for (const { page } of [alice, bob]) await recordPaint(page);
  await alice.open();
  await meet(alice, bob);
  return [alice, bob];
}

/** How many rows have a deadline. */
async function lives(person: Person): Promise<number> {
  return (await person.database()).filter((row) => row.deadline !== null).length;
}

/** Of the one timed message. */
async function deadline(person: Person): Promise<number> {
  const timed = (await person.database()).filter((row) => row.deadline !== null);
  expect(timed).toHaveLength(1);
  return timed[0]?.deadline ?? 0;
}

async function rows(...people: readonly Person[]): Promise<string[][]> {
  return Promise.all(
    people.map(async (person) =>
      (await person.database()).filter(({ store }) => store === 'rows').map(({ key }) => key)
    )
  );
}
