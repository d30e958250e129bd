import { hex } from '../../src/lib/bytes.ts';
import { sasSymbols } from '../../src/lib/protocol/safety-number.ts';
import { symbolOf } from '../../src/lib/ui/symbols.ts';
import { expect, LONG, NO_WORKER, meet, test as base, WHOLE, type Person } from '../support/pair.ts';
import { Aimed, ATTACKS, noisy, Reordering, type Aim } from '../support/attacks.ts';
import { HostileServer } from '../support/hostile.ts';
import { watchStatus, type StatusWatch } from '../support/recorder.ts';
import { Stranger, Thief } from '../support/thief.ts';

const USED = /^This link has been used already, and works only once\./;

const test = base.extend<{ hostile: HostileServer }>({
  hostile: async ({ server }, use) => {
    const hostile = new HostileServer(server);
    await hostile.start();
    await use(hostile);
    await hostile.stop();
  }
});

test.use(NO_WORKER);

test('markup, scripts and marks that turn text around are shown as what they are', async ({ again }) => {
  const [alice, bob] = await again();
  const texts = [
    '<img src=x onerror="window.pwned = 1">',
    '<script>window.pwned = 1</script>',
    'javascript:window.pwned=1',
    '{@html "<b>bold</b>"} ${window.pwned = 1} {{pwned}}',
    '\u202Egnp.exe\u202C and after',
    '&lt;b&gt; &amp; &#x3C;'
  ];
  await alice.write(...texts);
  await bob.expectMessages(texts);
  await alice.expectMessages(texts);
  for (const { page, log } of [alice, bob]) {
    await expect(log.locator('img, script, b, a, iframe')).toHaveCount(0);
    expect(await page.evaluate(() => 'pwned' in window)).toBe(false);
  }
  // Text that is turned around stays inside its own message: the box tells its direction by itself.
  const box = bob
    .message(texts[4] ?? '')
    .getByRole('paragraph')
    .locator('..');
  await expect(box).toHaveAttribute('dir', 'auto');
  await expect(box).toHaveCSS('unicode-bidi', 'plaintext');
});

test('a name cannot pretend to be more than a name', LONG, async ({ person }) => {
  const alice = await person('Alice');
  const bob = await person('Bob');
  await alice.open();
  await bob.join(await alice.invite(), '\u202E<b>Bob</b>\u0007\u200B');
  await expect(alice.page.getByRole('heading', { level: 1, name: /Bob/ })).toHaveText('<b>Bob</b>');
  await expect(alice.page.locator('b')).toHaveCount(0);
});

test('very long messages, many lines and rare characters arrive as they were written; too long a one stays', async ({
  alice,
  bob
}) => {
  const long = 'é'.repeat(3_000);
  const rare = 'a\n\n  b\tc 👩‍👩‍👧‍👦 \u0301 𝔘 العربية';
  await alice.composer.fill(long);
  await alice.page.keyboard.press('Enter');
  const heard = bob.log.getByRole('article').getByRole('paragraph').last();
  await expect(heard).toHaveText(long);
  await alice.composer.fill(rare);
  await alice.page.keyboard.press('Enter');
  await expect.poll(() => heard.evaluate((p) => p.textContent)).toBe(rare);
  await alice.composer.fill('x'.repeat(9_000));
  await expect(alice.page.getByText('Too long. Shorten it, or send it in two.')).toBeVisible();
  await expect(alice.page.getByRole('button', { name: 'Send', exact: true })).toBeDisabled();
});

test(
  'a server that lies, repeats itself, spoils frames and invents some cannot stop a conversation',
  LONG,
  async ({ person, hostile }) => {
    hostile.turn(noisy);
    const alice = await person('Alice', { at: hostile });
    const bob = await person('Bob', { at: hostile });
    await alice.open();
    await meet(alice, bob);
    await alice.write('one');
    await bob.expectMessage('one');
    for (const round of ['two', 'three']) {
      await bob.page.reload();
      await bob.expectStatus('Connected');
      await bob.write(round);
      await alice.expectMessage(round);
    }
    await alice.expectMessages(['one', 'two', 'three']);
    await bob.expectMessages(['one', 'two', 'three']);
    await expect(alice.conversations).toHaveCount(1);
    // It has really been hostile.
    expect(hostile.mischief).toBeGreaterThan(50);
  }
);

/** Messages D, C, B and A of a first contact. */
const FIRST_CONTACT: readonly Aim[] = [
  { of: 'first', after: 1 },
  { of: 'second', after: 1 },
  { of: 'first', after: 0 },
  { of: 'second', after: 0 }
];
/** Of a reconnection: message B and the answer to it; message A and the knock. */
const RECONNECTION: readonly Aim[] = [
  { of: 'both', after: 1 },
  { of: 'both', after: 0 }
];

/**
 * All of it at once, with two messages of the first contact and one of the reconnection; with every one of them, and each lie
 * alone, it is `npm run test:hostile`.
 */
const TRIED = WHOLE ? ATTACKS : ATTACKS.slice(-1);

TRIED.forEach(([name, lie], n) => {
  const together = WHOLE && n === TRIED.length - 1;
  const [firstContact, reconnection] = [FIRST_CONTACT, RECONNECTION].map((aims) =>
    together ? aims : aims.slice(n % aims.length, (n % aims.length) + (WHOLE ? 1 : aims.length / 2))
  ) as [readonly Aim[], readonly Aim[]];
  test(`no session opens through a server that does this with a handshake: ${name}`, async ({
    person,
    hostile
  }) => {
    const alice = await person('Alice', { at: hostile });
    const bob = await person('Bob', { at: hostile });
    const statuses = [await watchStatus(alice.page), await watchStatus(bob.page)];
    await alice.open();
    const link = await alice.invite();

    for (const aim of firstContact) {
      await bob.page.goto('about:blank');
      await suffer(hostile, new Aimed(lie, aim), statuses, () => bob.join(link, 'Bob'));
      await expect(bob.status).toHaveCount(0);
    }
    hostile.reform();
    await expectAlone(alice, bob);
    await alice.write('the canal at nine');
    await bob.expectMessage('the canal at nine');

    for (const aim of reconnection) {
      await bob.page.goto('about:blank');
      await alice.expectStatus('Waiting');
      await suffer(hostile, new Aimed(lie, aim), statuses, async () => {
        await bob.open();
        await bob.conversations.click();
      });
    }
    hostile.reform();
    await expectAlone(alice, bob);
    await bob.write('by the lock');
    await alice.expectMessages(['the canal at nine', 'by the lock']);
    await bob.expectMessages(['the canal at nine', 'by the lock']);
    await expect(alice.page.getByText('Keys were reset')).toHaveCount(0);
    expect(await digitsOf(alice)).toEqual(await digitsOf(bob));
    expectUnread(hostile, ['the canal', 'by the lock', 'candidate', 'fingerprint']);
  });
});

test('a server that changes the order of frames only delays', LONG, async ({ person, hostile }) => {
  const alice = await person('Alice', { at: hostile });
  const bob = await person('Bob', { at: hostile });
  await alice.open();
  const first = new Reordering();
  hostile.turn(first);
  await bob.join(await alice.invite(), 'Bob');
  await expect.poll(() => first.exchanged).toBeGreaterThan(0);
  hostile.reform();
  await expectAlone(alice, bob);
  await bob.page.goto('about:blank');
  await alice.expectStatus('Waiting');
  const again = new Reordering();
  hostile.turn(again);
  await bob.open();
  await bob.conversations.click();
  await expect.poll(() => again.exchanged).toBeGreaterThan(0);
  hostile.reform();
  await expectAlone(alice, bob);
});

test(
  'a server that knows the public half of a link is not heard by either side',
  LONG,
  async ({ person, hostile }) => {
    const alice = await person('Alice', { at: hostile });
    const bob = await person('Bob', { at: hostile });
    await alice.open();
    const link = await alice.invite();
    const stranger = new Stranger(link);
    hostile.turn(stranger);
    await bob.join(link, 'Bob');
    // The guest asks again, since nobody has answered.
    await expect.poll(() => stranger.asked).toBeGreaterThan(1);
    await hostile.settled();
    expect(stranger.answers).toBe(0);
    await expect(alice.conversations).toHaveCount(0);
    await expect(bob.status).toHaveCount(0);
    hostile.reform();
    await expectAlone(alice, bob);
  }
);

test('a server that has stolen the link can use it up, and can not be the inviter: the guest reads "used"', async ({
  person,
  hostile
}) => {
  const alice = await person('Alice', { at: hostile });
  const bob = await person('Bob', { at: hostile });
  const watch = await watchStatus(alice.page);
  await alice.open();
  const link = await alice.invite();
  const thief = new Thief(link);
  hostile.turn(thief);
  await bob.join(link, 'Bob');
  await expect(alice.conversation('Bob')).toBeVisible();
  await expect.poll(() => thief.met).not.toBeNull();
  expect(thief.shutOut).toBeGreaterThan(0);
  // What it says is what Alice sees: whoever she compares with has no such symbols, nor any at all.
  const seen = sasSymbols(thief.met?.pairing?.sas ?? 0).map((number) => symbolOf(number, 'en').name);
  expect(await symbolsOf(alice)).toEqual(seen);
  await expect(bob.status).toHaveCount(0);

  hostile.reform();
  await expect(bob.page.getByRole('alert').getByRole('paragraph')).toHaveText(USED);
  expect(await watch.wasConnected()).toBe(false);

  // With the link nothing can be read that comes after it.
  const second = new Thief(await alice.invite());
  const next = await alice.page.getByRole('textbox', { name: 'Invitation link' }).inputValue();
  await bob.join(next, 'Bob');
  for (const somebody of [alice, bob]) await somebody.expectStatus('Connected');
  hostile.turn(second);
  await bob.page.reload();
  await bob.expectStatus('Connected');
  expect(second.opened).toEqual({ ofTheLink: 0, ofOthers: 0 });
});

test('a thief who sends on a link of their own stands between two, until these compare', async ({
  person,
  hostile
}) => {
  const [alice, mallory, bob] = [
    await person('Alice', { at: hostile }),
    await person('Mallory', { at: hostile }),
    await person('Bob', { at: hostile })
  ];
  await alice.open();
  await mallory.open();
  const [stolen, sentOn] = [await alice.invite(), await mallory.invite()];
  // The frames of two first contacts, each on the other's topic: neither goes on.
  const [, swap] = ATTACKS.find(([name]) => name === 'swap') ?? [];
  const attack = new Aimed(swap ?? (() => undefined), { of: 'second', after: 0 });
  const statuses = [await watchStatus(bob.page)];
  hostile.turn(attack);
  await mallory.join(stolen, 'Bob');
  await bob.join(sentOn, 'Bob');
  const crossed = () => new Set(hostile.recorded.map(({ topic }) => hex(topic))).size;
  await expect.poll(crossed).toBe(2);
  await hostile.settled();
  for (const status of statuses) expect(await status.wasConnected()).toBe(false);
  hostile.reform();

  await bob.expectStatus('Connected');
  await alice.expectStatus('Connected');
  await alice.write('the canal at nine');
  await mallory.conversation('Someone').click();
  await mallory.expectMessage('the canal at nine');
  await mallory.conversation('Bob').click();
  await mallory.write('the canal at ten');
  await bob.expectMessage('the canal at ten');

  // Each of them agrees with the thief, and not with the other.
  const [hers, his] = [await symbolsOf(alice), await symbolsOf(bob)];
  expect(hers).not.toEqual(his);
  expect(await symbolsOf(mallory)).toEqual(his);
  expect(await digitsOf(alice)).not.toEqual(await digitsOf(bob));

  // The true link is the thief's now, and says so to the one for whom it was meant.
  await bob.join(stolen, 'Bob');
  await expect(bob.page.getByRole('alert').getByRole('paragraph')).toHaveText(USED);
});

/** Goes through with it until the attack has been tried and every lie has arrived, and nobody was ever connected. */
async function suffer(
  hostile: HostileServer,
  attack: Aimed,
  statuses: readonly StatusWatch[],
  act: () => Promise<void>
): Promise<void> {
  for (const status of statuses) await status.forget();
  hostile.turn(attack);
  await act();
  await expect.poll(() => attack.kept).toBeGreaterThan(0);
  await hostile.settled();
  for (const status of statuses) expect(await status.wasConnected()).toBe(false);
}

/** Connected, in one conversation, with the same symbols on both sides. */
async function expectAlone(alice: Person, bob: Person): Promise<void> {
  for (const somebody of [bob, alice]) {
    await somebody.expectStatus('Connected');
    await expect(somebody.conversations).toHaveCount(1);
  }
  expect(await symbolsOf(alice)).toEqual(await symbolsOf(bob));
}

async function symbolsOf({ page }: Person): Promise<string[]> {
  const names = page.getByRole('list', { name: 'Four symbols' }).locator('.name');
  await expect(names).toHaveCount(4);
  return names.allTextContents();
}

async function digitsOf({ page }: Person): Promise<string[]> {
  await page.getByRole('button', { name: 'Conversation menu' }).click();
  await page.getByRole('menuitem', { name: 'Verify' }).click();
  const list = page.getByRole('list', { name: 'Safety number' });
  await expect(list.getByRole('listitem')).toHaveCount(12);
  const digits = await list.getByRole('listitem').allTextContents();
  await page.keyboard.press('Escape');
  await expect(list).toHaveCount(0);
  return digits;
}

/** None of this in anything that the server was given. (Long words: short ones are in random bytes by chance.) */
function expectUnread({ recorded }: HostileServer, words: readonly string[]): void {
  for (const { body } of recorded)
    for (const word of words) expect(Buffer.from(body).includes(word)).toBe(false);
}
