import { LONG, expect, NO_WORKER, meet, test, type Person } from '../support/app.ts';

test.use(NO_WORKER);

test('several conversations side by side: each has its own words, its own unread count and its own draft', async ({
  person
}) => {
  const [alice, bob, carol] = await company(person);

  // Carol's conversation is the open one; what Bob says is counted in the list.
  await bob.write('one', 'two', 'three');
  const bobs = alice.conversation('Bob');
  await expect(bobs).toHaveAccessibleDescription(/3 unread messages/);
  await expect(alice.page).toHaveTitle('(1) Aparté');
  await carol.write('only for Alice');
  await alice.expectMessages(['only for Alice']);
  await expect(alice.conversation('Carol')).not.toHaveAccessibleDescription(/unread/);

  await alice.composer.fill('half a word to Carol');
  await bobs.click();
  await alice.expectMessages(['one', 'two', 'three']);
  await expect(alice.log.getByText('3 new messages')).toBeVisible();
  await expect(bobs).not.toHaveAccessibleDescription(/unread/);
  await expect(alice.composer).toHaveValue('');
  await alice.composer.fill('half a word to Bob');
  await alice.conversation('Carol').click();
  await expect(alice.composer).toHaveValue('half a word to Carol');
  await expect(bobs).toHaveAccessibleDescription(/Draft: half a word to Bob/);
  await bobs.click();
  await expect(alice.composer).toHaveValue('half a word to Bob');

  // Drafts survive the browser's own reload.
  await alice.page.reload();
  await expect(alice.composer).toHaveValue('half a word to Bob');
  await alice.page.getByRole('button', { name: 'Send', exact: true }).click();
  await bob.expectMessage('half a word to Bob');
  await carol.expectMessages(['only for Alice']);
});

test('both are talked to at the same time, and the list shows who spoke last', LONG, async ({ person }) => {
  const [alice, bob, carol] = await company(person);
  await Promise.all([bob.write('from Bob'), carol.write('from Carol')]);
  await alice.expectMessage('from Carol');
  await bob.write('Bob again');
  await expect(alice.conversations.first()).toHaveAccessibleName('Bob');
  await expect(alice.conversations.first()).toHaveAccessibleDescription(/Bob again/);
  await alice.write('to Carol');
  await expect(alice.conversations.first()).toHaveAccessibleName('Carol');
  await carol.expectMessages(['from Carol', 'to Carol']);
  await bob.expectMessages(['from Bob', 'Bob again']);

  await alice.page.getByRole('searchbox', { name: 'Search' }).fill('bob');
  await expect(alice.conversations).toHaveCount(1);
});

test(
  'a second tab says that the app is open elsewhere, takes over when asked, and no message is lost or doubled',
  LONG,
  async ({ pair }) => {
    const [alice, bob] = await pair();
    await alice.write('in the first tab');
    await bob.expectMessage('in the first tab');
    const first = alice.page;
    const second = await alice.newTab();
    const elsewhere = 'Aparté is open in another tab';
    await expect(second.getByRole('heading', { name: elsewhere })).toBeVisible();
    await expect(alice.composer).toBeVisible();

    // Bob goes on talking while the tabs change places.
    await bob.write('one');
    await second.getByRole('button', { name: 'Use it here' }).click();
    await bob.write('two');
    await expect(first.getByRole('heading', { name: elsewhere })).toBeVisible();
    alice.use(second);
    await alice.conversation('Bob').click();
    await alice.expectStatus('Connected');
    await bob.write('three');
    await alice.write('in the second tab');
    await bob.expectMessage('in the second tab');
    await alice.expectMessages(['in the first tab', 'one', 'two', 'three', 'in the second tab']);

    // And back; this time with something that was written but not yet sent.
    await alice.composer.fill('a draft');
    await alice.composer.blur();
    await expect(first.getByRole('button', { name: 'Use it here' })).toBeVisible();
    await first.getByRole('button', { name: 'Use it here' }).click();
    await expect(second.getByRole('heading', { name: elsewhere })).toBeVisible();
    alice.use(first);
    await alice.expectStatus('Connected');
    await expect(alice.composer).toHaveValue('a draft');
    await alice.page.getByRole('button', { name: 'Send', exact: true }).click();
    await bob.expectMessage('a draft');
    const all = ['in the first tab', 'one', 'two', 'three', 'in the second tab', 'a draft'];
    await alice.expectMessages(all);
    await bob.expectMessages(all);

    // The working tab closed, the other one goes on without being asked.
    await first.close();
    alice.use(second);
    await alice.conversation('Bob').click();
    await alice.expectMessages(all);
    await alice.expectStatus('Connected');
  }
);

async function company(person: (name: string) => Promise<Person>): Promise<[Person, Person, Person]> {
  const alice = await person('Alice');
  const bob = await person('Bob');
  const carol = await person('Carol');
  await alice.open();
  await meet(alice, bob);
  await meet(alice, carol);
  return [alice, bob, carol];
}
