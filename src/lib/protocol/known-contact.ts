/**
 * The handshake of two contacts: Noise_KKpsk0+hfs (protocol, section 5). Who has the lower static public key is the
 * initiator; roles come from keys, never from who happened to be first.
 *
 *   A  -> psk, e, e1, es, ss    caps u32 | n u8 <= 2 | n x rsid 8
 *   B  <- e, ee, ekem1, se      caps u32 | match u8 | dr_pub 32 | ICE block
 *   then transport messages; the first is the initiator's ICE block
 *
 * Message A can be replayed by whoever saw it, so no name and no address is in it. Retained secrets are not built
 * yet: n and match are 0, and those of a newer peer are read over.
 */
import { compareBytes, Reader } from '../bytes.ts';
import { UsageError, WireError } from '../errors.ts';
import { generateKeyPair, KEY_BYTES, type KeyPair } from '../crypto/primitives.ts';
import type { Random } from '../crypto/random.ts';
import { decodeIce, encodeIce, type IceBlock } from '../wire/ice.ts';
import { prologue, skipCaps, SUITE, withCaps } from './handshake.ts';
import { initialize, readMessage, split, writeMessage, type HandshakeState } from './noise.ts';
import { KK_PSK0_HFS } from './patterns.ts';
import { deriveKeys, NO_RETAINED_SECRET, type Established, type RatchetStart } from './schedule.ts';

const MAX_RSIDS = 2;
const RSID_BYTES = 8;

/** What {@link Pairing} of the first contact left. */
export interface ContactKeys {
  readonly own: KeyPair;
  readonly peer: Uint8Array;
  readonly rdv: Uint8Array;
  readonly psk: Uint8Array;
}

/** One contact on one topic T_e. */
export interface ContactTopic {
  readonly keys: ContactKeys;
  readonly topic: Uint8Array;
}

/** Initiator, waiting for message B. */
export interface ReunionA {
  readonly handshake: HandshakeState;
}

/** Responder, to write message B. */
export interface ReunionR {
  readonly handshake: HandshakeState;
}

export function isInitiator({ own, peer }: Pick<ContactKeys, 'own' | 'peer'>): boolean {
  return compareBytes(own.publicKey, peer) < 0;
}

export function startReunion(
  at: ContactTopic,
  random: Random
): { readonly state: ReunionA; readonly message: Uint8Array } {
  const payload = withCaps().u8(0).done();
  const { state: handshake, message } = writeMessage(begin(at, true), payload, random);
  return { state: { handshake }, message };
}

/** Reads message A. It may be a replay: nothing is committed before the initiator's next message decrypts. */
export function readReunion(at: ContactTopic, messageA: Uint8Array): { readonly state: ReunionR } {
  const { state: handshake, payload } = readMessage(begin(at, false), messageA);
  const reader = skipCaps(new Reader(payload));
  const count = reader.u8();
  if (count > MAX_RSIDS) throw new WireError('too many retained secrets');
  reader.take(count * RSID_BYTES);
  reader.end();
  return { state: { handshake } };
}

export function answerReunion(
  state: ReunionR,
  ice: IceBlock,
  random: Random
): { readonly established: Established; readonly message: Uint8Array } {
  const own = generateKeyPair(random);
  const payload = withCaps().u8(0).bytes(own.publicKey).bytes(encodeIce(ice)).done();
  const { state: handshake, message } = writeMessage(state.handshake, payload, random);
  return { established: establish(handshake, { own, peer: null }), message };
}

export function reunionReadB(
  state: ReunionA,
  message: Uint8Array
): { readonly established: Established; readonly ice: IceBlock } {
  const { state: handshake, payload } = readMessage(state.handshake, message);
  const reader = skipCaps(new Reader(payload));
  // We offered nothing, so nothing can match.
  if (reader.u8() !== 0) throw new WireError('a match of nothing');
  const peer = reader.take(KEY_BYTES);
  const ice = decodeIce(reader.rest());
  return { established: establish(handshake, { own: null, peer }), ice };
}

function begin({ keys, topic }: ContactTopic, initiator: boolean): HandshakeState {
  if (isInitiator(keys) !== initiator) throw new UsageError('the other role');
  return initialize({
    pattern: KK_PSK0_HFS,
    suite: SUITE,
    initiator,
    prologue: prologue('KK', topic),
    s: keys.own,
    rs: keys.peer,
    psks: [keys.psk]
  });
}

function establish(handshake: HandshakeState, ratchet: RatchetStart): Established {
  const { initiator } = handshake;
  const finished = split(handshake);
  const { keys } = deriveKeys(finished, initiator, NO_RETAINED_SECRET);
  return { initiator, transport: finished.transport, keys, ratchet, pairing: null };
}
