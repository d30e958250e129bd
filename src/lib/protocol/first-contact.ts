/**
 * The handshake behind an invitation link: Noise_XKpsk0+hfs (protocol, section 5). The joiner is the initiator, its
 * Noise static key is its key pair for this contact, and S_inv is the responder's.
 *
 *   A  -> psk, e, es, e1    caps u32 | commit 32
 *   B  <- e, ee, ekem1      status u8 | caps u32 | nR 16 | dr_pub 32
 *   C  -> s, se             nI 16 | name | ICE block
 *   D  <- (transport)       accepted u8 | when accepted: S_pair 32 | name | ICE block; when not: status u8
 *
 * Deviation from the design: message B begins with a status, so that a guest with a dead link hears so before a name
 * or an address of theirs is sent. Who holds the link can ask for its status; they could as well use it. The handshake
 * can go on all the same: a guest whose message D was lost is the one who used the link, and proves it with message C.
 */
import { equalBytes, fromUtf8, Reader, utf8, Writer } from '../bytes.ts';
import { AuthError, UsageError, WireError } from '../errors.ts';
import { generateKeyPair, KEY_BYTES, type KeyPair } from '../crypto/primitives.ts';
import type { Random } from '../crypto/random.ts';
import { decodeIce, encodeIce, type IceBlock } from '../wire/ice.ts';
import { prologue, skipCaps, SUITE, withCaps } from './handshake.ts';
import type { Invitation } from './invitation.ts';
import { initialize, readMessage, split, writeMessage, type HandshakeState, type Split } from './noise.ts';
import { XK_PSK0_HFS } from './patterns.ts';
import {
  deriveKeys,
  invitationPsk,
  NO_RETAINED_SECRET,
  sasCommitment,
  shortAuthenticationString,
  type Established,
  type RatchetStart
} from './schedule.ts';
import { openTransport, sealTransport, type Transport } from './transport.ts';

export const MAX_NAME_BYTES = 64;
const NONCE_BYTES = 16;
const COMMITMENT_BYTES = 32;

// The wire numbers are the positions.
const STATUSES = ['open', 'used', 'revoked', 'expired'] as const;
export type InvitationStatus = (typeof STATUSES)[number];

/** Who someone is and how to reach them. */
export interface Introduction {
  /** At most 64 bytes of UTF-8; may be empty. */
  readonly name: string;
  readonly ice: IceBlock;
}

/** Joiner, waiting for message B. */
export interface JoinA {
  readonly handshake: HandshakeState;
  readonly pair: KeyPair;
  readonly nI: Uint8Array;
}

/** Joiner, to write message C. */
export interface JoinB extends JoinA {
  readonly ratchet: RatchetStart;
  readonly sas: number;
}

/** Joiner, waiting for message D. */
export interface JoinC {
  readonly pair: KeyPair;
  readonly split: Split;
  readonly ratchet: RatchetStart;
  readonly sas: number;
}

/** Inviter, waiting for message C. */
export interface AnswerB {
  readonly handshake: HandshakeState;
  readonly commitment: Uint8Array;
  readonly nR: Uint8Array;
  readonly ratchet: RatchetStart;
}

/** Inviter, to accept or decline. */
export interface AnswerC {
  readonly split: Split;
  readonly peer: Uint8Array;
  readonly ratchet: RatchetStart;
  readonly sas: number;
}

export function startJoin(
  { invitation, topic, pair }: { invitation: Invitation; topic: Uint8Array; pair: KeyPair },
  random: Random
): { readonly state: JoinA; readonly message: Uint8Array } {
  const start = initialize({
    pattern: XK_PSK0_HFS,
    suite: SUITE,
    initiator: true,
    prologue: prologue('XK', topic),
    s: pair,
    rs: invitation.publicKey,
    psks: [invitationPsk(invitation.secret)]
  });
  const nI = random(NONCE_BYTES);
  const { state: handshake, message } = writeMessage(
    start,
    withCaps().bytes(sasCommitment(nI)).done(),
    random
  );
  return { state: { handshake, pair, nI }, message };
}

/** Message B for a joiner's message A. */
export function answerJoin(
  {
    keys,
    secret,
    topic,
    status
  }: { keys: KeyPair; secret: Uint8Array; topic: Uint8Array; status: InvitationStatus },
  messageA: Uint8Array,
  random: Random
): { readonly state: AnswerB; readonly message: Uint8Array } {
  const start = initialize({
    pattern: XK_PSK0_HFS,
    suite: SUITE,
    initiator: false,
    prologue: prologue('XK', topic),
    s: keys,
    rs: null,
    psks: [invitationPsk(secret)]
  });
  const a = readMessage(start, messageA);
  const reader = skipCaps(new Reader(a.payload));
  const commitment = reader.take(COMMITMENT_BYTES);
  reader.end();

  const nR = random(NONCE_BYTES);
  const own = generateKeyPair(random);
  const payload = new Writer()
    .u8(STATUSES.indexOf(status))
    .bytes(withCaps().bytes(nR).bytes(own.publicKey).done());
  const { state: handshake, message } = writeMessage(a.state, payload.done(), random);
  return { state: { handshake, commitment, nR, ratchet: { own, peer: null } }, message };
}

export function joinReadB(
  state: JoinA,
  message: Uint8Array
): { readonly status: InvitationStatus; readonly state: JoinB } {
  const { state: handshake, payload } = readMessage(state.handshake, message);
  const reader = new Reader(payload);
  const status = STATUSES[reader.u8()];
  if (status === undefined) throw new WireError('invitation status');
  skipCaps(reader);
  const nR = reader.take(NONCE_BYTES);
  const peer = reader.take(KEY_BYTES);
  reader.end();
  const sas = shortAuthenticationString(handshake.symmetric.h, state.nI, nR);
  return { status, state: { ...state, handshake, ratchet: { own: null, peer }, sas } };
}

export function joinWriteC(
  state: JoinB,
  introduction: Introduction,
  random: Random
): { readonly state: JoinC; readonly message: Uint8Array } {
  const payload = new Writer().bytes(state.nI).bytes(encodeIntroduction(introduction)).done();
  const { state: handshake, message } = writeMessage(state.handshake, payload, random);
  const { pair, ratchet, sas } = state;
  return { state: { pair, split: split(handshake), ratchet, sas }, message };
}

/** @throws AuthError also when nI is not the number that message A committed to. */
export function answerReadC(
  { handshake: before, commitment, nR, ratchet }: AnswerB,
  message: Uint8Array
): { readonly state: AnswerC } & Introduction {
  const { state: handshake, payload } = readMessage(before, message);
  const reader = new Reader(payload);
  const nI = reader.take(NONCE_BYTES);
  if (!equalBytes(sasCommitment(nI), commitment)) throw new AuthError();
  const introduction = readIntroduction(reader);
  if (handshake.rs === null) throw new UsageError('XK without a static key');
  const sas = shortAuthenticationString(before.symmetric.h, nI, nR);
  return { state: { split: split(handshake), peer: handshake.rs, ratchet, sas }, ...introduction };
}

/** Message D of a yes. `pair` is a fresh key pair for this contact: S_inv ends with the invitation. */
export function answerAccept(
  state: AnswerC,
  { pair, ...introduction }: { pair: KeyPair } & Introduction
): { readonly established: Established; readonly message: Uint8Array } {
  const data = new Writer().u8(1).bytes(pair.publicKey).bytes(encodeIntroduction(introduction)).done();
  const { transport, message } = sealTransport(state.split.transport, data);
  return { established: establish(state, false, transport, pair, state.peer), message };
}

/**
 * Message D of a no, and what became of the link since message B; `open`: the inviter does not want this guest.
 * Neither name, key nor address of the inviter is in it.
 */
export function answerDecline(state: AnswerC, status: InvitationStatus): { readonly message: Uint8Array } {
  const data = Uint8Array.of(0, STATUSES.indexOf(status));
  return { message: sealTransport(state.split.transport, data).message };
}

export function joinReadD(
  state: JoinC,
  message: Uint8Array
):
  | ({ readonly kind: 'accepted'; readonly established: Established } & Introduction)
  | { readonly kind: 'declined'; readonly status: InvitationStatus } {
  const { transport, data } = openTransport(state.split.transport, message);
  const reader = new Reader(data);
  const accepted = reader.u8();
  if (accepted === 0) {
    const status = STATUSES[reader.u8()];
    if (status === undefined) throw new WireError('status');
    reader.end();
    return { kind: 'declined', status };
  }
  if (accepted !== 1) throw new WireError('answer');
  const peer = reader.take(KEY_BYTES);
  // The order of the two keys gives the roles of every later handshake: equal ones would give none.
  if (equalBytes(peer, state.pair.publicKey)) throw new WireError('the pair key is ours');
  const introduction = readIntroduction(reader);
  return {
    kind: 'accepted',
    established: establish(state, true, transport, state.pair, peer),
    ...introduction
  };
}

function establish(
  { split, ratchet, sas }: JoinC | AnswerC,
  initiator: boolean,
  transport: Transport,
  own: KeyPair,
  peer: Uint8Array
): Established {
  const { keys, rdv, psk } = deriveKeys(split, initiator, NO_RETAINED_SECRET);
  const pairing = { rdv, psk, own, peer, sas };
  return { initiator, transport, keys, ratchet, pairing, retained: [keys.retained], continuity: true };
}

function encodeIntroduction({ name, ice }: Introduction): Uint8Array {
  const bytes = utf8(name);
  if (bytes.length > MAX_NAME_BYTES) throw new UsageError('name too long');
  return new Writer().short(bytes).bytes(encodeIce(ice)).done();
}

function readIntroduction(reader: Reader): Introduction {
  return { name: fromUtf8(reader.short(MAX_NAME_BYTES)), ice: decodeIce(reader.rest()) };
}
