/** The Chromium that the tests drive: the one that is installed, else one that is installed now. */
import { spawnSync } from 'node:child_process';
import { chromium } from 'playwright-core';
import { findProgram, isProgram } from './program.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/**
 * A whole browser without a window draws pages for its own address bar, two for each of ours, and spends more time on
 * them than on ours. Of two lists the last one counts: what Playwright switches off comes first.
 */
const SWITCHED_OFF = [
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'DialMediaRouteProvider',
  'GlobalMediaControls',
  'HttpsUpgrades',
  'LensOverlay',
  'MediaRouter',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  'BlockOriginHeaderModificationOnRedirect',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'Translate',
  'AutoDeElevate',
  'OptimizationHints',
  'NetworkTimeServiceQuerying',
  'AimEnabled',
  'WebUIOmniboxPopup',
  'WebUIOmniboxAimPopup',
  'WebUIOmniboxFullPopup'
];

/** No sandbox where root runs the tests; nothing that speaks to the network by itself. */
export const CHROMIUM_ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  `--disable-features=${SWITCHED_OFF.join(',')}`
];

/** @throws Error with one sentence on how to get one. */
export function chromiumPath(): string {
  const found = installed();
  if (found !== null) return found;
  install();
  const path = installed();
  if (path === null) {
    throw new Error(
      'There is no Chromium: run "npx playwright install chromium", or name one with CHROMIUM=/path/to/it.'
    );
  }
  return path;
}

function installed(): string | null {
  return findProgram('CHROMIUM', NAMES) ?? [chromium.executablePath()].find(isProgram) ?? null;
}

/** Playwright's own build, or the distribution's: whichever the network lets through. */
function install(): void {
  const playwright = spawnSync('npx', ['playwright', 'install', 'chromium'], { stdio: 'inherit' });
  if (playwright.status === 0 || process.getuid?.() !== 0) return;
  spawnSync('apt-get', ['update'], { stdio: 'inherit' });
  spawnSync('apt-get', ['install', '--yes', '--no-install-recommends', 'chromium'], { stdio: 'inherit' });
}
