// Signal's Double Ratchet (revision 1, section 3) with the functions of protocol page, section 8, and MAX_SKIP = 0.
import { join, refuse, same, Taker, uint } from './bytes.ts';
import { derive, dh, extract, hmac, open, pair, seal, type Pair } from './primitives.ts';

interface State {
  readonly own: Pair;
  readonly peer: Uint8Array | undefined;
  readonly root: Uint8Array;
  readonly sending: Uint8Array | undefined;
  readonly receiving: Uint8Array | undefined;
  readonly sent: number;
  readonly received: number;
  readonly previous: number;
}

/** KDF_RK. */
function rootStep(root: Uint8Array, shared: Uint8Array): { root: Uint8Array; chain: Uint8Array } {
  const both = derive(extract(root, shared), 'rk', 64);
  return { root: both.slice(0, 32), chain: both.slice(32) };
}

/** KDF_CK, and the key and the nonce of one message. */
function chainStep(chain: Uint8Array) {
  const both = derive(hmac(chain, Uint8Array.of(1)), 'msg', 44);
  return { key: both.slice(0, 32), nonce: both.slice(32), next: hmac(chain, Uint8Array.of(2)) };
}

const HEADER = 40;

export class Ratchet {
  private state: State;
  private readonly ad: Uint8Array;
  private readonly fresh: () => Uint8Array;

  private constructor(state: State, ad: Uint8Array, fresh: () => Uint8Array) {
    this.state = state;
    this.ad = ad;
    this.fresh = fresh;
  }

  /** RatchetInitAlice; `fresh` gives secret X25519 keys, the first of them at once. */
  static initiator(root: Uint8Array, peer: Uint8Array, ad: Uint8Array, fresh: () => Uint8Array): Ratchet {
    const own = pair(fresh());
    const first = rootStep(root, dh(own, peer));
    const counts = { sent: 0, received: 0, previous: 0, receiving: undefined };
    return new Ratchet({ own, peer, root: first.root, sending: first.chain, ...counts }, ad, fresh);
  }

  /** RatchetInitBob. */
  static responder(root: Uint8Array, own: Pair, ad: Uint8Array, fresh: () => Uint8Array): Ratchet {
    const nothing = { peer: undefined, sending: undefined, receiving: undefined };
    return new Ratchet({ own, root, sent: 0, received: 0, previous: 0, ...nothing }, ad, fresh);
  }

  encrypt(plain: Uint8Array): Uint8Array {
    const { own, previous, sent, sending } = this.state;
    const { key, nonce, next } = chainStep(sending ?? refuse('cannot send yet'));
    const header = join(own.public, uint(previous, 4), uint(sent, 4));
    this.state = { ...this.state, sending: next, sent: sent + 1 };
    return join(header, seal(key, nonce, join(this.ad, header), plain));
  }

  /** A message that is refused changes nothing. */
  decrypt(message: Uint8Array): Uint8Array {
    const from = new Taker(message);
    const [theirs, pn, n] = [from.take(32), from.uint(4), from.uint(4)];
    let state = this.state;
    if (state.peer === undefined || !same(theirs, state.peer)) {
      if (pn !== state.received) refuse('messages of the chain before are missing');
      state = this.turn(theirs);
    }
    if (n !== state.received) refuse('not the next message');
    const { key, nonce, next } = chainStep(state.receiving ?? refuse('a key of our own chain'));
    const plain = open(key, nonce, join(this.ad, message.slice(0, HEADER)), from.rest());
    this.state = { ...state, receiving: next, received: n + 1 };
    return plain;
  }

  /** DHRatchet. */
  private turn(peer: Uint8Array): State {
    const { own, root, sent } = this.state;
    const inward = rootStep(root, dh(own, peer));
    const next = pair(this.fresh());
    const outward = rootStep(inward.root, dh(next, peer));
    const keys = { own: next, peer, root: outward.root, sending: outward.chain, receiving: inward.chain };
    return { ...keys, sent: 0, received: 0, previous: sent };
  }
}
