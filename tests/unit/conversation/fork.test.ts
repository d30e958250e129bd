/** One who writes two versions of the same place of a log (protocol, section 9). */
import { afterEach, expect, test } from 'vitest';
import { Delivery } from '../../../src/lib/engine/delivery.ts';
import { decodeEntry, encodeEntry } from '../../../src/lib/wire/content.ts';
import { decodeControl, encodeControl } from '../../../src/lib/wire/control.ts';
import { World, type Person } from '../../support/people.ts';

const SECOND = 1_000;
const receive = Object.getOwnPropertyDescriptor(Delivery.prototype, 'receive') as {
  value: (this: Delivery, data: Uint8Array) => void;
};

afterEach(() => {
  Object.defineProperty(Delivery.prototype, 'receive', receive);
});

/** Whoever says `text` says something else in its place as well, as often as `times`. */
function contradict(text: string, times: number): void {
  let left = times;
  Object.defineProperty(Delivery.prototype, 'receive', {
    ...receive,
    value(this: Delivery, data: Uint8Array) {
      receive.value.call(this, data);
      const control = decodeControl(data);
      if (control.kind !== 'entry') return;
      const entry = decodeEntry(control.entry);
      if (entry.content.kind !== 'text' || entry.content.text !== text || left-- <= 0) return;
      const other = encodeEntry({ ...entry, content: { kind: 'text', text: 'something else' } });
      receive.value.call(this, encodeControl({ kind: 'entry', entry: other }));
    }
  });
}

const shown = ({ snapshot }: Person) => snapshot.conversations[0];

test('the user is told, a verified contact pauses, and nothing that was honestly said is lost', async () => {
  const world = new World();
  const [alice, bob] = await world.pair();
  await alice.engine.setTrust(alice.conversation, 'verified');
  contradict('two', 1);
  for (const text of ['one', 'two', 'three']) await bob.engine.send(bob.conversation, text);
  await world.clock.advance(5 * SECOND);
  expect(shown(alice)).toMatchObject({ forked: true, paused: true, connection: { kind: 'connected' } });
  expect(shown(bob)).toMatchObject({ forked: false });
  expect(await alice.texts()).toEqual(['one', 'two', 'three']);

  // It is still there after a restart, until the user goes on.
  await alice.reload();
  expect(shown(alice)).toMatchObject({ forked: true });
  await alice.engine.acceptReset(alice.conversation);
  expect(shown(alice)).toMatchObject({ forked: false, paused: false, trust: 'new' });
});

test('one who does so again and again does not keep this side busy', async () => {
  const world = new World();
  let sessions = 0;
  const { connectPeer } = world.network;
  Object.defineProperty(world.network, 'connectPeer', {
    value: (options: Parameters<typeof connectPeer>[0]) => {
      sessions++;
      return connectPeer(options);
    }
  });
  const [alice, bob] = await world.pair();
  contradict('two', Infinity);
  await bob.engine.send(bob.conversation, 'two');
  await world.clock.advance(600 * SECOND);
  expect(shown(alice)).toMatchObject({ forked: true });
  expect(await alice.texts()).toEqual([]);
  // Two ends each.
  expect(sessions / 2).toBeLessThan(30);
});
