import { defineConfig } from 'vitest/config';

const FILES = ['tests/{unit,contract,vectors,signaling,sim}/**/*.test.ts'];

/** They put something in the place of a module, which must not have been loaded before. */
const WITH_A_STAND_IN = [
  'tests/unit/conversation/restored.test.ts',
  'tests/unit/engine/full.test.ts',
  'tests/unit/engine/network.test.ts',
  'tests/unit/protocol/grinding.test.ts'
];

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    environment: 'node',
    reporters: ['default'],
    testTimeout: 180_000,
    // Otherwise one is left for somebody who works at the machine meanwhile: of two that is half.
    maxWorkers: '100%',
    projects: [
      // Half of the time goes into compiling the cryptography: once for all files of a worker, and not for each anew.
      { extends: true, test: { name: 'together', include: FILES, exclude: WITH_A_STAND_IN, isolate: false } },
      { extends: true, test: { name: 'alone', include: WITH_A_STAND_IN } }
    ]
  }
});
