/**
 * Noise transport messages: what follows a handshake over the signaling server (protocol, section 5). Order is
 * strict, and a message that fails to decrypt leaves the state as it was.
 */
import { EMPTY } from '../bytes.ts';
import { decryptWithAd, encryptWithAd, type Transport } from './cipher.ts';

export type { Transport } from './cipher.ts';

export function sealTransport(
  transport: Transport,
  data: Uint8Array
): { readonly transport: Transport; readonly message: Uint8Array } {
  const { cipher, text } = encryptWithAd(transport.send, EMPTY, data);
  return { transport: { ...transport, send: cipher }, message: text };
}

/** @throws AuthError for anything but the peer's next message. */
export function openTransport(
  transport: Transport,
  message: Uint8Array
): { readonly transport: Transport; readonly data: Uint8Array } {
  const { cipher, text } = decryptWithAd(transport.receive, EMPTY, message);
  return { transport: { ...transport, receive: cipher }, data: text };
}
