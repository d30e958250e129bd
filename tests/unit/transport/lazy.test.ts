import { expect, test } from 'vitest';
import { lazyPeers } from '../../../src/lib/transport/lazy.ts';
import type { ConnectPeer } from '../../../src/lib/transport/ports.ts';
import type { PeerEvent } from '../../../src/lib/wire/peer.ts';

/** Connects through what `load` brings, and returns what is heard of it. */
async function heardOf(load: () => Promise<ConnectPeer>): Promise<PeerEvent[]> {
  const heard: PeerEvent[] = [];
  lazyPeers(load)({
    role: 'offer',
    remote: null,
    relayOnly: false,
    listener: (event) => {
      heard.push(event);
    }
  });
  await new Promise(setImmediate);
  return heard;
}

test('a script that can not be had is a connection that failed', async () => {
  expect(await heardOf(() => Promise.reject(new Error('not loaded')))).toEqual([{ kind: 'closed' }]);
});

test('and so is a browser that makes none', async () => {
  const refuse: ConnectPeer = () => {
    throw new DOMException('too many', 'UnknownError');
  };
  expect(await heardOf(() => Promise.resolve(refuse))).toEqual([{ kind: 'closed' }]);
});
