/**
 * What it costs to keep messages so that they can be destroyed, in a browser with its profile on the disk.
 *
 * keep: one message through the app's own log, seals and store, in a strict commit, and sealing alone; beside it, in turns, a
 * bare IndexedDB put of as many bytes, as strict. expiry: a tenth of a history dies at one moment, while its conversation is
 * open and while the app is closed: from the deadline, or from the start of the page, until nothing of it is in the
 * database and every key of it is overwritten. Longest task: of the page's main thread, by the browser's own trace; beside it
 * the longest by processor time alone, which a busy machine does not change. What unlocking takes is `bench -- unlock`.
 */
/* global indexedDB, IDBKeyRange, seed */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { keyWriter, longestOf, seedScript, traced } from './history.mjs';
import { median, percentile, rounded } from './statistics.mjs';
import { withTypeScript } from './typescript.mjs';

const LIMIT_TASK = 50;
const KEPT = 300;
const DAY_MS = 86_400_000;
/** Between the start of the page and the moment at which they die while it is open. */
const LEAD_MS = 8_000;

/** @param {{ messages: number }} options */
export function storage({ messages }) {
  return withTypeScript(async (load) => {
    const { Server } = await load('/tests/support/server.ts');
    const { Person } = await load('/tests/support/person.ts');
    const { CHROMIUM_ARGUMENTS, chromiumPath } = await load('/tests/support/chromium.ts');
    const folders = ['alice', 'bob'].map((name) => mkdtempSync(join(tmpdir(), `aparte-storage-${name}-`)));
    const server = new Server();
    await server.start();
    const launch = (folder) => () =>
      chromium.launchPersistentContext(folder, {
        executablePath: chromiumPath(),
        args: CHROMIUM_ARGUMENTS,
        locale: 'en-US',
        viewport: { width: 1280, height: 800 }
      });
    const [alice, bob] = ['Alice', 'Bob'].map((name, at) => new Person(name, server, launch(folders[at])));
    try {
      await alice.start();
      await bob.start();
      await alice.open();
      await bob.join(await alice.invite(), 'Bob');
      await alice.expectStatus('Connected');
      await bob.close();
      await alice.page.goto(`${server.origin}/healthz`);
      await alice.page.evaluate(await seedScript('storage-work.ts'));
      const writes = await alice.page.evaluate(
        ([count, writer]) => seed.compareWrites(count, writer),
        [KEPT, keyWriter()]
      );
      const begun = performance.now();
      const first = Date.now() + DAY_MS;
      const deadlines = [first, first + DAY_MS];
      await alice.page.evaluate(
        ([count, writer, dying]) => seed.seedHistory(count, writer, dying),
        [messages, keyWriter(), deadlines]
      );
      const seeded = performance.now() - begun;
      await alice.close();
      const open = await expiry(alice, deadlines[0], -LEAD_MS);
      const closed = await expiry(alice, deadlines[1], 60_000);
      return report({ messages, seeded, writes, open, closed });
    } finally {
      for (const person of [alice, bob]) await person.close().catch(() => undefined);
      await server.stop();
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    }
  });
}

/** Opens the app as if it were so long after the deadline, and waits until all that has died is destroyed. */
async function expiry(alice, deadline, after) {
  await alice.start();
  const { page, context } = alice;
  await context.addInitScript(
    (shift) => {
      const now = Date.now.bind(Date);
      Date.now = () => now() + shift;
    },
    deadline + after - Date.now()
  );
  const devtools = await context.newCDPSession(page);
  const before = performance.now();
  const isOpen = after < 0;
  if (isOpen) {
    await alice.open();
    await alice.conversation('Bob').click();
    await alice.composer.waitFor();
  }
  let ms;
  let usable = null;
  let dying = 0;
  const events = await traced(devtools, async () => {
    if (!isOpen) {
      await alice.open();
      await alice.conversation('Bob').waitFor();
      usable = performance.now() - before;
    } else {
      dying = (await page.evaluate(mortal, deadline)).rows;
      if (dying === 0) throw new Error('They have died before they were looked at.');
    }
    for (;;) {
      const { rows, doomed, late } = await page.evaluate(mortal, deadline);
      ms = isOpen ? late : performance.now() - before;
      if (late > 0 && rows === 0 && doomed === 0) return;
    }
  });
  await alice.close();
  return { ms, usable, dying, ...longestOf(events) };
}

/** What is still to be destroyed of what dies by then. */
async function mortal(deadline) {
  const database = await new Promise((resolve, reject) => {
    const request = indexedDB.open('aparte');
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const counted = (source, query) =>
    new Promise((resolve, reject) => {
      const request = source.count(query);
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const transaction = database.transaction(['rows', 'doomed']);
  const rows = await counted(
    transaction.objectStore('rows').index('deadline'),
    IDBKeyRange.upperBound(deadline)
  );
  const doomed = await counted(transaction.objectStore('doomed'));
  database.close();
  await new Promise((resolve) => setTimeout(resolve, 200));
  return { rows, doomed, late: Date.now() - deadline };
}

function report({ messages, seeded, writes, open, closed }) {
  const { seal, keep, bare } = writes;
  const times = (all) => [0.5, 0.95].map((part) => rounded(percentile(all, part), 2));
  const ratio = rounded(median(keep) / median(bare), 2);
  const line = (name, { ms, longest, processor }) => [
    name,
    rounded(ms / 1_000, 1),
    rounded(longest),
    rounded(processor)
  ];
  return {
    title: `storage: keeping ${KEPT} messages, ms; expiry of ${messages / 10} of ${messages}, s (written in ${rounded(seeded / 1_000)} s)`,
    rows: [
      ['keep', 'p50', 'p95', ''],
      ['sealing alone', ...times(seal), ''],
      ['one message, sealed and on the disk', ...times(keep), ''],
      ['a bare put of as many bytes', ...times(bare), ''],
      ['ratio', ratio, '', ''],
      ['expiry', 's', 'longest task', `of it on the processor (limit ${LIMIT_TASK} ms)`],
      line('with the conversation open, from the deadline', open),
      line('while the app was closed, from its start', closed),
      ['  of it until the list can be used', rounded(closed.usable / 1_000, 1), '', '']
    ],
    result: {
      messages,
      seeded,
      keep: { seal, keep, bare, ratio },
      open,
      closed,
      limits: { task: LIMIT_TASK }
    }
  };
}
