/* global document, MutationObserver, PerformanceObserver */
/**
 * What a locked app asks of whoever opens it: from the passphrase's Enter until the list can be used, again and again on
 * a page that was just locked; the same with a wrong one, and with the one that begins an empty app (once: it is gone
 * then). Beside it the longest task of the page's own thread meanwhile: stretching is done on another.
 */
import { withChromium } from './browser.mjs';
import { startApp } from './serve.mjs';

const RIGHT = 'velvet lantern ninth row';
const PANIC = 'the nearest fire exit';

export async function unlock({ runs }) {
  const app = await startApp();
  try {
    const times = await withChromium((browser) => measure(browser, app.url, runs));
    const rows = Object.entries(times).map(([what, all]) => [
      what,
      ...[0.5, 0.95].map((part) =>
        quantile(
          all.map(({ ms }) => ms),
          part
        ).toFixed(0)
      ),
      Math.max(...all.map(({ task }) => task)).toFixed(0)
    ]);
    return {
      title: 'unlock: from Enter, ms',
      rows: [['', 'p50', 'p95', 'longest task'], ...rows],
      result: times
    };
  } finally {
    await app.close();
  }
}

async function measure(browser, url, runs) {
  const page = await browser.newPage({ locale: 'en-US' });
  await page.goto(`${url}/settings`);
  await fill(page, 'Set a passphrase', { 'New passphrase': RIGHT });
  await page.getByRole('button', { name: 'Lock now' }).waitFor();
  await fill(page, 'Panic passphrase', {
    'Current passphrase': RIGHT,
    'Panic passphrase (or nothing)': PANIC
  });
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  const times = { right: [], wrong: [], panic: [] };
  const enter = async (passphrase, kind) => {
    await page.goto(url);
    const field = page.getByRole('textbox', { name: 'Passphrase', exact: true });
    await field.fill(passphrase);
    const told = page.evaluate(watch);
    await field.press('Enter');
    times[kind].push(await told);
  };
  for (let run = 0; run < runs; run++) {
    await enter(RIGHT, 'right');
    await enter('wrong', 'wrong');
  }
  await enter(PANIC, 'panic');
  return times;
}

async function fill(page, button, fields) {
  await page.getByRole('button', { name: button, exact: true }).click();
  for (const [label, text] of Object.entries(fields)) {
    await page.getByLabel(label, { exact: true }).fill(text);
    if (!label.startsWith('Current')) await page.getByLabel('Repeat it', { exact: true }).fill(text);
  }
  await page.getByRole('button', { name: 'Save', exact: true }).click();
}

/** From the next Enter on until the list or the sentence is there. */
function watch() {
  return new Promise((resolve) => {
    let task = 0;
    let start = 0;
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) task = Math.max(task, duration);
    }).observe({ type: 'longtask' });
    document.addEventListener('keydown', () => (start = performance.now()), { capture: true, once: true });
    new MutationObserver(() => {
      const field = document.querySelector('input[type=password]');
      const there =
        field === null ? document.querySelector('button') : document.querySelector('[role=alert]');
      if (start > 0 && there !== null) resolve({ ms: performance.now() - start, task });
    }).observe(document, { attributes: true, childList: true, subtree: true });
  });
}

function quantile(values, part) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
}
