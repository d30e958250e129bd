/**
 * The cipher of one connection's data channel (protocol, section 8, without the ratchet).
 *
 *   frame = ChaCha20-Poly1305(k_dir, nonce = 0^4 ‖ u64 counter, ad "", body)
 *
 * The channel is ordered and reliable, so the counter is not sent: a frame that is lost, repeated, moved or changed
 * fails to open, and that ends the session. The counter is big-endian, as all our integers; inside Noise it is not.
 */
import { EMPTY } from '../bytes.ts';
import { UsageError, WireError } from '../errors.ts';
import { chachaOpen, chachaSeal, TAG_BYTES } from '../crypto/primitives.ts';
import { MAX_FRAME } from '../wire/frame.ts';
import type { SessionKeys } from './schedule.ts';

export interface Session {
  readonly sendKey: Uint8Array;
  readonly receiveKey: Uint8Array;
  readonly sent: number;
  readonly received: number;
}

export function openSession({ sendKey, receiveKey }: SessionKeys): Session {
  return { sendKey, receiveKey, sent: 0, received: 0 };
}

export function sealFrame(
  session: Session,
  body: Uint8Array
): { readonly session: Session; readonly frame: Uint8Array } {
  if (body.length + TAG_BYTES > MAX_FRAME) throw new UsageError('frame too long');
  const frame = chachaSeal(session.sendKey, nonce(session.sent), EMPTY, body);
  return { session: { ...session, sent: session.sent + 1 }, frame };
}

/** @throws AuthError for anything but the peer's next frame, WireError for one over the limit. */
export function openFrame(
  session: Session,
  frame: Uint8Array
): { readonly session: Session; readonly body: Uint8Array } {
  if (frame.length > MAX_FRAME) throw new WireError('frame too long');
  const body = chachaOpen(session.receiveKey, nonce(session.received), EMPTY, frame);
  return { session: { ...session, received: session.received + 1 }, body };
}

function nonce(counter: number): Uint8Array {
  if (!Number.isSafeInteger(counter)) throw new UsageError('counter');
  const out = new Uint8Array(12);
  new DataView(out.buffer).setBigUint64(4, BigInt(counter));
  return out;
}
