import { describe, test } from 'vitest';
import { keyFileIn } from '../../src/lib/storage/key-file-in-store.ts';
import { openMemoryKeyFile } from '../../src/lib/storage/key-file-memory.ts';
import { memoryState, openMemoryStore } from '../../src/lib/storage/memory.ts';
import { keyFileContract, ownFileContract, type KeyDisk } from './key-file.ts';

function inMemory(): KeyDisk {
  const state = memoryState();
  const store = openMemoryStore(state);
  return { open: () => Promise.resolve(openMemoryKeyFile(state.keyFile)), claim: () => store.claim() };
}

function inStore(): KeyDisk {
  const state = memoryState();
  return {
    open: () => Promise.resolve(keyFileIn(openMemoryStore(state))),
    claim: () => openMemoryStore(state).claim()
  };
}

describe('the key file in memory', () => {
  test.each([...keyFileContract, ...ownFileContract])('$name', async ({ run }) => {
    await run(inMemory());
  });
});

describe('the key file in a store', () => {
  test.each(keyFileContract)('$name', async ({ run }) => {
    await run(inStore());
  });
});
