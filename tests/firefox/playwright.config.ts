import config from '../playwright.config.ts';

export default {
  ...config,
  testDir: '.',
  outputDir: '../../test-results',
  globalSetup: './setup.ts',
  // Each has a Firefox and a Chromium, and waits for one of them most of the time.
  workers: 2
};
