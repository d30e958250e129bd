import config from '../playwright.config.ts';

export default {
  ...config,
  testDir: '.',
  outputDir: '../../test-results',
  globalSetup: './setup.ts',
  // One Firefox, and one Chromium beside it.
  workers: 1
};
