/** The inviter's side of one invitation at work. A dead one goes on answering "used" or "revoked" until it expires. */
import type { Clock } from '../clock.ts';
import {
  endHost,
  hostWake,
  newHost,
  onHostEnvelope,
  onHostPeer,
  onHostWake,
  onVerdict,
  type Host
} from '../conversation/host.ts';
import type { MeetingEffect, Met } from '../conversation/meeting.ts';
import type { Random } from '../crypto/random.ts';
import type { Envelope } from '../protocol/envelope.ts';
import { invitationRoot, type Rendezvous } from '../protocol/topics.ts';
import type { PeerEvent } from '../wire/peer.ts';
import { cleanName } from '../wire/content.ts';
import { Alarm } from './alarm.ts';
import type { InvitationId, Knock, KnockId } from './api.ts';
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
  /** Somebody knocks, or does so no longer. */
  readonly onKnocks: () => void;
}

export class HostParty implements Party {
  readonly root: Uint8Array;
  readonly #id: InvitationId;
  readonly #options: HostOptions;
  readonly #alarm: Alarm;
  #host: Host;

  constructor(invitation: OwnInvitation, expired: boolean, options: HostOptions) {
    const { secret, usedBy, askFirst } = invitation;
    this.root = invitationRoot(secret);
    this.#id = invitation.id as InvitationId;
    this.#options = options;
    const status = invitation.status === 'open' && expired ? 'expired' : invitation.status;
    this.#host = newHost(invitation, status, usedBy, { many: false, askFirst });
    this.#alarm = new Alarm(options.clock, () => {
      this.#step(onHostWake(this.#host, this.#context()));
    });
  }

  get relayOnly(): boolean {
    return this.#options.relayOnly();
  }

  /** Who waits for this side's word, the longest first. */
  get knocks(): readonly Knock[] {
    return [...this.#host.knocks].map(([id, { name }]) => {
      const shown = cleanName(name);
      return { id: id as KnockId, invitation: this.#id, name: shown === '' ? null : shown };
    });
  }

  answer(id: KnockId, yes: boolean): void {
    this.#step(onVerdict(this.#host, id, yes, this.#context()));
  }

  /** From now on this is asked or not; who knocks already goes on doing so. */
  askFirst(askFirst: boolean): void {
    this.#host = { ...this.#host, askFirst };
  }

  revoke(): void {
    this.#step(endHost(this.#host, 'revoked', this.#context()));
  }

  /** Its time has come: from now on it says so. */
  lapse(): void {
    if (this.#host.status === 'open') this.#step(endHost(this.#host, 'expired', this.#context()));
  }

  close(): void {
    this.#alarm.clear();
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
    this.#step(onHostPeer(this.#host, id, event, this.#context()));
  }

  #step([host, effects]: readonly [Host, readonly MeetingEffect[]]): void {
    const before = this.#host;
    this.#become(host);
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
        const { status, usedBy, knocks } = before;
        this.#become({ ...this.#host, status, usedBy, knocks });
        network.perform(this, { kind: 'close-peer', id: met.dial.id });
      }
    );
  }

  #become(host: Host): void {
    const moved = host.knocks !== this.#host.knocks;
    this.#host = host;
    if (!moved) return;
    this.#alarm.set(hostWake(host), this.#options.clock.elapsed());
    this.#options.onKnocks();
  }

  #context(rendezvous: Rendezvous = this.#options.network.meetingPlace(this)) {
    const { clock, random, name } = this.#options;
    return { now: clock.elapsed(), random, rendezvous, name: name() };
  }
}
