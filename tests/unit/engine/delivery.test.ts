/** Confirming retained secrets (protocol, section 7): what a SYNC of the peer does to those on disk. */
import { expect, test } from 'vitest';
import type { Conversation } from '../../../src/lib/conversation/state.ts';
import { Delivery } from '../../../src/lib/engine/delivery.ts';
import { Serial } from '../../../src/lib/engine/serial.ts';
import { WireError } from '../../../src/lib/errors.ts';
import { encodeControl, type Control } from '../../../src/lib/wire/control.ts';
import { vaultOn } from '../../support/disk.ts';
import { World } from '../../support/people.ts';

/** One side's exchange over a session, with what is on its disk. */
async function exchange() {
  const world = new World('exchange');
  const [{ disk }] = await world.pair();
  const vault = await vaultOn(disk, world);
  let [state] = (await vault.conversations()) as [Conversation];
  const queue = new Serial();
  const said: Control[] = [];
  const strikes: string[] = [];
  const delivery = new Delivery({
    vault,
    random: world.random,
    now: () => world.clock.now(),
    at: () => world.clock.now(),
    state: () => state,
    commit: async (change) => {
      await vault.write(vault.changeWrites(change));
      state = change.conversation;
    },
    run: (work) => queue.run(work),
    say: (control) => said.push(control),
    later: () => undefined,
    strike: (error) => {
      if (!(error instanceof WireError)) throw error;
      strikes.push(error.message);
    },
    onTyping: () => undefined,
    onSent: () => undefined,
    onAnswered: () => undefined
  });
  const secrets = [1, 2, 3, 4].map(() => world.random(32));
  return {
    said,
    strikes,
    delivery,
    secrets: secrets as [Uint8Array, Uint8Array, Uint8Array, Uint8Array],
    /** What the engine does when a session's first frame, or one under new keys, has opened. */
    retain: (...retained: Uint8Array[]) => {
      state = { ...state, contact: { ...state.contact, retained } };
      delivery.start(retained);
    },
    stored: (...retained: Uint8Array[]) => {
      state = { ...state, contact: { ...state.contact, retained } };
    },
    /** The peer has stored what the session leaves. @returns what is on this side's disk then. */
    sync: async () => {
      delivery.receive(encodeControl({ kind: 'sync', positions: [] }));
      await queue.run(() => Promise.resolve());
      const [onDisk] = await vault.conversations();
      expect(onDisk?.contact.retained).toEqual(state.contact.retained);
      return state.contact.retained;
    }
  };
}

test('the peer hears SYNC with the session secret on disk, and its SYNC lets the one before go', async () => {
  const { said, retain, sync, secrets } = await exchange();
  const [fresh, matched] = secrets;
  expect(said).toEqual([]);
  retain(fresh, matched);
  expect(said).toMatchObject([{ kind: 'sync' }]);
  expect(await sync()).toEqual([fresh]);
});

test('a SYNC that comes before this side has stored its secret lets nothing go', async () => {
  const { stored, sync, secrets } = await exchange();
  const [older, oldest] = secrets;
  stored(older, oldest);
  expect(await sync()).toEqual([older, oldest]);
});

test('a second SYNC in a session ends it: each makes this side read all that waits', async () => {
  const { retain, sync, secrets, strikes } = await exchange();
  retain(secrets[0]);
  await sync();
  expect(strikes).toEqual([]);
  await sync();
  expect(strikes).toEqual(['sync again']);
});

test('a SYNC after new keys in band says nothing of theirs', async () => {
  const { retain, sync, secrets } = await exchange();
  const [renewed, fresh, matched] = secrets;
  retain(fresh, matched);
  retain(renewed, fresh);
  expect(await sync()).toEqual([renewed, fresh]);
});
