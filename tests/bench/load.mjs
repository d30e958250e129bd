/**
 * The first load on a slow phone: 390 x 844, a processor four times slower than this one, the browser's own "Slow 4G"
 * (1.6 Mbit/s less a tenth, 0.75 up, 562 ms to the server and back), nothing in any cache. Usable: "New conversation" can
 * be pressed and is on the screen. Again: the same phone comes back, with what the service worker has kept. Beside it
 * the JavaScript that the first load fetched, compressed.
 */
/* global document, requestAnimationFrame */
import { withChromium } from './browser.mjs';
import { startApp } from './serve.mjs';
import { median, rounded } from './statistics.mjs';

const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 3, isMobile: true, hasTouch: true };
const SLOWER = 4;
const SLOW_4G = {
  offline: false,
  latency: 562.5,
  downloadThroughput: (1.6e6 * 0.9) / 8,
  uploadThroughput: (0.75e6 * 0.9) / 8
};
const WORKER = '/service-worker.js';
const LIMIT_BYTES = 100_000;

/** @param {{ runs: number }} options */
export async function load({ runs }) {
  const app = await startApp();
  try {
    return await withChromium(async (browser) => {
      const loads = [];
      for (let run = 0; run < runs; run++) loads.push(await loadTwice(browser, app.url));
      return report(loads, runs);
    });
  } finally {
    await app.close();
  }
}

async function loadTwice(browser, url) {
  const context = await browser.newContext({ ...PHONE, locale: 'en-US' });
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  await devtools.send('Network.enable');
  await devtools.send('Network.emulateNetworkConditions', SLOW_4G);
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
  const scripts = [];
  page.on('requestfinished', (request) => {
    const { pathname } = new URL(request.url());
    if (pathname.endsWith('.js') && pathname !== WORKER) scripts.push(request.sizes());
  });
  await context.addInitScript(watchButton);
  await page.goto(url, { waitUntil: 'commit' });
  const first = await page.evaluate(() => globalThis.usable);
  const bytes = (await Promise.all(scripts)).reduce((sum, { responseBodySize }) => sum + responseBodySize, 0);
  await page.evaluate(() => globalThis.navigator.serviceWorker.ready.then(() => undefined));
  await page.goto(`${url}/settings`);
  await page.goto(url, { waitUntil: 'commit' });
  const again = await page.evaluate(() => globalThis.usable);
  await context.close();
  return { first, again, bytes };
}

/** Runs in the page before the app does. Times are since the navigation began. */
function watchButton() {
  const pressable = () =>
    [...document.querySelectorAll('button:enabled')].some(
      ({ textContent }) => textContent.trim() === 'New conversation'
    );
  globalThis.usable = (async () => {
    while (!pressable()) await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    await new Promise((resolve) => setTimeout(resolve));
    const usable = performance.now();
    const [painted] = performance.getEntriesByName('first-contentful-paint');
    return { painted: painted?.startTime ?? usable, usable };
  })();
}

function report(loads, runs) {
  const of = (pick) => rounded(median(loads.map(pick)));
  const bytes = median(loads.map((one) => one.bytes));
  return {
    title: `load: a phone ${SLOWER} times slower than this machine, slow 4G, median of ${runs}`,
    rows: [
      ['', 'first paint, ms', 'usable, ms'],
      ['first load', of(({ first }) => first.painted), of(({ first }) => first.usable)],
      ['again', of(({ again }) => again.painted), of(({ again }) => again.usable)],
      ['', '', ''],
      ['', 'bytes', 'limit'],
      ['JavaScript until it is usable, compressed', bytes, LIMIT_BYTES]
    ],
    result: { runs, loads, limits: { bytes: LIMIT_BYTES } }
  };
}
