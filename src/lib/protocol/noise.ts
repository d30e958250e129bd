/**
 * The Noise Protocol Framework, revision 34 (2018-07-11), with the HFS extension: the handshake state
 * (section 5.3), in the specification's words. State is a value: a call returns the next one and leaves its argument
 * as it was, so a message that fails to decrypt changes nothing.
 */
import { concat, EMPTY, wipe } from '../bytes.ts';
import { UsageError, WireError } from '../errors.ts';
import {
  dh,
  generateKeyPair,
  KEM_CIPHERTEXT_BYTES,
  KEM_M_BYTES,
  KEM_PUBLIC_KEY_BYTES,
  KEM_SEED_BYTES,
  kemDecapsulate,
  kemEncapsulate,
  kemKeyPair,
  KEY_BYTES,
  TAG_BYTES,
  type HashFunction,
  type KeyPair
} from '../crypto/primitives.ts';
import type { Random } from '../crypto/random.ts';
import { initializeKey, type Transport } from './cipher.ts';
import { usesPsk, type Message, type Pattern, type Token } from './patterns.ts';
import {
  decryptAndHash,
  encryptAndHash,
  hkdf,
  initializeSymmetric,
  mixHash,
  mixKey,
  mixKeyAndHash,
  type SymmetricState
} from './symmetric.ts';

/** Section 3: no Noise message is longer. */
export const MAX_NOISE_MESSAGE = 65_535;

export interface Suite {
  /** DH, cipher and hash as the protocol name spells them, for example "25519_ChaChaPoly_SHA256". */
  readonly name: string;
  readonly hash: HashFunction;
}

export interface HandshakeState {
  readonly pattern: Pattern;
  readonly initiator: boolean;
  /** Index of the next message. */
  readonly next: number;
  readonly symmetric: SymmetricState;
  readonly s: KeyPair | null;
  readonly e: KeyPair | null;
  readonly rs: Uint8Array | null;
  readonly re: Uint8Array | null;
  /** Own KEM key pair and the peer's KEM public key: the `e1` of the HFS extension. */
  readonly e1: KeyPair | null;
  readonly re1: Uint8Array | null;
  /** Those that no `psk` token has used yet. */
  readonly psks: readonly Uint8Array[];
}

export interface HandshakeSetup {
  readonly pattern: Pattern;
  readonly suite: Suite;
  readonly initiator: boolean;
  readonly prologue: Uint8Array;
  readonly s: KeyPair | null;
  readonly rs: Uint8Array | null;
  readonly psks: readonly Uint8Array[];
}

/** What a finished handshake leaves. */
export interface Split {
  readonly transport: Transport;
  readonly handshakeHash: Uint8Array;
  /** The third output of the last HKDF: a secret for the key schedule above Noise (protocol, section 6). */
  readonly exporter: Uint8Array;
}

/** Initialize() of section 5.3; the pre-messages of the pattern name the static keys that must be known. */
export function initialize(setup: HandshakeSetup): HandshakeState {
  const { pattern, suite, initiator, s, rs, psks } = setup;
  let symmetric = initializeSymmetric(`Noise_${pattern.name}_${suite.name}`, suite.hash);
  symmetric = mixHash(symmetric, setup.prologue);
  for (const { arrow } of pattern.preMessages) {
    const own = (arrow === '->') === initiator;
    symmetric = mixHash(symmetric, own ? need(s).publicKey : need(rs));
  }
  return { pattern, initiator, next: 0, symmetric, s, e: null, rs, re: null, e1: null, re1: null, psks };
}

/**
 * WriteMessage() of section 5.3. Fresh keys come from `random`, in the order of the tokens.
 * @param payload the bytes, or what makes them from the own ephemeral public key that this very message begins with.
 */
export function writeMessage(
  state: HandshakeState,
  payload: Uint8Array | ((ephemeral: Uint8Array) => Uint8Array),
  random: Random
): { readonly state: HandshakeState; readonly message: Uint8Array } {
  const { tokens } = nextMessage(state, true);
  const parts: Uint8Array[] = [];
  let now = state;
  for (const token of tokens) {
    const written = writeToken(now, token, random);
    now = written.state;
    parts.push(written.bytes);
  }
  const plaintext = typeof payload === 'function' ? payload(need(now.e).publicKey) : payload;
  const sealed = encryptAndHash(now.symmetric, plaintext);
  const message = concat(...parts, sealed.text);
  if (message.length > MAX_NOISE_MESSAGE) throw new UsageError('Noise message too long');
  return { state: { ...now, symmetric: sealed.symmetric, next: state.next + 1 }, message };
}

/**
 * ReadMessage() of section 5.3.
 * @throws WireError for a message too short or too long, AuthError for one that does not decrypt.
 */
export function readMessage(
  state: HandshakeState,
  message: Uint8Array
): { readonly state: HandshakeState; readonly payload: Uint8Array } {
  const { tokens } = nextMessage(state, false);
  if (message.length > MAX_NOISE_MESSAGE) throw new WireError('too long');
  let now = state;
  let rest = message;
  for (const token of tokens) {
    const length = tokenBytes(now, token);
    if (rest.length < length) throw new WireError('too short');
    now = readToken(now, token, rest.slice(0, length));
    rest = rest.slice(length);
  }
  const opened = decryptAndHash(now.symmetric, rest);
  return { state: { ...now, symmetric: opened.symmetric, next: state.next + 1 }, payload: opened.text };
}

/** Split() of section 5.2 with a third output. The first two are what they are with two: HKDF outputs are a chain. */
export function split(state: HandshakeState): Split {
  if (state.next !== state.pattern.messages.length) throw new UsageError('split in mid-handshake');
  const { hash, ck, h } = state.symmetric;
  const [k1, k2, exporter] = hkdf(hash, ck, EMPTY);
  const c1 = initializeKey(k1.slice(0, KEY_BYTES));
  const c2 = initializeKey(k2.slice(0, KEY_BYTES));
  const transport = state.initiator ? { send: c1, receive: c2 } : { send: c2, receive: c1 };
  return { transport, handshakeHash: h, exporter };
}

function nextMessage(state: HandshakeState, writing: boolean): Message {
  const message = state.pattern.messages[state.next];
  if (message === undefined) throw new UsageError('the handshake is over');
  if (((message.arrow === '->') === state.initiator) !== writing) throw new UsageError('out of turn');
  return message;
}

interface Written {
  readonly state: HandshakeState;
  readonly bytes: Uint8Array;
}

function writeToken(state: HandshakeState, token: Token, random: Random): Written {
  switch (token) {
    case 'e': {
      const e = generateKeyPair(random);
      return { state: { ...state, e, symmetric: mixEphemeral(state, e.publicKey) }, bytes: e.publicKey };
    }
    case 's':
      return writeSealed(state, need(state.s).publicKey);
    case 'e1': {
      const e1 = kemKeyPair(random(KEM_SEED_BYTES));
      return writeSealed({ ...state, e1 }, e1.publicKey);
    }
    case 'ekem1': {
      const { cipherText, sharedSecret } = kemEncapsulate(need(state.re1), random(KEM_M_BYTES));
      const sealed = writeSealed(state, cipherText);
      return { ...sealed, state: mixSecret(sealed.state, sharedSecret) };
    }
    case 'ee':
    case 'es':
    case 'se':
    case 'ss':
    case 'psk':
      return { state: mixToken(state, token), bytes: EMPTY };
  }
}

/** What a token puts on the wire: a key has its tag as soon as there is a key to seal it with. */
function tokenBytes(state: HandshakeState, token: Token): number {
  const tag = state.symmetric.cipher === null ? 0 : TAG_BYTES;
  switch (token) {
    case 'e':
      return KEY_BYTES;
    case 's':
      return KEY_BYTES + tag;
    case 'e1':
      return KEM_PUBLIC_KEY_BYTES + tag;
    case 'ekem1':
      return KEM_CIPHERTEXT_BYTES + tag;
    case 'ee':
    case 'es':
    case 'se':
    case 'ss':
    case 'psk':
      return 0;
  }
}

function readToken(state: HandshakeState, token: Token, bytes: Uint8Array): HandshakeState {
  switch (token) {
    case 'e':
      return { ...state, re: bytes, symmetric: mixEphemeral(state, bytes) };
    case 's': {
      if (state.rs !== null) throw new UsageError('the static key is known already');
      const { symmetric, text } = decryptAndHash(state.symmetric, bytes);
      return { ...state, rs: text, symmetric };
    }
    case 'e1': {
      const { symmetric, text } = decryptAndHash(state.symmetric, bytes);
      return { ...state, re1: text, symmetric };
    }
    case 'ekem1': {
      const { symmetric, text } = decryptAndHash(state.symmetric, bytes);
      return mixSecret({ ...state, symmetric }, kemDecapsulate(text, need(state.e1).secretKey));
    }
    case 'ee':
    case 'es':
    case 'se':
    case 'ss':
    case 'psk':
      return mixToken(state, token);
  }
}

/** The tokens that put nothing on the wire. `es` names the initiator's key first, whoever we are. */
function mixToken(state: HandshakeState, token: 'ee' | 'es' | 'se' | 'ss' | 'psk'): HandshakeState {
  if (token === 'psk') {
    const [psk, ...psks] = state.psks;
    return { ...state, psks, symmetric: mixKeyAndHash(state.symmetric, need(psk ?? null)) };
  }
  const initiatorEphemeral = token.startsWith('e');
  const responderEphemeral = token.endsWith('e');
  const ownEphemeral = state.initiator ? initiatorEphemeral : responderEphemeral;
  const peerEphemeral = state.initiator ? responderEphemeral : initiatorEphemeral;
  const own = need(ownEphemeral ? state.e : state.s);
  const peer = need(peerEphemeral ? state.re : state.rs);
  return mixSecret(state, dh(own.secretKey, peer));
}

function mixSecret(state: HandshakeState, secret: Uint8Array): HandshakeState {
  const symmetric = mixKey(state.symmetric, secret);
  wipe(secret);
  return { ...state, symmetric };
}

function mixEphemeral({ pattern, symmetric }: HandshakeState, publicKey: Uint8Array): SymmetricState {
  const hashed = mixHash(symmetric, publicKey);
  return usesPsk(pattern) ? mixKey(hashed, publicKey) : hashed;
}

function writeSealed(state: HandshakeState, plaintext: Uint8Array): Written {
  const { symmetric, text } = encryptAndHash(state.symmetric, plaintext);
  return { state: { ...state, symmetric }, bytes: text };
}

function need<T>(value: T | null): T {
  if (value === null) throw new UsageError('a key that the pattern needs is missing');
  return value;
}
