/**
 * The handshake of two contacts: Noise_KKpsk0+hfs (protocol, sections 5, 7 and 8). Who has the lower static public key
 * is the initiator; roles come from keys, never from who happened to be first.
 *
 *   A  -> psk, e, e1, es, ss    caps u32 | n u8 <= 2 | n x rsid 8
 *   B  <- e, ee, ekem1, se      caps u32 | match u8 | dr_pub 32 | ICE block, or nothing in band
 *   then transport messages; the first is the initiator's ICE block
 *
 *   rsid = HMAC(rs, "AP1/rsid" ‖ role u8 ‖ e_i)[0..8], role 0 = initiator; match = its number in A, 0 = none
 *
 * Message A can be replayed by whoever saw it, so no name and no address is in it.
 */
import { compareBytes, equalBytes, Reader } from '../bytes.ts';
import { context } from '../crypto/kdf.ts';
import { generateKeyPair, hmacSha256, KEY_BYTES, type KeyPair } from '../crypto/primitives.ts';
import type { Random } from '../crypto/random.ts';
import { UsageError, WireError } from '../errors.ts';
import { decodeIce, encodeIce, type IceBlock } from '../wire/ice.ts';
import { prologue, skipCaps, SUITE, withCaps } from './handshake.ts';
import { initialize, readMessage, split, writeMessage, type HandshakeState } from './noise.ts';
import { KK_PSK0_HFS } from './patterns.ts';
import { deriveKeys, NO_RETAINED_SECRET, type Established, type RatchetStart } from './schedule.ts';

/** Generations of retained secrets: one half-committed session may lie between the two sides (section 7). */
export const MAX_RETAINED = 2;
const RSID_BYTES = 8;
const INITIATOR = 0;

/** What {@link Pairing} of the first contact left, and what the sessions since then have retained, newest first. */
export interface ContactKeys {
  readonly own: KeyPair;
  readonly peer: Uint8Array;
  readonly rdv: Uint8Array;
  readonly psk: Uint8Array;
  readonly retained: readonly Uint8Array[];
}

/** Where two contacts meet: on a topic T_e, or inside the open session that has this handshake hash. */
export interface Meeting {
  readonly keys: ContactKeys;
  readonly place: Uint8Array;
  readonly inBand: boolean;
}

/** Initiator, waiting for message B. */
export interface ReunionA {
  readonly handshake: HandshakeState;
  readonly retained: readonly Uint8Array[];
  readonly inBand: boolean;
}

/** Responder, to write message B. */
export interface ReunionR {
  readonly handshake: HandshakeState;
  /** The newest secret that both have, and its number in message A; null and 0: none. */
  readonly matched: Uint8Array | null;
  readonly match: number;
  readonly hadSecrets: boolean;
}

export function isInitiator({ own, peer }: Pick<ContactKeys, 'own' | 'peer'>): boolean {
  return compareBytes(own.publicKey, peer) < 0;
}

export function startReunion(
  meeting: Meeting,
  random: Random
): { readonly state: ReunionA; readonly message: Uint8Array } {
  const { keys, inBand } = meeting;
  const retained = keys.retained.slice(0, MAX_RETAINED);
  const payload = (ephemeral: Uint8Array): Uint8Array => {
    const writer = withCaps().u8(retained.length);
    for (const secret of retained) writer.bytes(rsid(secret, ephemeral));
    return writer.done();
  };
  const { state: handshake, message } = writeMessage(begin(meeting, true), payload, random);
  return { state: { handshake, retained, inBand }, message };
}

/** Reads message A. It may be a replay: nothing is committed before the initiator's next message decrypts. */
export function readReunion(meeting: Meeting, messageA: Uint8Array): { readonly state: ReunionR } {
  const { retained } = meeting.keys;
  const { state: handshake, payload } = readMessage(begin(meeting, false), messageA);
  if (handshake.re === null) throw new UsageError('KK without an ephemeral key');
  const { re } = handshake;
  const reader = skipCaps(new Reader(payload));
  const count = reader.u8();
  if (count > MAX_RETAINED) throw new WireError('too many retained secrets');
  const offered = Array.from({ length: count }, () => reader.take(RSID_BYTES));
  reader.end();
  const matched = retained.find((secret) => offered.some((id) => equalBytes(id, rsid(secret, re)))) ?? null;
  const match = matched ? 1 + offered.findIndex((id) => equalBytes(id, rsid(matched, re))) : 0;
  return { state: { handshake, matched, match, hadSecrets: retained.length > 0 } };
}

/** @param ice where this side can be reached; null in band, where it has been reached already. */
export function answerReunion(
  state: ReunionR,
  ice: IceBlock | null,
  random: Random
): { readonly established: Established; readonly message: Uint8Array } {
  const own = generateKeyPair(random);
  const payload = withCaps().u8(state.match).bytes(own.publicKey);
  if (ice) payload.bytes(encodeIce(ice));
  const { state: handshake, message } = writeMessage(state.handshake, payload.done(), random);
  const established = establish(handshake, { own, peer: null }, state.matched, state.hadSecrets);
  return { established, message };
}

/** @returns `ice` is null in band, and never otherwise. */
export function reunionReadB(
  state: ReunionA,
  message: Uint8Array
): { readonly established: Established; readonly ice: IceBlock | null } {
  const { state: handshake, payload } = readMessage(state.handshake, message);
  const reader = skipCaps(new Reader(payload));
  const match = reader.u8();
  if (match > state.retained.length) throw new WireError('a match of nothing');
  const peer = reader.take(KEY_BYTES);
  const ice = state.inBand ? null : decodeIce(reader.rest());
  reader.end();
  const matched = state.retained[match - 1] ?? null;
  const established = establish(handshake, { own: null, peer }, matched, state.retained.length > 0);
  return { established, ice };
}

function begin({ keys, place, inBand }: Meeting, initiator: boolean): HandshakeState {
  if (isInitiator(keys) !== initiator) throw new UsageError('the other role');
  return initialize({
    pattern: KK_PSK0_HFS,
    suite: SUITE,
    initiator,
    prologue: prologue(inBand ? 'KK in band' : 'KK', place),
    s: keys.own,
    rs: keys.peer,
    psks: [keys.psk]
  });
}

function establish(
  handshake: HandshakeState,
  ratchet: RatchetStart,
  matched: Uint8Array | null,
  hadSecrets: boolean
): Established {
  const { initiator } = handshake;
  const finished = split(handshake);
  const { keys } = deriveKeys(finished, initiator, matched ?? NO_RETAINED_SECRET);
  // (rs1, rs2) := (RS', the matched secret). "The old rs1" instead would lose the other side after two half commits.
  const retained = matched ? [keys.retained, matched] : [keys.retained];
  const continuity = matched !== null || !hadSecrets;
  return { initiator, transport: finished.transport, keys, ratchet, pairing: null, retained, continuity };
}

function rsid(secret: Uint8Array, ephemeral: Uint8Array): Uint8Array {
  return hmacSha256(secret, context('rsid'), Uint8Array.of(INITIATOR), ephemeral).slice(0, RSID_BYTES);
}
