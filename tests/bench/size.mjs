/**
 * JavaScript of the first load: what a browser that has never been here fetches until "New conversation" can be
 * pressed, measured in Chromium by its own network events: the bytes of the bodies on the wire, Brotli as the server
 * sends it. Beside it the same files in gzip, and the sum of everything that is only fetched when it is needed.
 */
import { readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { withChromium } from './browser.mjs';
import { startApp } from './serve.mjs';

const APP = fileURLToPath(new URL('../../build/app', import.meta.url));
const WORKER = '/service-worker.js';
/** Files below this are summed up in one line. */
const LISTED_BYTES = 1_000;

export async function size() {
  const app = await startApp();
  let fetched;
  try {
    fetched = await withChromium((browser) => firstLoad(browser, app.url));
  } finally {
    await app.close();
  }
  const first = fetched.map(({ path, bytes }) => ({ path, brotli: bytes, gzip: onDisk(path, 'gz') }));
  const inFirst = new Set(first.map(({ path }) => path));
  const others = readdirSync(APP, { recursive: true })
    .map((path) => `/${path}`)
    .filter((path) => path.endsWith('.js') && !inFirst.has(path))
    .map((path) => ({ path, brotli: onDisk(path, 'br'), gzip: onDisk(path, 'gz') }));
  const worker = others.filter(({ path }) => path === WORKER);
  const later = others.filter(({ path }) => path !== WORKER);
  const small = first.filter(({ brotli }) => brotli < LISTED_BYTES);
  const large = first.filter((file) => !small.includes(file)).sort((a, b) => b.brotli - a.brotli);
  const row = (name, files) => [name, sum(files, 'brotli'), sum(files, 'gzip')];
  return {
    title: 'size: JavaScript of the first load, bytes',
    rows: [
      ['', 'brotli', 'gzip'],
      ...large.map((file) => row(file.path.replace('/_app/immutable/', ''), [file])),
      row(`${small.length} files below ${LISTED_BYTES}`, small),
      row('first load', first),
      row(`later, when needed (${later.length} files)`, later),
      row('service worker', worker)
    ],
    result: {
      first: { brotli: sum(first, 'brotli'), gzip: sum(first, 'gzip'), files: first },
      later: { brotli: sum(later, 'brotli'), gzip: sum(later, 'gzip'), files: later },
      worker: { brotli: sum(worker, 'brotli'), gzip: sum(worker, 'gzip') }
    }
  };
}

/** The scripts that the page itself (not its service worker) asked for until it could be used. */
async function firstLoad(browser, url) {
  const page = await browser.newPage({ locale: 'en-US' });
  const requests = [];
  page.on('request', (request) => {
    if (new URL(request.url()).pathname.endsWith('.js')) requests.push(request);
  });
  await page.goto(url, { waitUntil: 'commit' });
  await page.locator('button:enabled', { hasText: 'New conversation' }).first().waitFor();
  const scripts = requests.filter((request) => new URL(request.url()).pathname !== WORKER);
  return Promise.all(
    scripts.map(async (request) => {
      const response = await request.response();
      await response?.finished();
      const { responseBodySize } = await request.sizes();
      return { path: new URL(request.url()).pathname, bytes: responseBodySize };
    })
  );
}

/** Bytes of the compressed neighbour that the build wrote, or of the file itself where it is not worth it. */
function onDisk(path, extension) {
  const compressed = statSync(`${APP}${path}.${extension}`, { throwIfNoEntry: false });
  return (compressed ?? statSync(APP + path)).size;
}

function sum(files, key) {
  return files.reduce((total, file) => total + file[key], 0);
}
