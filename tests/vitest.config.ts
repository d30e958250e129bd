import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['tests/{unit,contract,vectors,signaling,sim}/**/*.test.ts'],
    environment: 'node',
    reporters: ['default'],
    testTimeout: 180_000
  }
});
