// One side of a data channel, as tests drive it, whichever implementation is behind.
import { Channel, type RenewalChance } from './channel.ts';
import type { Contact } from './known-contact.ts';
import { Session, type Side } from './session.ts';

export interface Heard {
  /** What the peer said; nothing for a keepalive. */
  readonly messages: readonly Uint8Array[];
  /** Frames to send at once. */
  readonly replies: readonly Uint8Array[];
  readonly closed: boolean;
}

export interface Speaker {
  /** What the contact keeps for its next handshake; changes when a renewal is over. */
  readonly retained: readonly Uint8Array[];
  bind(): Uint8Array;
  say(plain: Uint8Array): Uint8Array;
  /** REHS a; only for the side with the lower pair key. */
  renew(): Uint8Array;
  close(reason: number): Uint8Array;
  /** @throws for a frame that does not open; nothing has changed then. */
  hear(frame: Uint8Array): Heard;
}

export class SecondSpeaker implements Speaker {
  private readonly session: Session;
  private readonly channel: Channel;
  private readonly renewal: () => RenewalChance;
  private readonly committed: readonly Uint8Array[];
  private bound = false;

  /** @param committed what the contact keeps once the peer's BIND has opened (section 7). */
  constructor(
    side: Side,
    contact: Contact,
    renewal: () => RenewalChance,
    committed: readonly Uint8Array[] = contact.retained
  ) {
    this.committed = committed;
    this.session = new Session(side);
    this.channel = new Channel(this.session, contact, side.fingerprints, side.fresh);
    this.renewal = renewal;
  }

  get retained(): readonly Uint8Array[] {
    return this.channel.retained;
  }

  bind(): Uint8Array {
    return this.session.bind();
  }

  say(plain: Uint8Array): Uint8Array {
    return this.channel.send(plain);
  }

  renew(): Uint8Array {
    return this.channel.renew(this.renewal());
  }

  close(reason: number): Uint8Array {
    return this.channel.close(reason);
  }

  hear(frame: Uint8Array): Heard {
    if (!this.bound) {
      this.session.receive(frame);
      this.bound = true;
      this.channel.retained = this.committed;
      return { messages: [], replies: [], closed: false };
    }
    const { message, replies, closed } = this.channel.receive(frame, this.renewal);
    const said = message ?? new Uint8Array();
    const isQuestion = said.length === 1 && said[0] === 0;
    return {
      messages: said.length === 0 || isQuestion ? [] : [said],
      replies: isQuestion ? [...replies, this.channel.send(new Uint8Array())] : replies,
      closed: closed === true
    };
  }
}
