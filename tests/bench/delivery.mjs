/**
 * What a person waits for when something ended the connection, and how much goes through an open one.
 *
 * Interruptions: two browsers with profiles on the disk, a conversation between them. From the end of the
 * interruption (the lid is open, the server listens, the navigation begins) until each side has had a message
 * acknowledged that it wrote after it, through the composer and the log. tests/support/soak.ts says what is done.
 *
 * Rates: `live` messages typed into the composer as fast as it takes them, from the first Enter until all are marked
 * as delivered; catching up: the other side's browser is closed, that many are written, it is opened again: from
 * Connected to the last mark of delivery. Each is stored strictly on both sides, in the log on both screens, and passes
 * the ratchet. Beside it in the same run, between the same two browsers: a bare data channel, and bare IndexedDB.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { bareChannel, barePuts } from './bare-limits.mjs';
import { median, percentile, rounded } from './statistics.mjs';
import { withTypeScript } from './typescript.mjs';

const LIVE = 500;
/** The outbox holds 5,000 entries (protocol, section 12); marks of what was read wait in it, too. */
const MAX_QUEUED = 4_900;

/** @param {{ runs: number, queued: number }} options */
export function delivery({ runs, queued: wanted }) {
  const queued = Math.min(wanted, MAX_QUEUED);
  return withTypeScript(async (load) => {
    const { Server } = await load('/tests/support/server.ts');
    const { FAULTS, Talker, endure } = await load('/tests/support/soak.ts');
    const { Person } = await load('/tests/support/person.ts');
    const { CHROMIUM_ARGUMENTS, chromiumPath } = await load('/tests/support/chromium.ts');
    const folders = ['alice', 'bob'].map((name) => mkdtempSync(join(tmpdir(), `aparte-bench-${name}-`)));
    const server = new Server();
    await server.start();
    const people = ['Alice', 'Bob'].map(
      (name, at) =>
        new Person(name, server, () =>
          chromium.launchPersistentContext(folders[at], {
            executablePath: chromiumPath(),
            args: CHROMIUM_ARGUMENTS,
            locale: 'en-US'
          })
        )
    );
    try {
      const [alice, bob] = people;
      const talkers = [new Talker(alice, 'Bob'), new Talker(bob, 'Someone')];
      for (const talker of talkers) {
        await talker.person.start();
        await talker.prepare();
      }
      await alice.open();
      await bob.join(await alice.invite(), 'Bob');
      for (const talker of talkers) await talker.reach();

      const channel = await bareChannel(alice.page, bob.page);
      const puts = await barePuts(bob.page);
      const live = await rateLive(talkers[0]);
      const caughtUp = await rateCatchingUp(talkers, queued);
      const times = {};
      for (const fault of FAULTS) {
        times[fault] = [];
        for (let run = 0; run < runs; run++) {
          const conditions = { talkers, server, random: () => ((run + 0.5) / runs) % 1 };
          times[fault].push(await endure(fault, talkers[run % 2], conditions));
        }
      }
      return report(times, { live, caughtUp, channel, ...puts }, queued, runs);
    } finally {
      // What has gone wrong before is what is to be heard of.
      for (const person of people) await person.close().catch(() => undefined);
      await server.stop();
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    }
  });
}

/** Messages a second, from the first Enter to the last acknowledgement. */
async function rateLive(talker) {
  const start = performance.now();
  await talker.hurry(LIVE);
  await talker.delivered();
  return (LIVE * 1_000) / (performance.now() - start);
}

async function rateCatchingUp([writer, reader], count) {
  await reader.person.close();
  await writer.hurry(count);
  await reader.person.start();
  await reader.prepare();
  const caught = writer.caughtUp();
  await reader.person.open();
  const ms = await caught;
  await reader.enter();
  return (count * 1_000) / ms;
}

function report(times, rates, queued, runs) {
  const all = Object.values(times).flat();
  const summary = (values) => ({
    p50: rounded(median(values)),
    p95: rounded(percentile(values, 0.95)),
    max: rounded(Math.max(...values))
  });
  const interruptions = Object.fromEntries(
    Object.entries({ ...times, all }).map(([name, values]) => [name, summary(values)])
  );
  const { live, caughtUp, channel, batched, single } = rates;
  const rate = (name, value) => [
    name,
    rounded(value),
    rounded(value / channel, 3),
    rounded(value / batched, 3),
    rounded(value / single, 2)
  ];
  return {
    title: `delivery: end of an interruption -> acknowledged both ways, ms, ${runs} runs each; then messages a second`,
    rows: [
      ['', 'p50', 'p95', 'max', ''],
      ...Object.entries(interruptions).map(([name, { p50, p95, max }]) => [name, p50, p95, max, '']),
      ['', '', '', '', ''],
      ['', 'a second', '/ channel', '/ batched', '/ single'],
      rate(`${LIVE} typed and acknowledged`, live),
      rate(`${queued} queued, caught up`, caughtUp),
      rate('bare data channel, 512 bytes', channel),
      rate('bare IndexedDB, strict, 100 puts a transaction', batched),
      rate('bare IndexedDB, strict, 1 put a transaction', single)
    ],
    result: { runs, interruptions, queued, rates }
  };
}
