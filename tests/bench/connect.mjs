/**
 * Link opened -> first message received, beside a bare RTCPeerConnection over the same server, in turns: A B A B.
 *
 * Aparté: two fresh contexts of one Chromium, both have loaded the app once and have its service worker. The inviter
 * has an invitation on the screen. Measured at the guest, from the start of the navigation to the link, with "Join"
 * pressed the moment it can be pressed, until the next frame after the first message is in the log. The inviter's
 * page sends that message as soon as it says Connected. So this includes the start of the app, the post-quantum
 * handshake, ICE and DTLS, the contact stored on both sides, and the message stored on both sides.
 *
 * Bare (bare-page.js): the same two contexts, the same server process, from the start of the navigation until the
 * next frame after the first message of the data channel is in the page. No encryption of its own, no storage.
 *
 * Then the guest reloads: from the start of that navigation until its page says Connected again (KK handshake).
 */
/* global requestAnimationFrame */
import { randomBytes } from 'node:crypto';
import { drive } from './app-page.mjs';
import { within, withChromium } from './browser.mjs';
import { startApp, startBarePage } from './serve.mjs';
import { median, percentile, rounded } from './statistics.mjs';

const TEXT = 'The first message.';
/** For one meeting, its pages' start included. */
const PATIENCE_MS = 20_000;
/** Meetings that did not come off are repeated, so many in all, and counted: a browser does lose one now and then. */
const MAX_LOST = 3;
const STAGES = ['join', 'socket', 'handshake', 'conversation', 'channel', 'connected', 'received'];

export async function connect({ runs }) {
  const bare = await startBarePage();
  const app = await startApp([bare.url]);
  const samples = { app: [], bare: [], reload: [] };
  const lost = [];
  try {
    return await withChromium(async (browser) => {
      // The first turn warms the browser and the server up, and is not counted.
      for (let run = -1; run < runs; run++) {
        const ours = await meeting(() => meetThroughApp(browser, app.url), lost, 'a meeting through the app');
        const theirs = await meeting(() => meetBarely(browser, bare.url, app.url), lost, 'a bare meeting');
        if (run < 0) continue;
        samples.app.push(ours.first);
        samples.reload.push(ours.reload);
        samples.bare.push(theirs);
      }
      return report(samples, lost, browser.version());
    });
  } finally {
    await app.close();
    bare.close();
  }
}

async function meeting(meet, lost, what) {
  for (;;) {
    try {
      return await within(meet(), PATIENCE_MS, what);
    } catch (error) {
      if (lost.push(what) > MAX_LOST) throw error;
    }
  }
}

async function twoContexts(browser, use) {
  const contexts = await Promise.all([0, 1].map(() => browser.newContext({ locale: 'en-US' })));
  try {
    return await use(contexts);
  } finally {
    for (const context of contexts) await context.close();
  }
}

function meetThroughApp(browser, url) {
  return twoContexts(browser, async ([hers, his]) => {
    await hers.addInitScript(drive, { role: 'inviter', text: TEXT });
    await his.addInitScript(drive, { role: 'guest', text: TEXT });
    const [inviter, guest] = await Promise.all([hers.newPage(), his.newPage()]);
    for (const page of [inviter, guest]) {
      await page.goto(url);
      await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    }
    await inviter.getByRole('button', { name: 'New conversation' }).first().click();
    const link = await inviter.getByRole('textbox', { name: 'Invitation link' }).evaluate(async (field) => {
      while (field.value === '') await new Promise(requestAnimationFrame);
      return field.value;
    });
    await inviter.evaluate(() => globalThis.bench.online);
    await guest.goto(link, { waitUntil: 'commit' });
    const first = await guest.evaluate(() => globalThis.bench.finished);
    await settled(guest);
    await guest.reload({ waitUntil: 'commit' });
    const reload = await guest.evaluate(() => globalThis.bench.connected());
    return { first, reload };
  });
}

function meetBarely(browser, url, server) {
  return twoContexts(browser, async ([hers, his]) => {
    const [inviter, guest] = await Promise.all([hers.newPage(), his.newPage()]);
    const address = (role) =>
      `${url}/#role=${role}&server=${server.replace('http', 'ws')}/signal&topic=${topic}`;
    const topic = randomBytes(32).toString('hex');
    await guest.goto(url);
    await guest.goto('about:blank');
    await inviter.goto(address('host'));
    await settled(inviter);
    await guest.goto(address('guest'), { waitUntil: 'commit' });
    return guest.evaluate(() => globalThis.bench.finished);
  });
}

/** What the navigation has set going is over, and half a second more. */
function settled(page) {
  return page.waitForLoadState('networkidle');
}

function report({ app, bare, reload }, lost, chromium) {
  const summary = (samples, name) => {
    const values = samples.map((sample) => sample[name]).filter((value) => value !== undefined);
    if (values.length === 0) return null;
    return {
      p50: rounded(median(values)),
      p95: rounded(percentile(values, 0.95)),
      max: rounded(Math.max(...values))
    };
  };
  const ours = summary(app, 'received');
  const theirs = summary(bare, 'received');
  const again = summary(reload, 'connected');
  const ratio = rounded(ours.p50 / theirs.p50, 2);
  const stages = Object.fromEntries(STAGES.map((name) => [name, summary(app, name)?.p50 ?? null]));
  /** More than one connection in a run: the first attempt was lost. */
  const secondAttempts = app.filter(({ peers }) => peers > 1).length;
  const row = (name, { p50, p95, max }) => [name, p50, p95, max];
  return {
    title: `connect: link opened -> first message received, ms, ${app.length} runs, Chromium ${chromium}`,
    rows: [
      ['', 'p50', 'p95', 'max'],
      row('Aparté', ours),
      row('bare RTCPeerConnection', theirs),
      row('Aparté, reload -> connected', again),
      ['ratio of the medians', ratio, '', ''],
      ['runs that needed a second attempt', secondAttempts, '', ''],
      ['meetings that did not come off, and were repeated', lost.length, '', ''],
      ...STAGES.map((name) => [`  guest: ${name}`, stages[name] ?? '-', '', ''])
    ],
    result: {
      runs: app.length,
      chromium,
      aparte: ours,
      bare: theirs,
      ratio,
      reload: again,
      secondAttempts,
      lost,
      stages
    }
  };
}
