import { expect, test } from '../support/app.ts';
import { run } from '../support/server.ts';

test('the server says where it is, serves the app there, and a second start on the taken port says so in one sentence', async ({
  person,
  server
}) => {
  const second = run(server.port);
  const { code, out, err } = await second.ended;
  expect(code).toBe(1);
  expect(out).toBe('');
  expect(err).toMatch(new RegExp(`^Port ${String(server.port)} is already taken: [^\\n]+\\.\\n$`));

  const third = run(0);
  try {
    const greeting = await third.greeting;
    const [address = ''] = /http:\/\/\S+$/.exec(greeting) ?? [];
    const alice = await person('Alice', { at: { origin: address, wasStopped: false } });
    await alice.open();
    await expect(alice.page.getByRole('button', { name: 'New conversation' })).toBeVisible();
    // Before the server goes: the page may still be fetching its service worker.
    await alice.close();
  } finally {
    third.child.kill('SIGTERM');
    expect((await third.ended).code).toBe(0);
  }
});
