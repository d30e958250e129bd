import { randomBytes } from 'node:crypto';
import { base64url, concat } from '../../src/lib/bytes.ts';
import { context } from '../../src/lib/crypto/kdf.ts';
import { sha256 } from '../../src/lib/crypto/primitives.ts';
import { decodeInvitation, encodeInvitation } from '../../src/lib/protocol/invitation.ts';
import { LONG, expect, NO_WORKER, test, type Person } from '../support/app.ts';

test.use(NO_WORKER);

const MALFORMED = 'This link is incomplete or mistyped. Copy it again, whole, or ask for a new one.';
const EXPIRED = 'This link has expired. Ask the person who sent it for a new one.';
const NEWER = 'This link was made by a newer Aparté. Reload the page to update, then open it again.';
const USED = /^This link has been used already, and works only once\./;
const REVOKED = 'This link was taken back by the person who made it. Ask them for a new one.';
const OWN = 'This is your own invitation. Send it to somebody else, or open it in another browser.';

test('a mistyped or cut-off link says so, wherever the mistake is', async ({ person }) => {
  const alice = await person('Alice');
  await alice.open();
  const link = await alice.invite();
  const start = link.indexOf('#') + 1;
  const bob = await person('Bob');
  const broken = [start, start + 20, link.length - 1].map((at) => {
    const other = link[at] === 'A' ? 'B' : 'A';
    return link.slice(0, at) + other + link.slice(at + 1);
  });
  for (const wrong of broken) {
    await bob.page.goto('about:blank');
    await bob.page.goto(wrong);
    await refused(bob, MALFORMED);
  }
  // The next step: another one, pasted.
  const paste = async (text: string): Promise<void> => {
    await bob.page.getByRole('button', { name: 'Use another link' }).click();
    await expect(bob.page.getByRole('alert')).toHaveCount(0);
    await bob.page.getByRole('textbox', { name: 'Invitation link' }).fill(text);
    await bob.page.getByRole('button', { name: 'Open', exact: true }).click();
  };
  for (const wrong of [
    link.slice(0, -1),
    link.slice(0, start + 10),
    `${link}A`,
    `${link.slice(0, start)}%C3%A9`,
    `${link}.`
  ]) {
    await paste(wrong);
    await refused(bob, MALFORMED);
  }
  await paste(link);
  await bob.pressJoin();
  await bob.expectStatus('Connected');
});

test('an expired link says so before anybody is asked', async ({ person, server }) => {
  const bob = await person('Bob');
  const minutes = Math.floor(Date.now() / 60_000);
  for (const [expiry, sentence] of [
    [minutes - 1, EXPIRED],
    [1, EXPIRED],
    [minutes + 60, null]
  ] as const) {
    const fragment = encodeInvitation({
      flags: { many: false, askFirst: false, relayOnly: false },
      expiry,
      publicKey: randomBytes(32),
      secret: randomBytes(16)
    });
    await bob.page.goto('about:blank');
    await bob.page.goto(`${server.origin}/join#${fragment}`);
    if (sentence === null)
      await expect(bob.page.getByRole('button', { name: 'Join', exact: true })).toBeVisible();
    else await refused(bob, sentence);
  }
});

test(
  'an invitation that has expired while it was open is none any more, for both',
  LONG,
  async ({ person }) => {
    const alice = await person('Alice');
    await alice.page.clock.install({ time: Date.now() });
    await alice.open();
    const link = await alice.invite();
    const bob = await person('Bob');
    await bob.page.clock.install({ time: Date.now() });
    await bob.page.goto(link);
    await expect(bob.page.getByRole('button', { name: 'Join', exact: true })).toBeVisible();
    for (const { page, expected } of [alice, bob]) {
      // Whoever was just connecting has waited for a day, and gives up.
      expected.push(/WebSocket is closed before the connection is established/);
      await page.clock.fastForward('25:00:00');
    }
    await expect(alice.page.getByText('This invitation is no longer open.')).toBeVisible();
    await bob.pressJoin();
    await refused(bob, EXPIRED);
  }
);

test('a link that a newer version has made says so', async ({ person, server }) => {
  const bob = await person('Bob');
  const fields = concat(Uint8Array.of(2), randomBytes(60));
  const check = sha256(context('invite'), fields).slice(0, 4);
  await bob.page.goto(`${server.origin}/join#${base64url(concat(fields, check))}`);
  await refused(bob, NEWER);
});

test('a link that somebody else has used says so, and the one who used it comes back to the conversation', async ({
  person
}) => {
  const alice = await person('Alice');
  const bob = await person('Bob');
  const carol = await person('Carol');
  await alice.open();
  const link = await alice.invite();
  await bob.join(link);
  await bob.expectStatus('Connected');
  await carol.join(link);
  await refused(carol, USED);
  await expect(alice.conversations).toHaveCount(1);

  await bob.write('hello');
  await bob.join(link);
  await bob.expectMessages(['hello']);
  await expect(bob.conversations).toHaveCount(1);
});

test('of two who press Join at the same moment one talks and the other is told', LONG, async ({ person }) => {
  const alice = await person('Alice');
  const bob = await person('Bob');
  const carol = await person('Carol');
  await alice.open();
  const link = await alice.invite();
  await bob.page.goto(link);
  await carol.page.goto(link);
  await Promise.all([bob.pressJoin('Bob'), carol.pressJoin('Carol')]);
  await alice.expectStatus('Connected');
  await expect(alice.conversations).toHaveCount(1);
  const bobWon = (await alice.page.getByRole('heading', { name: 'Bob' }).count()) === 1;
  const [winner, loser] = bobWon ? [bob, carol] : [carol, bob];
  await winner.expectStatus('Connected');
  await refused(loser, USED);
  await winner.write('it is me');
  await alice.expectMessage('it is me');
});

test('a revoked link says so', async ({ person }) => {
  const alice = await person('Alice');
  const bob = await person('Bob');
  await alice.open();
  const link = await alice.invite();
  await bob.page.goto(link);
  await alice.page.getByRole('button', { name: 'Revoke' }).click();
  await expect(alice.page.getByRole('dialog')).toHaveCount(0);
  await expect(alice.page.getByRole('button', { name: /^Open invitation/ })).toHaveCount(0);
  await bob.pressJoin();
  await refused(bob, REVOKED);
  await expect(alice.conversations).toHaveCount(0);
  // The answer outlives the page that gave it.
  await alice.page.reload();
  await bob.page.goto(link);
  await bob.pressJoin();
  await refused(bob, REVOKED);
});

test('the own link says that it is the own', async ({ person }) => {
  const alice = await person('Alice');
  await alice.open();
  const link = await alice.invite();
  await alice.page.goto(link);
  await refused(alice, OWN);
  // It is not used up by that.
  const bob = await person('Bob');
  await bob.join(link);
  await bob.expectStatus('Connected');
});

test('a guest who comes first waits, and both are connected when the inviter is back', async ({ person }) => {
  const alice = await person('Alice');
  const bob = await person('Bob');
  await alice.open();
  const link = await alice.invite();
  await alice.page.goto('about:blank');
  await bob.join(link);
  await expect(bob.page.getByRole('heading', { name: 'Waiting for the other side' })).toBeVisible();
  await alice.open();
  await bob.expectStatus('Connected');
  await alice.conversations.click();
  await alice.expectStatus('Connected');
});

test('an invitation works for a day, and its secret is fresh each time', async ({ person }) => {
  const alice = await person('Alice');
  await alice.open();
  const made = [];
  for (let n = 0; n < 3; n += 1) {
    const link = await alice.invite();
    made.push(decodeInvitation(link.split('#')[1] ?? ''));
    await alice.page.getByRole('button', { name: 'Close' }).click();
  }
  const minutes = Math.floor(Date.now() / 60_000);
  for (const { expiry } of made) expect(Math.abs(expiry - minutes - 24 * 60)).toBeLessThanOrEqual(1);
  expect(new Set(made.map(({ secret }) => secret.join())).size).toBe(3);
  expect(new Set(made.map(({ publicKey }) => publicKey.join())).size).toBe(3);
});

/** One sentence that says which, and what to do next. */
async function refused(person: Person, sentence: string | RegExp): Promise<void> {
  const alert = person.page.getByRole('alert');
  await expect(alert.getByRole('paragraph')).toHaveText(sentence);
  await expect(person.page.getByRole('button', { name: 'Join', exact: true })).toHaveCount(0);
  await expect(person.page.getByRole('link', { name: 'To my conversations' })).toBeVisible();
  await expect(person.page.getByRole('button', { name: /^(Use another link|Try again)$/ })).toBeVisible();
}
