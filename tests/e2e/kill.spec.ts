/**
 * kill -9 of the whole browser at every point of writing (threats R3): opened again, nothing that was acknowledged is
 * missing, nothing is half-written, and the two go on. A few points here; all of them, many times over:
 * `npm run test:kill -- --rounds 20`.
 */
import { expect, meet, test, type Person } from '../support/app.ts';
import { countWrites, kill, killedAt } from '../support/kill.ts';

const ROUNDS = Number(process.env.APARTE_KILL_ROUNDS ?? 0);
/** Early and late in the exchange: a put of an own message, a commit of a received one that nobody has heard of. */
const SAMPLE = [2, 16];
const DAMAGED = /^A part of what is kept here is damaged/;

test('kill -9 of the browser at its points of writing: reopened, nothing acknowledged is missing, nothing is half-written, both go on', async ({
  person
}) => {
  test.setTimeout(ROUNDS === 0 ? 180_000 : 0);
  const alice = await person('Alice', { profile: true });
  const bob = await person('Bob');
  await alice.context.addInitScript(countWrites);
  await alice.open();
  await meet(alice, bob);
  const before = await points(alice);
  await exchange(alice, bob, 'first');
  const all = (await points(alice)) - before;
  expect(all).toBeGreaterThanOrEqual(Math.max(...SAMPLE));
  const every = Array.from({ length: all }, (_, i) => i + 1);
  const chosen = ROUNDS === 0 ? SAMPLE : Array.from({ length: ROUNDS }, () => every).flat();
  const reopened: number[] = [];
  let unreached = 0;
  for (const [turn, point] of chosen.entries()) {
    const { ms, reached } = await killAndGoOn(alice, bob, point, `${String(turn)}.${String(point)}`);
    reopened.push(ms);
    if (!reached) unreached++;
  }
  if (ROUNDS > 0) {
    const sorted = reopened.sort((a, b) => a - b);
    const [p50, p95] = [0.5, 0.95].map((part) => sorted[Math.floor(part * (sorted.length - 1))]);
    console.log(
      `${String(all)} points x ${String(ROUNDS)}: ${String(chosen.length)} kills, ${String(unreached)} after the ` +
        `exchange; history shown again after ${String(p50)} ms (p50), ${String(p95)} ms (p95)`
    );
  }
});

async function killAndGoOn(
  alice: Person,
  bob: Person,
  point: number,
  tag: string
): Promise<{ ms: number; reached: boolean }> {
  if (alice.profile === null) throw new Error('there is no profile to kill');
  const dead = killedAt(alice.page, alice.profile, point);
  const written: string[] = [];
  const reached = await Promise.race([
    dead.then(() => true),
    exchange(alice, bob, tag, written).then(
      () => false,
      // Her browser is gone in the middle of it.
      () => dead.then(() => true)
    )
  ]);
  // It came to fewer writes this time: then at rest.
  if (!reached) kill(alice.profile);
  await dead;
  await alice.close();

  await alice.start();
  await alice.context.addInitScript(countWrites);
  await alice.open();
  const began = await alice.page.evaluate(() => performance.timeOrigin);
  await alice.conversation('Bob').click();
  await expect(alice.log.getByRole('article').first()).toBeVisible();
  const ms = Math.round((await alice.page.evaluate(() => Date.now())) - began);
  // What had been shown had been stored.
  const own = await texts(alice, `a ${tag}`);
  expect(own).toEqual(expect.arrayContaining(written));

  await alice.expectStatus('Connected');
  await alice.write(`a ${tag} goes on`);
  await bob.write(`b ${tag} goes on`);
  await bob.expectMessage(`a ${tag} goes on`);
  await alice.expectMessage(`b ${tag} goes on`);
  for (const who of ['a', 'b']) {
    const sides = [await texts(alice, `${who} ${tag}`), await texts(bob, `${who} ${tag}`)];
    expect(sides[0]).toEqual(sides[1]);
  }
  expect(await texts(bob, `a ${tag}`)).toEqual([...own, `a ${tag} goes on`]);
  await expect(alice.page.getByText(DAMAGED)).toHaveCount(0);
  return { ms, reached };
}

/** Each writes twice, while the other reads. `written`: what is stored on Alice's side for certain. */
async function exchange(alice: Person, bob: Person, tag: string, written: string[] = []): Promise<void> {
  for (const part of ['1', '2']) {
    await bob.write(`b ${tag} ${part}`);
    await alice.write(`a ${tag} ${part}`);
    // Its bubble is there when it is stored, and not before.
    await alice.expectMessage(`a ${tag} ${part}`);
    written.push(`a ${tag} ${part}`);
    await alice.expectMessage(`b ${tag} ${part}`);
    await alice.expectMessage(`a ${tag} ${part}`, 'Read');
  }
}

function points({ page }: Person): Promise<number> {
  return page.evaluate(() => window.writePoints);
}

/** What a side shows of the words that begin so, in their order. */
async function texts({ log }: Person, beginning: string): Promise<string[]> {
  const shown = await log.getByRole('article').getByRole('paragraph').allTextContents();
  return shown.filter((text) => text.startsWith(`${beginning} `));
}
