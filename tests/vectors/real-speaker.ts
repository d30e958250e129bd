/** The real implementation behind the interface of the second one's tests: the machines of src/lib/conversation. */
import { onPeer } from '../../src/lib/conversation/channel.ts';
import { dial, send, type Dial, type LinkEffect, type Step } from '../../src/lib/conversation/dial.ts';
import { rehandshakeIfDue } from '../../src/lib/conversation/rehandshake.ts';
import type { Random } from '../../src/lib/crypto/random.ts';
import type { ContactKeys } from '../../src/lib/protocol/known-contact.ts';
import type { Established } from '../../src/lib/protocol/schedule.ts';
import type { Content } from '../../src/lib/protocol/session.ts';
import type { PeerEvent } from '../../src/lib/wire/peer.ts';
import type { Heard, Speaker } from '../second/speaker.ts';

/** Hands out the given values, in this order, and nothing else. */
export function scripted(...values: readonly Uint8Array[]): Random {
  const left = [...values];
  return (length) => {
    const value = left.shift();
    if (value?.length !== length) throw new Error(`${length.toString()} bytes of chance were not foreseen`);
    return value;
  };
}

/** Chance by field, as the second implementation takes it. */
export interface Chances {
  /** Secret keys of the ratchet. */
  readonly fresh: () => Uint8Array;
  /** Of a renewal; the responder's kem is 32 bytes, the initiator's 64. */
  readonly renewal: () => { ephemeral: Uint8Array; kem: Uint8Array; ratchet: Uint8Array };
}

const RENEWAL_DUE = 10 * 60_000;

export class RealSpeaker implements Speaker {
  continuity: boolean | undefined;
  private keys: ContactKeys;
  private readonly chances: Chances;
  private readonly bindFrame: Uint8Array;
  private state: Dial;

  constructor(
    established: Established,
    keys: ContactKeys,
    fingerprints: { own: Uint8Array; peer: Uint8Array },
    chances: Chances
  ) {
    this.keys = keys;
    this.chances = chances;
    const nowhere = { epoch: 0, topic: new Uint8Array(32), frameKey: new Uint8Array(32) };
    this.state = dial(new Uint8Array(8), nowhere, established, 'offer', true);
    const open = { kind: 'open', local: fingerprints.own, remote: fingerprints.peer } as const;
    this.bindFrame = one(this.step(onPeer(this.state, open, this.context(this.chanceFor(open)))));
  }

  get retained(): readonly Uint8Array[] {
    return this.keys.retained;
  }

  bind(): Uint8Array {
    return this.bindFrame;
  }

  say(data: Uint8Array): Uint8Array {
    return this.write({ kind: 'message', data });
  }

  renew(): Uint8Array {
    const { ephemeral, kem } = this.chances.renewal();
    const context = { ...this.context(scripted(ephemeral, kem)), now: RENEWAL_DUE };
    return one(this.step(rehandshakeIfDue(this.state, context)));
  }

  close(reason: number): Uint8Array {
    return this.write({ kind: 'close', reason });
  }

  hear(frame: Uint8Array): Heard {
    const event = { kind: 'frame', frame } as const;
    const effects = this.step(onPeer(this.state, event, this.context(this.chanceFor(event))));
    return {
      messages: effects.flatMap((effect) => (effect.kind === 'message' ? [effect.data] : [])),
      replies: framesOf(effects),
      closed: effects.some(({ kind }) => kind === 'close-peer')
    };
  }

  private write(content: Content): Uint8Array {
    return one(this.step(send(this.state, content)));
  }

  /**
   * Chance for one frame that came in. What it is for shows in how much is drawn, and state is a value: so a first try
   * counts. A REHS a draws three times (dr_pub, ephemeral key, m), all else at most once, for the ratchet.
   */
  private chanceFor(event: PeerEvent): Random {
    let drawn = 0;
    onPeer(
      this.state,
      event,
      this.context((length) => new Uint8Array(length).fill(++drawn))
    );
    if (drawn === 0) return scripted();
    if (drawn === 1) return scripted(this.chances.fresh());
    const { ratchet, ephemeral, kem } = this.chances.renewal();
    return scripted(ratchet, ephemeral, kem);
  }

  private context(random: Random) {
    return { now: 0, keys: this.keys, random };
  }

  private step([state, effects]: Step<Dial>): readonly LinkEffect[] {
    this.state = state;
    for (const effect of effects) {
      if (effect.kind !== 'retain') continue;
      this.keys = { ...this.keys, retained: effect.retained };
      this.continuity = effect.continuity;
    }
    return effects;
  }
}

const framesOf = (effects: readonly LinkEffect[]): Uint8Array[] =>
  effects.flatMap((effect) => (effect.kind === 'send-frame' ? [effect.frame] : []));

function one(effects: readonly LinkEffect[]): Uint8Array {
  const [frame, ...more] = framesOf(effects);
  if (!frame || more.length > 0) throw new Error('one frame expected');
  return frame;
}
