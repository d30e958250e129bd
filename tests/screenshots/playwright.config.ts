import { defineConfig } from 'playwright/test';
import { CHROMIUM_ARGUMENTS, chromiumPath } from '../support/chromium.ts';

/** `npm run screenshots`: every screen, in both widths, both languages, light and dark. */
export default defineConfig({
  testDir: '.',
  outputDir: '../../test-results',
  globalSetup: '../support/build.ts',
  workers: 2,
  fullyParallel: true,
  timeout: 300_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
  use: { actionTimeout: 15_000, launchOptions: { executablePath: chromiumPath(), args: CHROMIUM_ARGUMENTS } }
});
