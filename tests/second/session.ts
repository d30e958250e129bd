// Protocol page, section 8: frames of the data channel.
import { join, refuse, same, Taker, uint } from './bytes.ts';
import { open, seal, sha256, type Pair } from './primitives.ts';
import { Ratchet } from './ratchet.ts';
import type { Keys } from './schedule.ts';

export const STEP_A = 0;
export const STEP_B = 1;
export const STEP_SWITCH = 2;
const [BIND, MSG, REHS, CLOSE] = [0, 1, 2, 5];
const CLASSES = [256, 512, 1024, 2048, 4096, 8192];
const NOTHING = new Uint8Array(0);

export interface Fingerprints {
  readonly own: Uint8Array;
  readonly peer: Uint8Array;
}

export type Received =
  | { readonly type: 'bind'; readonly message?: Uint8Array }
  | { readonly type: 'message'; readonly message: Uint8Array }
  | { readonly type: 'rehandshake'; readonly step: number; readonly data: Uint8Array }
  | { readonly type: 'close'; readonly reason: number };

/** Section 8 counts in big-endian, unlike Noise. */
const nonceOf = (counter: number): Uint8Array => join(new Uint8Array(4), uint(counter, 8));

export function pad(body: Uint8Array): Uint8Array {
  const size = CLASSES.find((each) => body.length + 2 <= each) ?? refuse('too long for a frame');
  return join(uint(body.length, 2), body, new Uint8Array(size - 2 - body.length));
}

export function unpad(padded: Uint8Array): Uint8Array {
  const from = new Taker(padded);
  const body = from.take(from.uint(2));
  return same(pad(body), padded) ? body : refuse('padding');
}

export interface Side {
  readonly initiator: boolean;
  readonly keys: Keys;
  readonly fingerprints: Fingerprints;
  /** The pair behind dr_pub for the responder, the peer's dr_pub for the initiator. */
  readonly ratchet: Pair | Uint8Array;
  /** Secret X25519 keys for the ratchet. */
  readonly fresh: () => Uint8Array;
}

export class Session {
  readonly h: Uint8Array;
  private readonly side: Side;
  private readonly ratchet: Ratchet;
  private readonly sending: Uint8Array;
  private readonly receiving: Uint8Array;
  private sent = 0;
  private received = 0;
  private bound: boolean;

  /** `bound` is true for a session that another one carried: it has no BIND. */
  constructor(side: Side, bound = false) {
    const { initiator, keys, fingerprints, fresh } = side;
    const { own, peer } = fingerprints;
    this.h = keys.h;
    this.side = side;
    this.bound = bound;
    [this.sending, this.receiving] = initiator ? [keys.i2r, keys.r2i] : [keys.r2i, keys.i2r];
    const ad = sha256('AP1/ad', keys.h, ...(initiator ? [own, peer] : [peer, own]));
    this.ratchet =
      side.ratchet instanceof Uint8Array
        ? Ratchet.initiator(keys.rootKey, side.ratchet, ad, fresh)
        : Ratchet.responder(keys.rootKey, side.ratchet, ad, fresh);
  }

  /** The first frame each way; only the initiator's carries a message. */
  bind(plain: Uint8Array = NOTHING): Uint8Array {
    const { own, peer } = this.side.fingerprints;
    const message = this.side.initiator ? this.ratchet.encrypt(plain) : NOTHING;
    return this.frame(BIND, Uint8Array.of(1), own, peer, message);
  }

  send(plain: Uint8Array): Uint8Array {
    return this.frame(MSG, this.ratchet.encrypt(plain));
  }

  rehandshake(step: number, data: Uint8Array = NOTHING): Uint8Array {
    return this.frame(REHS, Uint8Array.of(step), data);
  }

  close(reason: number): Uint8Array {
    return this.frame(CLOSE, Uint8Array.of(reason));
  }

  /** A frame that is refused changes nothing. */
  receive(frame: Uint8Array): Received {
    if (frame.length > 16_384) refuse('frame too long');
    const body = unpad(open(this.receiving, nonceOf(this.received), NOTHING, frame));
    const received = this.read(new Taker(body));
    this.received++;
    this.bound = true;
    return received;
  }

  private read(from: Taker): Received {
    const type = from.uint(1);
    if ((type === BIND) === this.bound) refuse('BIND comes first, and once');
    if (type === BIND) return this.readBind(from);
    if (type === MSG) return { type: 'message', message: this.ratchet.decrypt(from.rest()) };
    if (type === REHS) {
      const [step, data] = [from.below(3), from.rest()];
      if (step === STEP_SWITCH && data.length !== 0) refuse('a switch has no data');
      return { type: 'rehandshake', step, data };
    }
    if (type !== CLOSE) refuse('unknown type of frame');
    const reason = from.uint(1);
    from.end();
    return { type: 'close', reason };
  }

  private readBind(from: Taker): Received {
    const { own, peer } = this.side.fingerprints;
    if (from.uint(1) !== 1) refuse('version');
    if (!same(from.take(32), peer) || !same(from.take(32), own)) refuse('other certificates than in use');
    if (!this.side.initiator) return { type: 'bind', message: this.ratchet.decrypt(from.rest()) };
    from.end();
    return { type: 'bind' };
  }

  private frame(...parts: (number | Uint8Array)[]): Uint8Array {
    const body = join(...parts.map((part) => (typeof part === 'number' ? Uint8Array.of(part) : part)));
    return seal(this.sending, nonceOf(this.sent++), NOTHING, pad(body));
  }
}
