/**
 * A sample of what `npm run test:soak` does at length: no word is lost, comes twice or out of its order, whatever
 * happens to the connection meanwhile. SOAK is JSON: messages, disconnects, seed.
 */
import { test, expect, meet } from '../support/app.ts';
import { soak, tally, Talker, type Interruption } from '../support/soak.ts';

const { messages, disconnects, seed } = {
  ...{ messages: 300, disconnects: 12, seed: 1 },
  ...(JSON.parse(process.env.SOAK ?? '{}') as { messages?: number; disconnects?: number; seed?: number })
};

test(`${String(messages)} messages over ${String(disconnects)} interruptions (seed ${String(seed)}): all of them, once, in order`, async ({
  person,
  server
}) => {
  // A net: a turn takes some seconds, of which most are sleep.
  test.setTimeout(180_000 + disconnects * 20_000);
  const alice = await person('Alice', { profile: true });
  const bob = await person('Bob', { profile: true });
  const talkers = [new Talker(alice, 'Bob'), new Talker(bob, 'Someone')] as const;
  for (const talker of talkers) await talker.prepare();
  await alice.open();
  await meet(alice, bob);

  const began = performance.now();
  const done = await soak({
    ...{ talkers, server, messages, disconnects, random: seeded(seed) },
    onInterruption({ fault, who, ms }, count) {
      if (process.env.SOAK !== undefined)
        console.log(`${String(count).padStart(4)}  ${fault} (${who}): ${ms.toFixed(0)} ms`);
    }
  });
  const seconds = (performance.now() - began) / 1_000;

  const tallies = [];
  for (const { person: reader } of talkers) {
    // As it lies on the disk, not as this page happens to have it.
    await reader.page.reload();
    const history = await reader.page.evaluate(() => window.talk.history());
    for (const { person: writer, written } of talkers)
      tallies.push({ reader: reader.name, writer: writer.name, ...tally(history, writer.name, written) });
    await reader.expectStatus('Connected');
    for (const mark of ['Queued', 'Sent', 'Failed'])
      await expect(reader.log.getByText(mark, { exact: true })).toHaveCount(0);
  }
  if (process.env.SOAK !== undefined) report(done, tallies, seconds);
  for (const { lost, duplicated, outOfOrder, ...whose } of tallies)
    expect({ ...whose, lost, duplicated, outOfOrder }).toEqual({
      ...whose,
      lost: 0,
      duplicated: 0,
      outOfOrder: 0
    });
});

function report(done: readonly Interruption[], tallies: readonly object[], seconds: number): void {
  const faults = [...new Set(done.map(({ fault }) => fault))].sort();
  const row = (fault: string, times: readonly number[]): object => ({
    fault,
    times: times.length,
    p50: share(times, 0.5),
    p95: share(times, 0.95),
    max: share(times, 1)
  });
  const rows = faults.map((fault) =>
    row(
      fault,
      done.filter((one) => one.fault === fault).map(({ ms }) => ms)
    )
  );
  console.table([
    ...rows,
    row(
      'all',
      done.map(({ ms }) => ms)
    )
  ]);
  console.table(tallies);
  console.log(`${seconds.toFixed(0)} s`);
}

/** The smallest time that at least this share of them does not exceed, in whole milliseconds. */
function share(times: readonly number[], part: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  return Math.round(sorted[Math.ceil(part * sorted.length) - 1] ?? NaN);
}

/** Mulberry32: repeatable, and good enough to choose what goes wrong next. */
function seeded(state: number): () => number {
  let at = state;
  return () => {
    at = (at + 0x6d2b79f5) | 0;
    let mixed = Math.imul(at ^ (at >>> 15), 1 | at);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
