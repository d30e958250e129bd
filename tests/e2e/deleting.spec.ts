import { LONG, expect, test, type Person } from '../support/pair.ts';
import { inOffline } from '../support/offline.ts';

test('Delete for me takes a message from here only', async ({ again }) => {
  const [alice, bob] = await again();
  await alice.write('first', 'second');
  await bob.expectMessage('second');
  await alice.choose('first', 'Delete for me');
  await alice.expectMessages(['second']);
  await bob.choose('second', 'Delete for me');
  await bob.expectMessages(['first']);
  // Whoever goes by the keyboard is still among the messages.
  await expect(bob.log).toBeFocused();
  await alice.page.reload();
  await alice.expectMessages(['second']);
  await bob.page.reload();
  await bob.expectMessages(['first']);
  await alice.expectStatus('Connected');
  await alice.write('third');
  await bob.expectMessages(['first', 'third']);
});

test('Delete for everyone takes both copies, and the writer sees when the other one is gone', async ({
  again
}) => {
  const [alice, bob] = await again();
  await alice.write('regretted', 'kept');
  await bob.expectMessage('kept');
  await alice.expectMessage('kept', 'Read');
  const atBob = await places(bob);
  // The other one is away: erased here at once, and there when it is back.
  await bob.page.goto('about:blank');
  await alice.expectStatus('Waiting');
  await alice.choose('regretted', 'Delete for everyone');
  await alice.expectMessages(['kept']);
  await expect(alice.log.getByText('You erased a message here. Waiting for the other device.')).toBeVisible();

  await bob.page.goBack();
  await bob.expectMessages(['kept']);
  await expect(alice.log.getByText('You erased a message on both devices.')).toBeVisible();
  await expect(alice.log.getByText('regretted')).toHaveCount(0);
  await expect.poll(() => places(bob)).toBe(atBob - 1);
  // Nobody erases another's words.
  await bob.message('kept').getByRole('button', { name: 'Message actions' }).click();
  await expect(bob.page.getByRole('menuitem', { name: 'Delete for me' })).toBeVisible();
  await expect(bob.page.getByRole('menuitem', { name: 'Delete for everyone' })).toHaveCount(0);
});

test('Delete for everyone of a message that has not left yet: it never arrives', LONG, async ({ again }) => {
  const [alice, bob] = await again();
  await bob.page.goto('about:blank');
  await alice.expectStatus('Waiting');
  await alice.write('never said', 'said');
  await alice.choose('never said', 'Delete for everyone');
  await bob.page.goBack();
  await bob.expectMessage('said');
  await bob.expectMessages(['said']);
  await alice.expectMessage('said', 'Read');
  await expect(alice.log.getByText('You erased a message on both devices.')).toBeVisible();
});

test('a deleted conversation leaves nothing in the database, and the other side keeps its own copy', async ({
  again
}) => {
  const [alice, bob] = await again();
  await alice.write('to be deleted');
  await bob.expectMessage('to be deleted');
  await alice.page.getByRole('button', { name: 'Conversation menu' }).click();
  await alice.page.getByRole('menuitem', { name: 'Delete conversation' }).click();
  const dialog = alice.page.getByRole('dialog', { name: 'Delete conversation' });
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await alice.expectMessages(['to be deleted']);
  await alice.page.getByRole('button', { name: 'Conversation menu' }).click();
  await alice.page.getByRole('menuitem', { name: 'Delete conversation' }).click();
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(alice.conversations).toHaveCount(0);
  await expect
    .poll(async () =>
      (await alice.database()).filter(({ store }) => store === 'rows' || store === 'conversations')
    )
    .toEqual([]);
  await bob.expectMessages(['to be deleted']);
  await bob.expectStatus('Waiting');
  await alice.page.goBack();
  await expect(alice.log).toHaveCount(0);
});

test('Delete everything leaves no database, no cache and no service worker', async ({ pair, server }) => {
  const [alice, bob] = await pair();
  await alice.write('everything must go');
  await bob.expectMessage('everything must go');
  await inOffline(alice.page);
  await alice.open('/settings');
  await alice.page.getByRole('button', { name: 'Delete everything' }).click();
  const dialog = alice.page.getByRole('dialog', { name: 'Delete everything' });
  const confirm = dialog.getByRole('button', { name: 'Delete everything' });
  await expect(confirm).toBeDisabled();
  await dialog.getByRole('textbox').fill('delete');

  // What is there when the new page begins, before its own script runs. (Kit keeps scroll positions for the tab.)
  const left: string[] = [];
  await alice.context.exposeFunction('report', (what: string) => left.push(what));
  await alice.page.addInitScript(() => {
    const { report } = window as unknown as { report: (what: string) => Promise<void> };
    void Promise.all([indexedDB.databases(), caches.keys(), navigator.serviceWorker.getRegistrations()]).then(
      ([databases, names, registrations]) =>
        report(
          JSON.stringify([
            databases,
            names,
            registrations.length,
            localStorage.length,
            Object.keys(sessionStorage).filter((key) => !key.startsWith('sveltekit:')).length
          ])
        )
    );
  });
  await confirm.click();
  // What the browser says that it still has.
  await expect(alice.page.getByRole('heading', { name: 'Nothing is left on this device' })).toBeVisible();
  await expect(alice.page.getByRole('main').getByRole('listitem')).toHaveText([
    'Conversations, messages and keys Empty',
    'Key files Empty',
    'Choices of yours Empty',
    'Copy of the app for use offline Empty',
    'Background worker Empty'
  ]);
  await alice.page.getByRole('button', { name: 'Begin again' }).click();
  await expect(alice.page).toHaveURL(`${server.origin}/`);
  await expect(alice.page.getByText('Words spoken aside, for one listener.').first()).toBeVisible();
  await expect(alice.conversations).toHaveCount(0);
  await expect.poll(() => left.length).toBeGreaterThan(0);
  expect(left[0]).toBe('[[],[],0,0,0]');
  // And it can begin anew.
  expect(await alice.invite()).toContain('/join#');
});

/** Messages and lines that have a place in a timeline. */
async function places(person: Person): Promise<number> {
  const stored = await person.database();
  return stored.filter(({ store, value }) => store === 'rows' && value.includes('"order":')).length;
}
