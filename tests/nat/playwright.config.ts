import { defineConfig } from 'playwright/test';

export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.ts',
  outputDir: '../../test-results',
  globalSetup: ['./setup.ts', '../support/build.ts'],
  // There is one piece of internet.
  workers: 1,
  retries: 0,
  // Nets: to hear that there is no way takes two attempts.
  timeout: 240_000,
  expect: { timeout: 120_000 },
  reporter: [['list']]
});
