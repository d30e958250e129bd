/** The guest's side of an invitation at work, from "Join" to a stored contact. */
import { guestWake, newGuest, onGuest, type Guest, type GuestEvent } from '../conversation/guest.ts';
import type { Met } from '../conversation/meeting.ts';
import type { KeyPair } from '../crypto/primitives.ts';
import type { Envelope } from '../protocol/envelope.ts';
import type { Invitation } from '../protocol/invitation.ts';
import { invitationRoot, type Rendezvous } from '../protocol/topics.ts';
import type { PeerEvent } from '../wire/peer.ts';
import { Alarm } from './alarm.ts';
import type { JoinState, ProblemCode } from './api.ts';
import { problemOf } from './problem.ts';
import type { MeetingOptions } from './host.ts';
import type { Party } from './network.ts';

/** Frames of the contact's first connection still come on the invitation's topics for this long. */
const LINGER_MS = 30_000;

export interface GuestOptions<P extends Party> extends MeetingOptions {
  readonly invitation: Invitation;
  readonly pair: KeyPair;
  /** Whether an earlier attempt may have come as far as message C. */
  readonly introduced: boolean;
  readonly relayOnly: boolean;
  readonly listener: (state: Exclude<JoinState, { readonly kind: 'joined' }>) => void;
  /** Stores the contact. Rejects when nothing was stored. */
  readonly onMet: (met: Met) => Promise<P>;
  readonly onJoined: (party: P) => void;
}

const REFUSALS: Readonly<Record<string, ProblemCode>> = {
  used: 'link-used',
  revoked: 'link-revoked',
  expired: 'link-expired',
  declined: 'link-refused'
};

export class GuestParty<P extends Party> implements Party {
  readonly root: Uint8Array;
  readonly relayOnly: boolean;
  readonly #options: GuestOptions<P>;
  readonly #alarm: Alarm;
  #guest: Guest;
  #shown: JoinState['kind'] | null = null;
  #done = false;

  constructor(options: GuestOptions<P>) {
    this.#options = options;
    this.relayOnly = options.relayOnly;
    this.root = invitationRoot(options.invitation.secret);
    this.#guest = newGuest(options.invitation, options.pair, options.introduced);
    this.#alarm = new Alarm(options.clock, () => {
      this.#handle({ kind: 'wake' });
    });
    this.#show({ kind: 'waiting' });
  }

  onServer(): void {
    // The server's PRESENT says when the host is there.
  }

  onPresent(): void {
    this.#handle({ kind: 'present' });
  }

  onEnvelope(rendezvous: Rendezvous, envelope: Envelope): void {
    this.#handle({ kind: 'envelope', rendezvous, envelope });
  }

  onPeer(id: string, event: PeerEvent): void {
    this.#handle({ kind: 'peer', id, event });
  }

  close(): void {
    // Once it has become a contact, frames of the first connection still come here for a while.
    if (this.#done) return;
    this.#handle({ kind: 'close' });
    this.#end();
  }

  #handle(event: GuestEvent): void {
    if (this.#done) return;
    const { clock, random, network, name } = this.#options;
    const context = { now: clock.elapsed(), random, rendezvous: network.meetingPlace(this), name: name() };
    const [guest, effects] = onGuest(this.#guest, event, context);
    this.#guest = guest;
    for (const effect of effects) {
      // Either of these two is the end of it; closing its peer comes before.
      if (effect.kind === 'met') {
        const later = effects.slice(effects.indexOf(effect) + 1);
        this.#met(effect, () => {
          for (const next of later)
            if (next.kind !== 'met' && next.kind !== 'refused') network.perform(this, next);
        });
        return;
      }
      if (effect.kind === 'refused') {
        this.#show({ kind: 'failed', problem: REFUSALS[effect.status] ?? 'link-refused' });
        this.#end();
        return;
      }
      network.perform(this, effect);
    }
    this.#alarm.set(guestWake(guest), clock.elapsed());
    if (guest.knocking) this.#show({ kind: 'asking' });
    else this.#show({ kind: guest.half && guest.attempts <= 3 ? 'connecting' : 'waiting' });
  }

  /** Commit, then connect. */
  #met(met: Met, connect: () => void): void {
    this.#done = true;
    this.#alarm.clear();
    const { onMet, onJoined, network, clock } = this.#options;
    network.hold(met.dial.id);
    onMet(met).then(
      (contact) => {
        connect();
        network.adopt(met.dial.id, contact);
        onJoined(contact);
        clock.after(LINGER_MS, () => {
          network.remove(this);
        });
      },
      (error: unknown) => {
        this.#show({ kind: 'failed', problem: problemOf(error) });
        network.remove(this);
      }
    );
  }

  #end(): void {
    this.#done = true;
    this.#alarm.clear();
    this.#options.network.remove(this);
  }

  #show(state: Parameters<GuestOptions<P>['listener']>[0]): void {
    if (state.kind === this.#shown) return;
    this.#shown = state.kind;
    this.#options.listener(state);
  }
}
