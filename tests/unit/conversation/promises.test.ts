/** Promises that the named mutants break: what is said only after it is stored, and what a restart must not forget. */
import { expect, test } from 'vitest';
import { hex } from '../../../src/lib/bytes.ts';
import { place } from '../../../src/lib/conversation/apply.ts';
import { entryHash } from '../../../src/lib/conversation/log.ts';
import type { Conversation } from '../../../src/lib/conversation/state.ts';
import { WireError } from '../../../src/lib/errors.ts';
import type { PeerOptions } from '../../../src/lib/transport/ports.ts';
import { encodeEntry } from '../../../src/lib/wire/content.ts';
import { beforeCommits } from '../../support/disk.ts';
import { World } from '../../support/people.ts';

const SECOND = 1_000;

test('one transaction stores the contact and burns the invitation', async () => {
  const world = new World();
  const alice = world.person();
  await alice.opened();
  const { conversations, invitations } = alice.disk.tables;
  const between: { conversations: number; invitation: string }[] = [];
  const look = (): void => {
    const [record] = invitations.values();
    between.push({ conversations: conversations.size, invitation: record ? hex(record.sealed) : '' });
  };
  beforeCommits(alice.disk, look);
  const { url } = await alice.engine.createInvitation();
  const bob = world.person();
  await bob.opened();
  bob.join(url);
  await world.clock.advance(5 * SECOND);
  look();
  const met = between.findIndex((state) => state.conversations === 1);
  expect(met).toBeGreaterThan(0);
  const written = between.map(({ invitation }) => invitation).filter((sealed) => sealed !== '');
  // Sealed anew exactly once, and in the same transaction.
  expect(new Set(written).size).toBe(2);
  expect(between[met]?.invitation).not.toBe(between[met - 1]?.invitation);
});

test('what was erased while the other was away is known after a restart, and confirmed when it is', async () => {
  const world = new World();
  const [alice, bob] = await world.pair();
  await alice.engine.send(alice.conversation, 'a slip');
  await world.clock.advance(SECOND);
  bob.session.stop();
  await world.clock.advance(SECOND);
  const id = (await alice.timeline()).items[0]?.id;
  if (!id) throw new Error('nothing to erase');
  await alice.engine.deleteForEveryone(alice.conversation, id);
  await alice.reload();
  expect((await alice.timeline()).items[0]).toMatchObject({ kind: 'erased', both: false });
  await bob.reload();
  await world.clock.advance(5 * SECOND);
  expect((await alice.timeline()).items[0]).toMatchObject({ kind: 'erased', both: true });
  expect(await bob.texts()).toEqual([]);
  // And nothing revives it, whoever restarts.
  await bob.reload();
  await alice.reload();
  await world.clock.advance(5 * SECOND);
  expect([await alice.texts(), await bob.texts()]).toEqual([[], []]);
});

test('an entry is known by log, number and hash: another text in the same place is a fork', () => {
  const log = new Uint8Array(8).fill(1);
  const entry = (seq: number, text: string, prev: Uint8Array): Uint8Array =>
    encodeEntry({ log, seq, prev, ts: 1_767_225_600_000, ttl: 0, content: { kind: 'text', text } });
  const first = entry(1, 'one', new Uint8Array(8));
  const second = entry(2, 'two', entryHash(first));
  const at = (upto: number, head: Uint8Array) =>
    ({ peers: new Map([[hex(log), { upto, head }]]) }) as unknown as Conversation;
  const known = at(2, entryHash(second));
  expect(place(known, second).duplicate).toBe(true);
  expect(() => place(known, entry(2, 'TWO', entryHash(first)))).toThrow(WireError);
  expect(place(at(1, entryHash(first)), second).duplicate).toBe(false);
  expect(() => place(at(1, entryHash(first)), entry(2, 'two', new Uint8Array(8)))).toThrow(WireError);
  expect(() => place(at(1, entryHash(first)), entry(3, 'three', entryHash(second)))).toThrow(WireError);
});

test('an entry leaves when it is stored here, and is acknowledged when it is stored there', async () => {
  const world = new World();
  const events: string[] = [];
  const { connectPeer } = world.network;
  Object.defineProperty(world.network, 'connectPeer', {
    value: (options: PeerOptions) => {
      const peer = connectPeer(options);
      const send = peer.send.bind(peer);
      peer.send = (frame) => {
        events.push('frame');
        send(frame);
      };
      return peer;
    }
  });
  const [alice, bob] = await world.pair();
  await world.clock.advance(SECOND);
  for (const [name, { disk }] of Object.entries({ alice, bob })) {
    beforeCommits(disk, () => events.push(`${name} stores`));
  }
  events.length = 0;
  await alice.engine.send(alice.conversation, 'text');
  await world.clock.advance(100);
  expect(events).toEqual(['alice stores', 'frame', 'bob stores', 'frame', 'alice stores']);
});
