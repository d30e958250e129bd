/**
 * The session of one data channel (protocol, section 8): every body through the ratchet where it is a message, padded,
 * and through the channel's own cipher.
 *
 *   frame = ChaCha20-Poly1305(k_dir, nonce = 0^4 ‖ u64 counter, ad "", padded body)
 *   AD of a message = SHA-256("AP1/ad" ‖ h ‖ fpI ‖ fpR) ‖ header
 *
 * The channel is ordered and reliable, so the counter is not sent: a frame that is lost, repeated, moved or changed
 * fails to open, and that ends the session. The counter is big-endian, as all our integers; inside Noise it is not.
 */
import { EMPTY } from '../bytes.ts';
import { context } from '../crypto/kdf.ts';
import { chachaOpen, chachaSeal, sha256, TAG_BYTES } from '../crypto/primitives.ts';
import type { Random } from '../crypto/random.ts';
import { UsageError, WireError } from '../errors.ts';
import { decodeBody, encodeBody, MAX_FRAME, PAD_CLASSES, type ChannelBody } from '../wire/frame.ts';
import {
  ratchetDecrypt,
  ratchetEncrypt,
  ratchetInitInitiator,
  ratchetInitResponder,
  type Ratchet
} from './ratchet.ts';
import type { Established } from './schedule.ts';

/** The certificates that the channel really uses (SHA-256), by the handshake's roles. */
export interface Certificates {
  readonly initiator: Uint8Array;
  readonly responder: Uint8Array;
}

export interface Session {
  readonly sendKey: Uint8Array;
  readonly receiveKey: Uint8Array;
  readonly sent: number;
  readonly received: number;
  readonly ratchet: Ratchet;
  readonly ad: Uint8Array;
  /** Messages and bytes of both directions: what a re-handshake is counted in. */
  readonly messages: number;
  readonly bytes: number;
}

/** What a frame carries, as its sender meant it. */
export type Content =
  | {
      readonly kind: 'bind';
      readonly version: number;
      readonly local: Uint8Array;
      readonly remote: Uint8Array;
      readonly data: Uint8Array | null;
    }
  | { readonly kind: 'message'; readonly data: Uint8Array }
  | Extract<ChannelBody, { readonly kind: 'rehandshake' | 'close' }>;

/** Type, header and tag of a message, and the length of its body, are in the largest class as well. */
export const MAX_MESSAGE_BYTES = PAD_CLASSES[5] - 2 - 1 - 40 - TAG_BYTES;

/**
 * Opens the session of a finished handshake. The root key is the ratchet's from here on: `established` comes back
 * without it, because a copy would open the first chain's messages again (R14).
 */
export function openSession(
  established: Established,
  certificates: Certificates,
  random: Random
): {
  readonly session: Session;
  readonly established: Established;
  readonly consumed: readonly Uint8Array[];
} {
  const { keys, ratchet: start } = established;
  const { rootKey } = keys;
  const ratchet =
    start.peer === null
      ? ratchetInitResponder(rootKey, ownKey(start))
      : ratchetInitInitiator(rootKey, start.peer, random);
  const { initiator, responder } = certificates;
  const session: Session = {
    sendKey: keys.sendKey,
    receiveKey: keys.receiveKey,
    sent: 0,
    received: 0,
    ratchet,
    ad: sha256(context('ad'), keys.handshakeHash, initiator, responder),
    messages: 0,
    bytes: 0
  };
  const spent = { ...established, keys: { ...keys, rootKey: EMPTY }, ratchet: { own: null, peer: null } };
  // A responder's ratchet holds the root key itself, and consumes it with its first step.
  return { session, established: spent, consumed: start.peer === null ? [] : [rootKey] };
}

/** Whether the ratchet can send: a responder's can when it has heard the initiator's first message. */
export function canSend(session: Session): boolean {
  return session.ratchet.cks !== null;
}

export function sealFrame(
  session: Session,
  content: Content
): { readonly session: Session; readonly frame: Uint8Array; readonly consumed: readonly Uint8Array[] } {
  const { ratchet, body, consumed } = toBody(session, content);
  const frame = chachaSeal(session.sendKey, nonce(session.sent), EMPTY, encodeBody(body));
  const messages = session.messages + (body.kind === 'message' ? 1 : 0);
  const bytes = session.bytes + frame.length;
  return { session: { ...session, ratchet, sent: session.sent + 1, messages, bytes }, frame, consumed };
}

/** @throws AuthError for anything but the peer's next frame, WireError for one that is none. */
export function openFrame(
  session: Session,
  frame: Uint8Array,
  random: Random
): { readonly session: Session; readonly content: Content; readonly consumed: readonly Uint8Array[] } {
  if (frame.length > MAX_FRAME) throw new WireError('frame too long');
  const body = decodeBody(chachaOpen(session.receiveKey, nonce(session.received), EMPTY, frame));
  const next = { ...session, received: session.received + 1, bytes: session.bytes + frame.length };
  switch (body.kind) {
    case 'rehandshake':
    case 'close':
      return { session: next, content: body, consumed: [] };
    case 'bind': {
      const { kind, version, local, remote, message } = body;
      const bind = { kind, version, local, remote };
      if (message === null) return { session: next, content: { ...bind, data: null }, consumed: [] };
      const { state, plaintext, consumed } = ratchetDecrypt(session.ratchet, session.ad, message, random);
      return { session: { ...next, ratchet: state }, content: { ...bind, data: plaintext }, consumed };
    }
    case 'message': {
      const { state, plaintext, consumed } = ratchetDecrypt(
        session.ratchet,
        session.ad,
        body.message,
        random
      );
      const counted = { ...next, ratchet: state, messages: next.messages + 1 };
      return { session: counted, content: { kind: 'message', data: plaintext }, consumed };
    }
  }
}

function toBody(
  { ratchet, ad }: Session,
  content: Content
): { readonly ratchet: Ratchet; readonly body: ChannelBody; readonly consumed: readonly Uint8Array[] } {
  switch (content.kind) {
    case 'rehandshake':
    case 'close':
      return { ratchet, body: content, consumed: [] };
    case 'bind': {
      const { kind, version, local, remote, data } = content;
      const bind = { kind, version, local, remote };
      if (data === null) return { ratchet, body: { ...bind, message: null }, consumed: [] };
      const { state, message, consumed } = ratchetEncrypt(ratchet, ad, data);
      return { ratchet: state, body: { ...bind, message }, consumed };
    }
    case 'message': {
      const { state, message, consumed } = ratchetEncrypt(ratchet, ad, content.data);
      return { ratchet: state, body: { kind: 'message', message }, consumed };
    }
  }
}

function ownKey({ own }: Established['ratchet']) {
  if (own === null) throw new UsageError('a responder has a ratchet key');
  return own;
}

function nonce(counter: number): Uint8Array {
  if (!Number.isSafeInteger(counter)) throw new UsageError('counter');
  const out = new Uint8Array(12);
  new DataView(out.buffer, out.byteOffset).setBigUint64(4, BigInt(counter));
  return out;
}
