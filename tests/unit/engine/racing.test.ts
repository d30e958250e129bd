/**
 * S4: a thousand guests race for a single-use link, with messages of the protocol alone. They begin in the same
 * millisecond, as many as the inviter lets half way in go on in the same millisecond, and exactly one is accepted.
 */
import { expect, test } from 'vitest';
import { equalBytes, hex } from '../../../src/lib/bytes.ts';
import { generateKeyPair } from '../../../src/lib/crypto/primitives.ts';
import { openEnvelope, sealEnvelope } from '../../../src/lib/protocol/envelope.ts';
import {
  joinReadB,
  joinReadD,
  joinWriteC,
  startJoin,
  type JoinA,
  type JoinB,
  type JoinC
} from '../../../src/lib/protocol/first-contact.ts';
import { decodeInvitation, type Invitation } from '../../../src/lib/protocol/invitation.ts';
import { invitationRoot, window } from '../../../src/lib/protocol/topics.ts';
import type { Signaling } from '../../../src/lib/transport/ports.ts';
import { iceBlock } from '../../support/handshakes.ts';
import { World } from '../../support/people.ts';

const GUESTS = 1_000;
/** Guests that an inviter lets half way in. */
const HALF_WAY = 8;
/** Of those who were too late, so many go on asking until they hear why: one in 200 ms does. */
const PATIENT = 300;

type Guest = { readonly hsid: Uint8Array } & (
  | { readonly step: 'asking'; readonly state: JoinA; readonly message: Uint8Array }
  | { readonly step: 'open' | 'used'; readonly state: JoinB }
  | { readonly step: 'sent'; readonly state: JoinC }
  | { readonly step: 'accepted' | 'declined' }
);

/** All guests, behind one socket: whatever the inviter answers is for one of them. */
class Crowd {
  readonly #guests = new Map<string, Guest>();
  readonly #signaling: Signaling;
  readonly #world: World;
  readonly #place;

  constructor(world: World, invitation: Invitation) {
    const { clock, random, network } = world;
    this.#world = world;
    [, this.#place] = window(invitationRoot(invitation.secret), Math.floor(clock.now() / 1_000));
    const { topic } = this.#place;
    for (let n = 0; n < GUESTS; n++) {
      const hsid = random(8);
      const asked = startJoin({ invitation, topic, pair: generateKeyPair(random) }, random);
      this.#guests.set(hex(hsid), { hsid, step: 'asking', ...asked });
    }
    this.#signaling = network.connectSignaling((event) => {
      if (event.kind === 'event' && equalBytes(event.topic, topic)) this.#hear(event.body);
    });
    this.#signaling.setTopics([topic]);
  }

  at<S extends Guest['step']>(step: S): (Guest & { readonly step: S })[] {
    return [...this.#guests.values()].filter((guest) => guest.step === step) as (Guest & {
      readonly step: S;
    })[];
  }

  /** Message A, as often as nobody answers. */
  ask(count: number): void {
    for (const { hsid, message } of this.at('asking').slice(0, count)) this.#say(hsid, message);
  }

  /** Message C, after whatever message B said. */
  goOn(...guests: readonly Extract<Guest, { step: 'open' | 'used' }>[]): void {
    const { random } = this.#world;
    for (const { hsid, state } of guests) {
      const sent = joinWriteC(state, { name: hex(hsid), ice: iceBlock(random) }, random);
      this.#guests.set(hex(hsid), { hsid, step: 'sent', state: sent.state });
      this.#say(hsid, sent.message);
    }
  }

  #say(hsid: Uint8Array, data: Uint8Array): void {
    const envelope = { kind: 'handshake', dir: 0, hsid, data } as const;
    this.#signaling.publish(this.#place.topic, sealEnvelope(this.#place, envelope, this.#world.random));
  }

  #hear(body: Uint8Array): void {
    const { hsid, kind, data } = openEnvelope(this.#place, body);
    const guest = this.#guests.get(hex(hsid));
    if (kind !== 'handshake' || !guest) return;
    if (guest.step === 'asking') {
      const { status, state } = joinReadB(guest.state, data);
      expect(['open', 'used']).toContain(status);
      this.#guests.set(hex(hsid), { hsid, step: status as 'open' | 'used', state });
    } else if (guest.step === 'sent') {
      const answer = joinReadD(guest.state, data);
      // Who was slower between B and D hears why.
      if (answer.kind === 'declined') expect(answer.status).toBe('used');
      this.#guests.set(hex(hsid), { hsid, step: answer.kind });
    }
  }
}

test('of a thousand guests who race for one link exactly one is accepted', async () => {
  const world = new World('thousand');
  const alice = world.person();
  await alice.opened();
  const { url } = await alice.engine.createInvitation();
  const crowd = new Crowd(world, decodeInvitation(url.slice(url.indexOf('#') + 1)));
  await world.clock.advance(50);
  const count = (step: Guest['step']): number => crowd.at(step).length;

  crowd.ask(GUESTS);
  await world.clock.advance(100);
  expect([count('open'), count('asking')]).toEqual([1, GUESTS - 1]);
  while (count('open') < HALF_WAY) {
    crowd.ask(20);
    await world.clock.advance(200);
  }
  expect(count('accepted')).toBe(0);
  crowd.goOn(...crowd.at('open'));
  await world.clock.advance(100);
  expect([count('accepted'), count('declined')]).toEqual([1, HALF_WAY - 1]);
  expect(alice.snapshot.conversations).toHaveLength(1);
  expect(alice.snapshot.invitations).toEqual([]);

  // The others hear that it is used, and those who go on in spite of it are declined.
  while (count('used') < PATIENT) {
    crowd.ask(3);
    await world.clock.advance(200);
  }
  // Only the newest of them are still half way in.
  crowd.goOn(...crowd.at('used').slice(1 - HALF_WAY));
  await world.clock.advance(100);
  expect([count('accepted'), count('declined')]).toEqual([1, 2 * HALF_WAY - 2]);
  expect(alice.snapshot.conversations).toHaveLength(1);
});
