import decodeQR from 'qr/decode.js';
import { LONG, expect, NO_WORKER, meet, test } from '../support/pair.ts';

test.use(NO_WORKER);

test('a link opened in another browser and Join pressed: a moment later both write to each other', async ({
  person
}) => {
  const alice = await person('Alice');
  const bob = await person('Bob');
  await alice.open();
  const link = await alice.invite();
  await expect(alice.page.getByRole('dialog', { name: 'New conversation' })).toBeVisible();
  await bob.join(link);

  // The guest lands in the conversation, and the inviter's dialog gives way to it.
  await bob.expectStatus('Connected');
  await alice.expectStatus('Connected');
  await expect(alice.page.getByRole('dialog')).toHaveCount(0);
  // No name was given.
  await expect(alice.conversation('Someone')).toBeVisible();

  await alice.write('Good evening');
  await bob.expectMessage('Good evening');
  await bob.write('Bonsoir');
  await alice.expectMessage('Bonsoir');
  await alice.expectMessages(['Good evening', 'Bonsoir']);
  await bob.expectMessages(['Good evening', 'Bonsoir']);
});

test('a name that is given shows at the other side', async ({ person }) => {
  const alice = await person('Alice');
  await alice.open();
  await alice.setOwnName('Alice Liddell');
  const bob = await person('Bob');

  await bob.join(await alice.invite(), 'Bob the guest');
  await expect(alice.page.getByRole('heading', { name: 'Bob the guest' })).toBeVisible();
  await expect(alice.conversation('Bob the guest')).toBeVisible();
  await expect(bob.conversation('Alice Liddell')).toBeVisible();
});

test('the QR code says what the link says, Copy link copies it, and the dialog says until when it works', async ({
  person,
  server
}) => {
  const alice = await person('Alice', { permissions: ['clipboard-read', 'clipboard-write'] });
  await alice.open();
  const before = Date.now();
  const link = await alice.invite();
  expect(link).toMatch(new RegExp(`^${server.origin}/join#[\\w-]{78}$`));

  const image = await alice.page.getByRole('img', { name: 'QR code' }).screenshot();
  const { data, width, height } = await alice.page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const drawing = canvas.getContext('2d');
    drawing?.drawImage(bitmap, 0, 0);
    const pixels = drawing?.getImageData(0, 0, bitmap.width, bitmap.height).data;
    return { data: [...(pixels ?? [])], width: bitmap.width, height: bitmap.height };
  }, image.toString('base64'));
  expect(decodeQR({ data: Uint8Array.from(data), width, height })).toBe(link);

  await alice.page.getByRole('button', { name: 'Copy link' }).click();
  await expect(alice.page.getByText('Link copied')).toBeVisible();
  // A day from now; the minute in which it was made may be over by now.
  const times = [before, Date.now()].map((now) =>
    new Date(now + 24 * 3_600_000).toLocaleTimeString('en-US', { hour: 'numeric', minute: '2-digit' })
  );
  await expect(alice.page.getByText(/^Works until/)).toHaveText(new RegExp(times.join('|')));

  await alice.open('/join');
  const pasted = alice.page.getByRole('textbox', { name: 'Invitation link' });
  await pasted.focus();
  await alice.page.keyboard.press('ControlOrMeta+V');
  await expect(pasted).toHaveValue(link);
});

test('nothing is used up before Join is pressed: who only looks at the link leaves it to somebody else', async ({
  person
}) => {
  const alice = await person('Alice');
  const curious = await person('Curious');
  const bob = await person('Bob');
  await alice.open();
  const link = await alice.invite();

  await curious.page.goto(link);
  await expect(curious.page.getByRole('button', { name: 'Join', exact: true })).toBeVisible();
  // The page has reached the server and said nothing there but its keep-alive and its own topics, of which there are none.
  await curious.close();
  expect(curious.frames.filter(({ way, payload }) => way === 'sent' && payload.length > 1)).toEqual([]);
  await expect(alice.page.getByRole('dialog', { name: 'New conversation' })).toBeVisible();

  await bob.join(link);
  await bob.expectStatus('Connected');
  await alice.expectStatus('Connected');
});

test("the invitation's secret leaves the address bar and the history at once", async ({ person, server }) => {
  const alice = await person('Alice');
  const bob = await person('Bob');
  await alice.open();
  const link = await alice.invite();

  await bob.open();
  await bob.page.goto(link);
  const join = bob.page.getByRole('button', { name: 'Join', exact: true });
  await expect(join).toBeVisible();
  expect(bob.page.url()).toBe(`${server.origin}/join`);
  const session = await bob.context.newCDPSession(bob.page);
  const { entries } = await session.send('Page.getNavigationHistory');
  expect(entries.map(({ url }) => url)).not.toContain(link);
  expect(await bob.page.evaluate(() => JSON.stringify(history.state))).not.toContain(link.split('#')[1]);

  // A second link opened on that very page.
  await bob.page.evaluate(
    (other) => {
      location.hash = other;
    },
    link.split('#')[1] ?? ''
  );
  await expect(bob.page).toHaveURL(`${server.origin}/join`);
  await bob.pressJoin();
  await bob.expectStatus('Connected');
  const after = await session.send('Page.getNavigationHistory');
  expect(after.entries.map(({ url }) => url)).not.toContain(link);
});

test('a conversation can be renamed in the own list, which the other side does not see', async ({
  alice,
  bob
}) => {
  const rename = async (name: string): Promise<void> => {
    await alice.page.getByRole('button', { name: 'Conversation menu' }).click();
    await alice.page.getByRole('menuitem', { name: 'Rename' }).click();
    await alice.page.getByRole('textbox', { name: 'Name in your list' }).fill(name);
    await alice.page.getByRole('button', { name: 'Save' }).click();
    await expect(alice.conversation(name)).toBeVisible();
  };
  await rename('The gardener');
  await alice.page.reload();
  await expect(alice.conversation('The gardener')).toBeVisible();
  await expect(bob.conversation('Someone')).toBeVisible();
  await rename('Bob');
});

test(
  'several invitations are open at once, and each leads to a conversation of its own',
  LONG,
  async ({ person }) => {
    const alice = await person('Alice');
    await alice.open();
    const first = await alice.invite();
    await alice.page.getByRole('button', { name: 'Close' }).click();
    const second = await alice.invite();
    await alice.page.getByRole('button', { name: 'Close' }).click();
    expect(second).not.toBe(first);
    await expect(alice.page.getByRole('button', { name: /^Open invitation/ })).toHaveCount(2);

    const bob = await person('Bob');
    const carol = await person('Carol');
    await bob.join(first, 'Bob');
    await carol.join(second, 'Carol');
    await expect(alice.conversations).toHaveCount(2);
    await expect(alice.page.getByRole('button', { name: /^Open invitation/ })).toHaveCount(0);
    await meet(bob, alice);
    await expect(alice.conversations).toHaveCount(3);
  }
);
