import { defineConfig } from 'playwright/test';
import { CHROMIUM_ARGUMENTS, chromiumPath } from './support/chromium.ts';

export default defineConfig({
  testDir: 'e2e',
  outputDir: '../test-results',
  globalSetup: './support/build.ts',
  // What is between two real browsers is timing; more of them at once on two cores only makes everything wait.
  workers: 3,
  fullyParallel: true,
  retries: 0,
  ...(process.env.APARTE_WHOLE === '1' ? {} : { grepInvert: /@long/ }),
  forbidOnly: process.env.CI !== undefined,
  // Nets, not limits: on a small machine that is busy with something else everything takes several times as long.
  timeout: 180_000,
  expect: { timeout: 45_000 },
  reporter: [['list']],
  use: {
    locale: 'en-US',
    launchOptions: { executablePath: chromiumPath(), args: CHROMIUM_ARGUMENTS }
  }
});
