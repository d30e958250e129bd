import { describe, test } from 'vitest';
import { MemoryNetwork } from '../../src/lib/transport/memory.ts';
import { realClock, realRandom, silence } from './check.ts';
import { peerContract } from './peer.ts';

// WebRTC itself is in browsers only: tests/e2e/contract.spec.ts.
describe('peers in memory', () => {
  test.each(peerContract)('$name', async ({ run }) => {
    const { connectPeer } = new MemoryNetwork({ clock: realClock, random: realRandom });
    await run({ connect: connectPeer, silence: () => silence(20) });
  });
});
