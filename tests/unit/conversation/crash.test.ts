/**
 * R4: a page that dies at any step of a first contact and of a reconnection — before any frame that it sends, before
 * any transaction (which then has not happened) — on either side, or both at once. The next connection works, there is
 * one conversation, and the keys were not reset.
 */
import { expect, test } from 'vitest';
import type { MemoryState } from '../../../src/lib/storage/memory.ts';
import type { PeerOptions } from '../../../src/lib/transport/ports.ts';
import { beforeCommits, imageOf, putBack } from '../../support/disk.ts';
import { World, type Person } from '../../support/people.ts';

const SECOND = 1_000;
type Who = 'host' | 'guest' | 'both';

/** Counts the steps of a world from now on, and lets people die at one of them. */
class Doom {
  steps = 0;
  at = Infinity;
  who: Who = 'both';
  readonly world: World;
  readonly people: Person[] = [];
  readonly #dead = new Map<Person, MemoryState>();

  constructor(world: World) {
    this.world = world;
    const { network } = world;
    const { connectSignaling, connectPeer } = network;
    Object.defineProperty(network, 'connectSignaling', {
      value: ((listener) => {
        const signaling = connectSignaling(listener);
        return {
          ...signaling,
          publish: (topic, body) => {
            if (this.#step()) signaling.publish(topic, body);
          }
        };
      }) satisfies typeof connectSignaling
    });
    Object.defineProperty(network, 'connectPeer', {
      value: (options: PeerOptions) => {
        const peer = connectPeer(options);
        const send = peer.send.bind(peer);
        peer.send = (frame) => {
          if (this.#step()) send(frame);
        };
        return peer;
      }
    });
  }

  person(): Person {
    const person = this.world.person();
    this.people.push(person);
    beforeCommits(person.disk, () => this.#step());
    return person;
  }

  get victims(): Person[] {
    const [host, guest] = this.people;
    return this.people.filter(
      (person) => this.who === 'both' || person === (this.who === 'host' ? host : guest)
    );
  }

  /** The dead come back on the disks that they left. */
  async revive(): Promise<Person[]> {
    const victims = [...this.#dead];
    for (const [person, disk] of victims) {
      putBack(person.disk, disk);
      await person.reload();
    }
    return victims.map(([person]) => person);
  }

  #step(): boolean {
    if (this.steps++ !== this.at) return true;
    for (const person of this.victims) {
      this.#dead.set(person, imageOf(person.disk));
      person.session.stop();
    }
    return false;
  }
}

async function expectGood(host: Person, guest: Person, step: string): Promise<void> {
  const both = [host, guest];
  expect(
    both.map(({ snapshot }) => snapshot.conversations.length),
    step
  ).toEqual([1, 1]);
  expect(
    both.map(({ snapshot }) => snapshot.conversations[0]?.connection.kind),
    step
  ).toEqual(['connected', 'connected']);
  expect(
    both.map(({ snapshot }) => snapshot.conversations[0]?.reset),
    step
  ).toEqual([false, false]);
  await host.engine.send(host.conversation, 'from the host');
  await guest.engine.send(guest.conversation, 'from the guest');
  await host.world.clock.advance(2 * SECOND);
  for (const person of both) {
    const texts = await person.texts();
    expect(texts.filter((text) => text.startsWith('from')).sort(), step).toEqual([
      'from the guest',
      'from the host'
    ]);
  }
}

/** @returns how many steps there were. */
async function firstContact(at: number, who: Who): Promise<number> {
  const world = new World('doomed');
  const doom = new Doom(world);
  const [host, guest] = [doom.person(), doom.person()];
  await Promise.all([host.opened(), guest.opened()]);
  await world.clock.advance(50);
  const { url } = await host.engine.createInvitation();
  [doom.steps, doom.at, doom.who] = [0, at, who];
  guest.join(url);
  await world.clock.advance(3 * SECOND);
  const steps = doom.steps;
  doom.at = Infinity;
  const victims = await doom.revive();
  if (at < Infinity) expect(victims.length, `step ${at.toString()}`).toBeGreaterThan(0);
  // Whose page died before they had a conversation opens the link once more.
  if (victims.includes(guest) && guest.snapshot.conversations.length === 0) guest.join(url);
  await world.clock.advance(60 * SECOND);
  await expectGood(host, guest, `first contact, ${who}, step ${at.toString()}`);
  return steps;
}

async function reconnection(at: number, who: Who): Promise<number> {
  const world = new World('doomed later');
  const doom = new Doom(world);
  const [host, guest] = [doom.person(), doom.person()];
  await Promise.all([host.opened(), guest.opened()]);
  await world.clock.advance(50);
  const { url } = await host.engine.createInvitation();
  guest.join(url);
  await world.clock.advance(3 * SECOND);
  [doom.steps, doom.at, doom.who] = [0, at, who];
  world.network.cutPeers();
  await world.clock.advance(5 * SECOND);
  const steps = doom.steps;
  doom.at = Infinity;
  await doom.revive();
  await world.clock.advance(60 * SECOND);
  await expectGood(host, guest, `reconnection, ${who}, step ${at.toString()}`);
  return steps;
}

test.each(['host', 'guest', 'both'] as const)(
  'first contact: %s',
  async (who) => {
    const steps = await firstContact(Infinity, who);
    expect(steps).toBeGreaterThan(15);
    for (let at = 0; at < steps; at++) await firstContact(at, who);
  },
  120_000
);

test.each(['host', 'guest', 'both'] as const)(
  'reconnection: %s',
  async (who) => {
    const steps = await reconnection(Infinity, who);
    expect(steps).toBeGreaterThan(10);
    for (let at = 0; at < steps; at++) await reconnection(at, who);
  },
  120_000
);
