/**
 * A conversation of 100,000 messages: opened, scrolled, jumped about in. Its rows are written through the app's own log,
 * seals and store (seed-history.ts), beside the app; then the app opens them in a browser with its profile on the disk,
 * without throttling.
 *
 * open: from the click in the list until the picture with the newest messages is on the screen. wheel: turned up without
 * a pause through so many messages. jump: from the choice of the day in the middle of the history until its first message
 * is on the screen; back: from the button "Jump to the newest message" until the newest is; search: from the last letter of
 * a word in one of the oldest messages until it is shown. Longest task: of the page's main
 * thread, by the browser's own trace; beside it the longest by processor time alone, which a busy machine does not
 * change. Memory: the page's JavaScript heap after a collection.
 */
/* global document, requestAnimationFrame, seed */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { build } from 'vite';
import { rounded } from './statistics.mjs';
import { withTypeScript } from './typescript.mjs';

const LIMITS = { ms: 300, task: 50 };
/** Messages that the wheel goes through. */
const WHEELED = 2_000;
/** From one message to the next: seed-history.ts. */
const STEP_MS = 5 * 60_000;
const VIEWPORT = { width: 1280, height: 800 };

/** @param {{ messages: number }} options */
export function history({ messages }) {
  return withTypeScript(async (load) => {
    const { Server } = await load('/tests/support/server.ts');
    const { Person } = await load('/tests/support/person.ts');
    const { CHROMIUM_ARGUMENTS, chromiumPath } = await load('/tests/support/chromium.ts');
    const folders = ['alice', 'bob'].map((name) => mkdtempSync(join(tmpdir(), `aparte-history-${name}-`)));
    const server = new Server();
    await server.start();
    const launch = (folder) => () =>
      chromium.launchPersistentContext(folder, {
        executablePath: chromiumPath(),
        args: CHROMIUM_ARGUMENTS,
        locale: 'en-US',
        viewport: VIEWPORT
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
      const start = performance.now();
      await alice.page.evaluate(await seedScript());
      await alice.page.evaluate(
        ([count, writer]) => seed.seedHistory(count, writer),
        [messages, keyWriter()]
      );
      const seeded = performance.now() - start;
      await alice.close();

      await alice.start();
      await alice.context.addInitScript(watchPictures);
      await alice.open();
      return report({ messages, seeded, ...(await measure(alice, messages)) });
    } finally {
      for (const person of [alice, bob]) await person.close().catch(() => undefined);
      await server.stop();
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    }
  });
}

/** The address of the app's own worker, which alone writes keys into their file. */
export function keyWriter() {
  const folder = '_app/immutable/workers';
  const built = readdirSync(fileURLToPath(new URL(`../../build/app/${folder}`, import.meta.url)));
  return `/${folder}/${built.find((name) => name.startsWith('key-file.worker') && name.endsWith('.js'))}`;
}

/** A module of this folder, for a page: its exports are in `seed`. */
export async function seedScript(entry = 'seed-history.ts') {
  const output = await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      minify: false,
      lib: {
        entry: fileURLToPath(new URL(entry, import.meta.url)),
        formats: ['iife'],
        name: 'seed'
      }
    }
  });
  const [
    {
      output: [chunk]
    }
  ] = output;
  // An IIFE in a function of its own would keep its name to itself.
  return `${chunk.code}; globalThis.seed = seed;`;
}

/** Runs in the page before the app does. */
function watchPictures() {
  /** Resolves when a picture is on the screen in which `look` finds something. */
  globalThis.painted = async (look) => {
    while (!look()) await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    await new Promise((resolve) => setTimeout(resolve));
  };
  /** The numbers of the messages within the log's window. */
  globalThis.numbersInSight = () => {
    const log = document.querySelector('[role=log]')?.getBoundingClientRect();
    if (!log) return [];
    const inside = [...document.querySelectorAll('[role=log] article')].filter((article) => {
      const { top, bottom } = article.getBoundingClientRect();
      return bottom > log.top && top < log.bottom;
    });
    return inside.map((article) => parseInt(article.querySelector('.text').textContent, 10));
  };
}

async function measure(alice, messages) {
  const { page } = alice;
  const devtools = await page.context().newCDPSession(page);
  const step = async (work) => {
    let ms;
    const events = await traced(devtools, async () => {
      ms = await work();
    });
    return { ms, ...longestOf(events) };
  };
  const until = (number, act) =>
    page.evaluate(
      async ([wanted, selector]) => {
        const start = performance.now();
        if (selector) document.querySelector(selector).click();
        await globalThis.painted(() => globalThis.numbersInSight().includes(wanted));
        return performance.now() - start;
      },
      [number, act]
    );
  const link = 'nav[aria-label="Conversations"] a';
  await page.locator(link).first().waitFor();
  const open = await step(() => until(messages, link));

  const log = alice.log;
  const box = await log.boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  const wheel = await step(async () => {
    const start = performance.now();
    const oldest = () =>
      page.evaluate(() =>
        Number(/\d+/.exec(document.querySelector('[role=log] article .text').textContent)[0])
      );
    while ((await oldest()) > messages - WHEELED) await page.mouse.wheel(0, -1_500);
    return performance.now() - start;
  });

  const jump = await step(() => toMiddle(page, messages));
  const back = await step(() => until(messages, '[role=log] ~ .jump'));
  const rows = await log.getByRole('article').count();
  // A word of the thousandth message and of no other: everything newer is read first.
  const search = await step(async () => {
    const start = performance.now();
    await page.getByRole('searchbox').fill('needle1000');
    await page.evaluate(() => globalThis.painted(() => document.querySelector('mark') !== null));
    return performance.now() - start;
  });
  await devtools.send('HeapProfiler.collectGarbage');
  const { usedSize } = await devtools.send('Runtime.getHeapUsage');
  return { open, wheel, jump, back, search, rows, heap: usedSize / 2 ** 20 };
}

/** What the browser did meanwhile. */
export async function traced(devtools, work) {
  const events = [];
  const collect = ({ value }) => events.push(...value);
  devtools.on('Tracing.dataCollected', collect);
  const includedCategories = ['toplevel', '__metadata'];
  await devtools.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories } });
  await work();
  const complete = new Promise((resolve) => devtools.once('Tracing.tracingComplete', resolve));
  await devtools.send('Tracing.end');
  await complete;
  devtools.off('Tracing.dataCollected', collect);
  return events;
}

/** The longest task of a page's main thread, by the clock and by the processor's time. */
export function longestOf(events) {
  const thread = ({ pid, tid }) => `${pid} ${tid}`;
  const isMain = ({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain';
  const main = new Set(events.filter(isMain).map(thread));
  const tasks = events.filter((event) => event.name.endsWith('RunTask') && main.has(thread(event)));
  const longest = (key) => tasks.reduce((most, task) => Math.max(most, (task[key] ?? 0) / 1_000), 0);
  return { longest: longest('dur'), processor: longest('tdur') };
}

/** By the day: the middle of the history is half of its days ago. */
async function toMiddle(page, messages) {
  const at = new Date(Date.now() - (messages / 2) * STEP_MS);
  const day = [at.getFullYear(), at.getMonth() + 1, at.getDate()]
    .map((part) => String(part).padStart(2, '0'))
    .join('-');
  await page.getByRole('button', { name: 'Conversation menu' }).click();
  await page.getByRole('menuitem', { name: 'Jump to a day' }).click();
  await page.getByLabel('Day', { exact: true }).fill(day);
  return page.evaluate(
    async ([button, first, last]) => {
      const start = performance.now();
      [...document.querySelectorAll('dialog button')]
        .find(({ textContent }) => textContent.trim() === button)
        .click();
      await globalThis.painted(() =>
        globalThis.numbersInSight().some((number) => number > first && number < last)
      );
      return performance.now() - start;
    },
    ['Go there', messages * 0.4, messages * 0.6]
  );
}

function report({ messages, seeded, open, wheel, jump, back, search, rows, heap }) {
  const line = (name, { ms, longest, processor }, limit) => [
    name,
    rounded(ms),
    limit,
    rounded(longest),
    rounded(processor),
    LIMITS.task
  ];
  return {
    title: `history: ${messages} messages, ms (written beside the app in ${rounded(seeded / 1_000)} s)`,
    rows: [
      ['', 'ms', 'limit', 'longest task', 'of it on the processor', 'limit'],
      line('open: the newest are on the screen', open, LIMITS.ms),
      line(`wheel: up through ${WHEELED}`, wheel, ''),
      line('jump: a day in the middle is on the screen', jump, LIMITS.ms),
      line('back: the newest are on the screen', back, LIMITS.ms),
      line('search: what is in one of the oldest is found', search, ''),
      ['', '', '', '', '', ''],
      ['messages in the page', rows, '', '', '', ''],
      ['JavaScript heap, MiB', rounded(heap), '', '', '', '']
    ],
    result: { messages, seeded, open, wheel, jump, back, search, rows, heap, limits: LIMITS }
  };
}
