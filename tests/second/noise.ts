// The Noise Protocol Framework, revision 34, with psk0 and hybrid forward secrecy: what protocol page, section 5 needs.
import { join, refuse } from './bytes.ts';
import { decapsulate, encapsulate, kemKeys } from './mlkem.ts';
import { dh, hmac, open, pair, seal, sha256, type Pair } from './primitives.ts';

const NOTHING = new Uint8Array(0);

/** Noise's HKDF (section 4.3), three outputs. */
function hkdf(ck: Uint8Array, input: Uint8Array): [Uint8Array, Uint8Array, Uint8Array] {
  const temp = hmac(ck, input);
  const one = hmac(temp, Uint8Array.of(1));
  const two = hmac(temp, one, Uint8Array.of(2));
  return [one, two, hmac(temp, two, Uint8Array.of(3))];
}

/** Noise counts in little-endian, unlike the frames of section 8. */
function nonceOf(counter: number): Uint8Array {
  const nonce = Buffer.alloc(12);
  nonce.writeBigUInt64LE(BigInt(counter), 4);
  return nonce;
}

interface Symmetric {
  ck: Uint8Array;
  h: Uint8Array;
  k: Uint8Array | undefined;
  n: number;
}

const mixHash = (s: Symmetric, data: Uint8Array): void => {
  s.h = sha256(s.h, data);
};

function mixKey(s: Symmetric, input: Uint8Array): void {
  [s.ck, s.k] = hkdf(s.ck, input);
  s.n = 0;
}

function mixKeyAndHash(s: Symmetric, input: Uint8Array): void {
  const [ck, hash, k] = hkdf(s.ck, input);
  Object.assign(s, { ck, k, n: 0 });
  mixHash(s, hash);
}

function encryptAndHash(s: Symmetric, plain: Uint8Array): Uint8Array {
  const out = s.k === undefined ? plain : seal(s.k, nonceOf(s.n++), s.h, plain);
  mixHash(s, out);
  return out;
}

function decryptAndHash(s: Symmetric, sealed: Uint8Array): Uint8Array {
  const out = s.k === undefined ? sealed : open(s.k, nonceOf(s.n++), s.h, sealed);
  mixHash(s, sealed);
  return out;
}

export interface Pattern {
  readonly name: string;
  /** Who is known beforehand: the initiator's static key, the responder's, in this order. */
  readonly known: readonly ('initiator' | 'responder')[];
  readonly messages: readonly string[];
}

export const FIRST_CONTACT: Pattern = {
  name: 'Noise_XKpsk0+hfs_25519+MLKEM768_ChaChaPoly_SHA256',
  known: ['responder'],
  messages: ['psk e es e1', 'e ee ekem1', 's se']
};

export const KNOWN_CONTACT: Pattern = {
  name: 'Noise_KKpsk0+hfs_25519+MLKEM768_ChaChaPoly_SHA256',
  known: ['initiator', 'responder'],
  messages: ['psk e e1 es ss', 'e ee ekem1 se']
};

export interface Party {
  readonly initiator: boolean;
  readonly prologue: Uint8Array;
  readonly psk: Uint8Array;
  readonly own: Pair;
  readonly peer?: Uint8Array;
}

/** What one message needs of chance: an X25519 key, and the seed d ‖ z of a KEM key or the m of an encapsulation. */
export interface Chance {
  readonly ephemeral?: Uint8Array;
  readonly kem?: Uint8Array;
}

export class Noise {
  private readonly pattern: Pattern;
  private readonly party: Party;
  private symmetric: Symmetric;
  private message = 0;
  private ephemeral: Pair | undefined;
  private peerEphemeral: Uint8Array | undefined;
  private peerStatic: Uint8Array | undefined;
  private kemSecret: Uint8Array | undefined;
  private peerKem: Uint8Array | undefined;

  constructor(pattern: Pattern, party: Party) {
    this.pattern = pattern;
    this.party = party;
    this.peerStatic = party.peer;
    const name = join(pattern.name);
    const h = name.length <= 32 ? join(name, new Uint8Array(32 - name.length)) : sha256(name);
    this.symmetric = { ck: h, h, k: undefined, n: 0 };
    mixHash(this.symmetric, party.prologue);
    for (const who of pattern.known) {
      const mine = (who === 'initiator') === party.initiator;
      mixHash(this.symmetric, mine ? party.own.public : this.need(party.peer));
    }
  }

  get hash(): Uint8Array {
    return this.symmetric.h;
  }

  /** The peer's static key, once it is known. */
  get static(): Uint8Array {
    return this.need(this.peerStatic);
  }

  write(payload: Uint8Array, chance: Chance): Uint8Array {
    const s = this.symmetric;
    const out: Uint8Array[] = [];
    for (const token of this.tokens()) {
      if (token === 'e') {
        this.ephemeral = pair(this.need(chance.ephemeral));
        out.push(this.ephemeral.public);
        this.mixEphemeral(this.ephemeral.public);
      } else if (token === 's') {
        out.push(encryptAndHash(s, this.party.own.public));
      } else if (token === 'e1') {
        const keys = kemKeys(this.need(chance.kem));
        this.kemSecret = keys.secret;
        out.push(encryptAndHash(s, keys.public));
      } else if (token === 'ekem1') {
        const { ciphertext, shared } = encapsulate(this.need(this.peerKem), this.need(chance.kem));
        out.push(encryptAndHash(s, ciphertext));
        mixKey(s, shared);
      } else this.mixToken(token);
    }
    out.push(encryptAndHash(s, payload));
    return join(...out);
  }

  /** The payload; a message that is refused leaves everything as it was. */
  read(message: Uint8Array): Uint8Array {
    const before = Object.assign({}, this, { symmetric: { ...this.symmetric } });
    try {
      return this.readTokens(message);
    } catch (error) {
      Object.assign(this, before);
      throw error;
    }
  }

  /** k1, k2 of Split() and the third output, which section 6 takes as its secret. */
  split(): { k1: Uint8Array; k2: Uint8Array; secret: Uint8Array } {
    const [k1, k2, secret] = hkdf(this.symmetric.ck, NOTHING);
    return { k1, k2, secret };
  }

  private readTokens(message: Uint8Array): Uint8Array {
    const s = this.symmetric;
    let rest = message;
    const take = (length: number): Uint8Array => {
      if (rest.length < length) refuse('handshake message too short');
      const head = rest.slice(0, length);
      rest = rest.slice(length);
      return head;
    };
    for (const token of this.tokens()) {
      if (token === 'e') {
        this.peerEphemeral = take(32);
        this.mixEphemeral(this.peerEphemeral);
      } else if (token === 's') this.peerStatic = decryptAndHash(s, take(48));
      else if (token === 'e1') this.peerKem = decryptAndHash(s, take(1184 + 16));
      else if (token === 'ekem1')
        mixKey(s, decapsulate(this.need(this.kemSecret), decryptAndHash(s, take(1088 + 16))));
      else this.mixToken(token);
    }
    return decryptAndHash(s, rest);
  }

  private tokens(): string[] {
    return this.need(this.pattern.messages[this.message++]).split(' ');
  }

  /** With a psk in the pattern an ephemeral key is mixed into the key as well (section 9.2). */
  private mixEphemeral(key: Uint8Array): void {
    mixHash(this.symmetric, key);
    mixKey(this.symmetric, key);
  }

  /** psk and the four Diffie-Hellman tokens; the first letter is the initiator's key, the second the responder's. */
  private mixToken(token: string): void {
    if (token === 'psk') {
      mixKeyAndHash(this.symmetric, this.party.psk);
      return;
    }
    const [ours, theirs] = this.party.initiator ? [token[0], token[1]] : [token[1], token[0]];
    const own = ours === 'e' ? this.need(this.ephemeral) : this.party.own;
    mixKey(this.symmetric, dh(own, this.need(theirs === 'e' ? this.peerEphemeral : this.peerStatic)));
  }

  private need<T>(value: T | undefined): T {
    return value ?? refuse('out of order');
  }
}

/** What goes over the server after the handshake: one cipher state each way. */
export class Transport {
  private readonly sending: Uint8Array;
  private readonly receiving: Uint8Array;
  private sent = 0;
  private received = 0;

  constructor(sending: Uint8Array, receiving: Uint8Array) {
    this.sending = sending;
    this.receiving = receiving;
  }

  seal(plain: Uint8Array): Uint8Array {
    return seal(this.sending, nonceOf(this.sent++), NOTHING, plain);
  }

  open(message: Uint8Array): Uint8Array {
    const plain = open(this.receiving, nonceOf(this.received), NOTHING, message);
    this.received++;
    return plain;
  }
}
