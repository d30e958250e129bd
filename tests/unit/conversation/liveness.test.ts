/** How a dead connection is noticed, and replaced, in the time that people wait (protocol, section 8). */
import { beforeEach, describe, expect, test } from 'vitest';
import { hex } from '../../../src/lib/bytes.ts';
import type { Signaling } from '../../../src/lib/transport/ports.ts';
import { vaultIn } from '../../support/disk.ts';
import { World, type Person } from '../../support/people.ts';

const SECOND = 1_000;
const TEN_YEARS = 10 * 365 * 24 * 3_600 * SECOND;

let world: World;
let alice: Person;
let bob: Person;
let published: number;
/** How often the server was asked for a sign of life. */
let proved: number;
/** Alice's and Bob's ways to the server. */
let signalings: Signaling[];

beforeEach(async () => {
  world = new World();
  published = 0;
  proved = 0;
  signalings = [];
  const { connectSignaling } = world.network;
  Object.defineProperty(world.network, 'connectSignaling', {
    value: (listener: Parameters<typeof connectSignaling>[0]) => {
      const signaling = connectSignaling(listener);
      signalings.push(signaling);
      return {
        ...signaling,
        publish: (topic: Uint8Array, body: Uint8Array) => {
          published++;
          signaling.publish(topic, body);
        },
        retry: (changed: boolean) => {
          if (!changed) proved++;
          signaling.retry(changed);
        }
      };
    }
  });
  [alice, bob] = await world.pair();
  await world.clock.advance(10 * SECOND);
  published = 0;
});

const kinds = () => [alice, bob].map(({ snapshot }) => snapshot.conversations[0]?.connection.kind);

/** Virtual milliseconds until the other side has what is sent now. */
async function timeToArrive(from: Person, to: Person, text: string): Promise<number> {
  const began = world.clock.elapsed();
  await from.engine.send(from.conversation, text);
  while (!(await to.texts()).includes(text)) {
    if (world.clock.elapsed() - began > 120 * SECOND) throw new Error('lost');
    await world.clock.advance(100);
  }
  return world.clock.elapsed() - began;
}

describe('the path between them is dead, and nothing says so', () => {
  test.each([0, 1])('who writes notices in a few seconds, whoever it is: %s', async (who) => {
    world.network.strand();
    const [from, to] = who === 0 ? [alice, bob] : [bob, alice];
    expect(await timeToArrive(from, to, 'still there?')).toBeLessThan(5 * SECOND);
    expect(kinds()).toEqual(['connected', 'connected']);
  });

  test.each([
    ['the page wakes', false, 3 * SECOND],
    ['the network is another', true, 1 * SECOND]
  ])('%s: what is written then arrives within seconds', async (_, changed, most) => {
    for (const person of [alice, bob]) {
      await world.clock.advance(5 * SECOND);
      world.network.strand();
      person.session.wake(changed);
      const other = person === alice ? bob : alice;
      expect(
        await timeToArrive(other, person, `to ${String(most)} ${String(person === alice)}`)
      ).toBeLessThan(most);
    }
  });

  test('the way to the server, which may be dead as well, is looked at', async () => {
    world.network.strand();
    await alice.engine.send(alice.conversation, 'hello?');
    expect(proved).toBe(0);
    await world.clock.advance(1.5 * SECOND);
    expect(proved).toBe(1);
  });

  test.each([0, 1])('and if it was, and comes back, so does the session: %s', async (who) => {
    world.network.strand();
    // What the doubt makes both of them write is lost, whoever writes: it was on its way to a socket that was dead.
    world.lose = () => true;
    await Promise.all([alice, bob].map(({ engine, conversation }) => engine.send(conversation, 'hello?')));
    await world.clock.advance(2.4 * SECOND);
    expect(published).toBeGreaterThan(0);
    world.lose = () => false;
    signalings[who]?.retry(true);
    await world.clock.advance(0.3 * SECOND);
    expect(kinds()).toEqual(['connected', 'connected']);
    for (const person of [alice, bob]) expect(await person.texts()).toEqual(['hello?', 'hello?']);
  });

  test('nobody there any more: that shows in seconds, and does not end in a loop', async () => {
    bob.session.stop();
    world.network.mute();
    await alice.engine.send(alice.conversation, 'anybody?');
    await world.clock.advance(5 * SECOND);
    expect(kinds()[0]).not.toBe('connected');
    published = 0;
    await world.clock.advance(600 * SECOND);
    // Back-off up to a minute.
    expect(published).toBeLessThan(25);
    world.network.unmute();
    await bob.reload();
    await world.clock.advance(2 * SECOND);
    expect(kinds()).toEqual(['connected', 'connected']);
    expect(await bob.texts()).toEqual(['anybody?']);
  });
});

describe('it died in the middle of something', () => {
  test.each([0, 1])('before the two had said what they have, whoever writes: %s', async (who) => {
    let store = (): void => undefined;
    const busy = new Promise<void>((resolve) => (store = resolve));
    for (const person of [alice, bob]) person.busy = busy;
    world.network.cutPeers();
    await world.clock.advance(5 * SECOND);
    expect(kinds()).toEqual(['connected', 'connected']);
    world.network.strand();
    // Only now both have stored what the handshake left, and say what they have: to nobody.
    store();
    const [from, to] = who === 0 ? [alice, bob] : [bob, alice];
    expect(await timeToArrive(from, to, 'did we begin?')).toBeLessThan(5 * SECOND);
  });

  test.each([0, 1])('in a handshake: another network begins a new one, whoever it is: %s', async (who) => {
    world.network.mute();
    world.network.cutPeers();
    // The channel is open, and nothing comes through it.
    await world.clock.advance(3 * SECOND);
    expect(kinds()).toEqual(['connecting', 'connecting']);
    world.network.unmute();
    const [from, to] = who === 0 ? [alice, bob] : [bob, alice];
    from.session.wake(true);
    expect(await timeToArrive(from, to, 'from elsewhere')).toBeLessThan(2 * SECOND);
  });

  test('after a frame that was on its way when the entry was sent', async () => {
    for (const [from, to] of [
      [alice, bob],
      [bob, alice]
    ] as const) {
      // Typing is on the way to the writer; what the writer sends does not arrive any more.
      const handle = to.engine.openTimeline(to.conversation, () => undefined);
      await world.clock.advance(5 * SECOND);
      handle.typing();
      handle.close();
      world.network.strand();
      const text = `from ${from === alice ? 'Alice' : 'Bob'}`;
      expect(await timeToArrive(from, to, text)).toBeLessThan(5 * SECOND);
    }
  });
});

describe('nobody is there', () => {
  /** Alice knows three hundred more, of whom none comes any more. */
  beforeEach(async () => {
    for (const { session } of [alice, bob]) session.stop();
    const vault = await vaultIn(alice.disk, world);
    const [state] = await vault.conversations();
    if (!state) throw new Error('no conversation');
    const absent = Array.from({ length: 300 }, () => ({
      ...state,
      id: hex(world.random(16)),
      contact: { ...state.contact, rdv: world.random(32) }
    }));
    await vault.write(absent.map((one) => vault.conversationWrite(one)));
    await alice.reload();
    await world.clock.advance(SECOND);
    expect(alice.snapshot.conversations).toHaveLength(301);
    published = 0;
  });

  test.each([false, true])(
    'whoever comes back to the page writes to nobody, changed: %s',
    async (changed) => {
      alice.session.wake(changed);
      await world.clock.advance(60 * SECOND);
      expect(published).toBe(0);
      await bob.reload();
      await world.clock.advance(SECOND);
      expect(kinds()[1]).toBe('connected');
    }
  );
});

describe('the path between them is good', () => {
  test('the page wakes: one question, one answer, no handshake', async () => {
    alice.session.wake(false);
    await world.clock.advance(10 * SECOND);
    expect([published, ...kinds()]).toEqual([0, 'connected', 'connected']);
  });

  test('the network may be another: a new session replaces the old one, and nothing is lost on the way', async () => {
    for (let n = 0; n < 5; n++) {
      void alice.engine.send(alice.conversation, `a${String(n)}`);
      alice.session.wake(true);
      void bob.engine.send(bob.conversation, `b${String(n)}`);
      await world.clock.advance(n * 20);
    }
    await world.clock.advance(5 * SECOND);
    expect(kinds()).toEqual(['connected', 'connected']);
    for (const person of [alice, bob]) {
      const texts = await person.texts();
      for (const who of ['a', 'b'])
        expect(texts.filter((text) => text.startsWith(who))).toEqual(
          [0, 1, 2, 3, 4].map((n) => who + String(n))
        );
    }
  });

  test('a stall that passes leaves no trace', async () => {
    world.network.mute();
    await alice.engine.send(alice.conversation, 'held up');
    await world.clock.advance(100);
    world.network.unmute();
    await world.clock.advance(10 * SECOND);
    expect(await bob.texts()).toEqual(['held up']);
    expect(kinds()).toEqual(['connected', 'connected']);
  });
});

test.each([-TEN_YEARS, TEN_YEARS])(
  'a clock that is set by %s ms stops no timer of the link',
  async (offset) => {
    world.clock.set(offset);
    // The page's pulse notices, and meets in the epoch that it is now.
    for (const { session } of [alice, bob]) session.wake(true);
    world.network.cutPeers();
    await world.clock.advance(5 * SECOND);
    expect(kinds()).toEqual(['connected', 'connected']);
    world.network.strand();
    // Keepalives that do not come: the session is given up after 60 s, and made anew.
    await world.clock.advance(70 * SECOND);
    expect(await timeToArrive(bob, alice, 'what year is it?')).toBeLessThan(SECOND);
  }
);
