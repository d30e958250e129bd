import { LONG, expect, test } from '../support/app.ts';

test('reload either side: the history is there, the two find each other again, and go on', async ({
  pair
}) => {
  const [alice, bob] = await pair();
  await alice.write('one');
  await bob.expectMessage('one');
  for (const [reloading, other, text] of [
    [bob, alice, 'two'],
    [alice, bob, 'three']
  ] as const) {
    await reloading.page.reload();
    await reloading.expectMessage('one');
    await reloading.expectStatus('Connected');
    await other.expectStatus('Connected');
    await reloading.write(`${text} from here`);
    await other.expectMessage(`${text} from here`);
    await other.write(`${text} from there`);
    await reloading.expectMessage(`${text} from there`);
  }
  const all = ['one', 'two from here', 'two from there', 'three from here', 'three from there'];
  await alice.expectMessages(all);
  await bob.expectMessages(all);
});

test(
  'close the browser and open it again: the history is there before anybody is reached',
  LONG,
  async ({ person, server }) => {
    const alice = await person('Alice', { profile: true });
    const bob = await person('Bob', { profile: true });
    await alice.open();
    await bob.join(await alice.invite(), 'Bob');
    await alice.expectStatus('Connected');
    await alice.write('kept on the disk');
    await bob.expectMessage('kept on the disk');
    await alice.expectMessage('kept on the disk', 'Read');
    await alice.close();
    await bob.close();

    // Alice first, alone: nobody but her own disk tells her what was said.
    await alice.start();
    await alice.open();
    await alice.conversation('Bob').click();
    await alice.expectMessages(['kept on the disk']);
    await alice.expectMessage('kept on the disk', 'Read');
    await alice.expectStatus('Waiting');

    await bob.start();
    await bob.open();
    await bob.conversations.click();
    await alice.expectStatus('Connected');
    await bob.expectStatus('Connected');
    await bob.write('here again');
    await alice.expectMessage('here again');
    await alice.expectMessages(['kept on the disk', 'here again']);
    expect(server.wasStopped).toBe(false);
  }
);

test(
  'what was written while the other was away arrives once and in order, both ways',
  LONG,
  async ({ person }) => {
    const alice = await person('Alice', { profile: true });
    const bob = await person('Bob', { profile: true });
    await alice.open();
    await bob.join(await alice.invite(), 'Bob');
    await alice.expectStatus('Connected');
    const said = (who: string): string[] => Array.from({ length: 20 }, (_, n) => `${who} ${String(n + 1)}`);

    await bob.close();
    await alice.write(...said('Alice'));
    // Whether she has noticed already or not: it waits.
    await alice.expectMessage('Alice 20', /^(Queued|Sent)$/);
    await alice.close();

    await bob.start();
    await bob.open();
    await bob.conversations.click();
    await bob.write(...said('Bob'));
    await bob.expectMessage('Bob 20', 'Queued');

    await alice.start();
    await alice.open();
    await alice.conversation('Bob').click();
    await alice.expectStatus('Connected');
    await alice.expectMessage('Bob 20');
    await bob.expectMessage('Alice 20');
    await alice.expectMessages([...said('Alice'), ...said('Bob')]);
    await bob.expectMessages([...said('Bob'), ...said('Alice')]);
    // Who comes back begins at the first new message: the last one is read when it is reached.
    await alice.message('Bob 20').scrollIntoViewIfNeeded();
    await bob.message('Alice 20').scrollIntoViewIfNeeded();
    await alice.expectMessage('Alice 20', 'Read');
    await bob.expectMessage('Bob 20', 'Read');

    // Nothing is delivered a second time by meeting a second time.
    await alice.page.reload();
    await alice.expectStatus('Connected');
    await alice.write('the last');
    await bob.expectMessage('the last');
    await alice.expectMessages([...said('Alice'), ...said('Bob'), 'the last']);
    await bob.expectMessages([...said('Bob'), ...said('Alice'), 'the last']);
  }
);

test('both reload at the same moment, and still meet', LONG, async ({ pair }) => {
  const [alice, bob] = await pair();
  for (const round of ['first', 'second', 'third']) {
    await Promise.all([alice.page.reload(), bob.page.reload()]);
    await alice.expectStatus('Connected');
    await bob.expectStatus('Connected');
    await Promise.all([alice.write(`${round} of Alice`), bob.write(`${round} of Bob`)]);
    await alice.expectMessage(`${round} of Bob`);
    await bob.expectMessage(`${round} of Alice`);
  }
});

test(
  'the server crashes and comes back: who is connected goes on talking meanwhile, and reconnects after',
  LONG,
  async ({ pair, server }) => {
    const [alice, bob] = await pair();
    await server.kill();
    await expect(
      alice.page.getByText('The server cannot be reached. Conversations that are connected go on.')
    ).toBeVisible();
    await alice.write('without a server');
    await bob.expectMessage('without a server');
    await server.start();
    await bob.page.reload();
    await bob.expectStatus('Connected');
    await bob.write('with one');
    await alice.expectMessage('with one');
    await alice.expectMessages(['without a server', 'with one']);
  }
);
