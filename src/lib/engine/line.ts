/**
 * The connection of two devices of one person, for as long as it takes to move from one to the other: a link like that of
 * a conversation, which begins with a first contact and is stored nowhere. It ends with its first session.
 */
import { wipe } from '../bytes.ts';
import type { Clock } from '../clock.ts';
import type { LinkEffect } from '../conversation/dial.ts';
import { linkFromFirstContact, nextWake, onLink, type Link, type LinkEvent } from '../conversation/link.ts';
import type { Met } from '../conversation/meeting.ts';
import { pairingOf } from '../conversation/state.ts';
import type { Random } from '../crypto/random.ts';
import { WireError } from '../errors.ts';
import type { Envelope } from '../protocol/envelope.ts';
import type { Rendezvous } from '../protocol/topics.ts';
import { decodeMoving, encodeMoving, type Moving } from '../wire/moving.ts';
import type { PeerEvent } from '../wire/peer.ts';
import { Alarm } from './alarm.ts';
import type { Network, Party } from './network.ts';

/** What was said last is on its way for so long before the connection is closed. */
const LAST_WORDS_MS = 1_000;

export interface LineOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly network: Network;
  readonly relayOnly: boolean;
  readonly onUp: () => void;
  /** @throws WireError for what is out of turn: it ends the session. */
  readonly onMessage: (message: Moving) => void;
  /** The session is over, and this side has not ended it. */
  readonly onDown: () => void;
}

export class Line implements Party {
  readonly root: Uint8Array;
  readonly #options: LineOptions;
  readonly #alarm: Alarm;
  #link: Link;
  /** What the owner has not heard yet. */
  readonly #told: (() => void)[] = [];
  #up = false;
  #closed = false;

  constructor(met: Met, options: LineOptions) {
    const { contact } = pairingOf(met);
    this.#options = options;
    this.root = contact.rdv;
    this.#link = linkFromFirstContact(contact, met.dial, options.clock.elapsed());
    this.#alarm = new Alarm(options.clock, () => {
      this.#handle({ kind: 'wake' });
    });
  }

  get relayOnly(): boolean {
    return this.#options.relayOnly;
  }

  get isUp(): boolean {
    return this.#up && !this.#closed;
  }

  say(message: Moving): void {
    this.#handle({ kind: 'send', data: encodeMoving(message), awaits: false });
  }

  /** Ends it when the other side has had the time to hear the last words. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#alarm.clear();
    this.#options.clock.after(LAST_WORDS_MS, () => {
      this.#options.network.remove(this);
    });
  }

  onServer(online: boolean): void {
    this.#handle({ kind: 'server', online });
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

  #handle(event: LinkEvent): void {
    if (this.#closed) return;
    for (const effect of this.#step(event)) this.#perform(effect);
    this.#alarm.set(nextWake(this.#link), this.#options.clock.elapsed());
    // Not before: an answer is sealed after all of these frames, and must leave after them.
    for (let tell = this.#told.shift(); tell; tell = this.#told.shift()) tell();
  }

  #step(event: LinkEvent): readonly LinkEffect[] {
    const { clock, random, network } = this.#options;
    const context = { now: clock.elapsed(), random, rendezvous: network.meetingPlace(this) };
    const [link, effects] = onLink(this.#link, event, context);
    this.#link = link;
    return effects;
  }

  #perform(effect: LinkEffect): void {
    switch (effect.kind) {
      case 'up':
        this.#tell(() => {
          // What was on its way in the session before is lost.
          if (this.#up) this.#lose();
          else this.#begin();
        });
        return;
      case 'down':
        this.#tell(() => {
          this.#lose();
        });
        return;
      case 'message':
        this.#tell(() => {
          this.#receive(effect.data);
        });
        return;
      case 'retain':
        this.#step({ kind: 'stored', keys: { ...this.#link.keys, retained: effect.retained } });
        return;
      case 'wipe':
        wipe(...effect.secrets);
        return;
      default:
        this.#options.network.perform(this, effect);
    }
  }

  #tell(work: () => void): void {
    this.#told.push(() => {
      if (!this.#closed) work();
    });
  }

  #begin(): void {
    this.#up = true;
    // Nothing is owed to each other, as it is in a conversation.
    this.#step({ kind: 'answered' });
    this.#options.onUp();
  }

  #receive(data: Uint8Array): void {
    try {
      this.#options.onMessage(decodeMoving(data));
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#handle({ kind: 'strike' });
    }
  }

  #lose(): void {
    this.close();
    this.#options.onDown();
  }
}
