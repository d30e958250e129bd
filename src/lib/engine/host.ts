/** The inviter's side of one invitation at work. A dead one goes on answering "used" or "revoked" until it expires. */
import type { Clock } from '../clock.ts';
import { newHost, onHostEnvelope, onHostPeer, type Host } from '../conversation/host.ts';
import type { MeetingEffect, Met } from '../conversation/meeting.ts';
import type { Random } from '../crypto/random.ts';
import type { Envelope } from '../protocol/envelope.ts';
import { invitationRoot, type Rendezvous } from '../protocol/topics.ts';
import type { PeerEvent } from '../wire/peer.ts';
import type { Network, Party } from './network.ts';
import type { OwnInvitation } from './records.ts';

export interface MeetingOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly network: Network;
  readonly name: () => string;
}

export interface HostOptions extends MeetingOptions {
  readonly relayOnly: () => boolean;
  /** Stores the contact and burns the invitation, in one transaction. Rejects when nothing was stored. */
  readonly onMet: (met: Met) => Promise<Party>;
}

export class HostParty implements Party {
  readonly root: Uint8Array;
  readonly #options: HostOptions;
  #host: Host;

  constructor(invitation: OwnInvitation, expired: boolean, options: HostOptions) {
    this.root = invitationRoot(invitation.secret);
    this.#options = options;
    const status = invitation.status === 'open' && expired ? 'expired' : invitation.status;
    this.#host = newHost(invitation, status, invitation.usedBy, false);
  }

  get relayOnly(): boolean {
    return this.#options.relayOnly();
  }

  revoke(): void {
    this.#host = { ...this.#host, status: 'revoked' };
  }

  /** Its time has come: from now on it says so. */
  lapse(): void {
    if (this.#host.status === 'open') this.#host = { ...this.#host, status: 'expired' };
  }

  onServer(): void {
    // It waits; the guest acts.
  }

  onPresent(): void {
    // Likewise.
  }

  onEnvelope(at: Rendezvous, envelope: Envelope): void {
    this.#step(onHostEnvelope(this.#host, at, envelope, this.#context(at)));
  }

  onPeer(id: string, event: PeerEvent): void {
    this.#step(onHostPeer(this.#host, id, event, this.#context(this.#options.network.meetingPlace(this))));
  }

  #step([host, effects]: readonly [Host, readonly MeetingEffect[]]): void {
    const before = this.#host;
    this.#host = host;
    const met = effects.find((effect) => effect.kind === 'met');
    const rest = effects.filter((effect) => effect.kind !== 'met' && effect.kind !== 'refused');
    const { network, onMet } = this.#options;
    const perform = (): void => {
      for (const effect of rest) network.perform(this, effect);
    };
    if (!met) {
      perform();
      return;
    }
    // Commit, then send: message D leaves when the contact is on disk. If it can not be, the invitation lives on.
    network.hold(met.dial.id);
    onMet(met).then(
      (contact) => {
        perform();
        network.adopt(met.dial.id, contact);
      },
      () => {
        this.#host = { ...this.#host, status: before.status, usedBy: before.usedBy };
        network.perform(this, { kind: 'close-peer', id: met.dial.id });
      }
    );
  }

  #context(rendezvous: Rendezvous) {
    const { clock, random, name } = this.#options;
    return { now: clock.elapsed(), random, rendezvous, name: name() };
  }
}
