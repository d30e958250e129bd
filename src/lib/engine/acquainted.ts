/** Whether somebody who comes is one of those who are known already. */
import { equalBytes, hex } from '../bytes.ts';
import type { Met } from '../conversation/meeting.ts';
import type { Conversation } from '../conversation/state.ts';

interface Known {
  readonly state: Conversation;
}

/** The conversation that this invitation led to, by its public key. */
export function joinedBy<T extends Known>(known: Iterable<T>, publicKey: Uint8Array): T | undefined {
  const key = hex(publicKey);
  return [...known].find(({ state }) => state.invitation === key);
}

/** The guest never got this side's last word of the first contact, and came again with the same key. */
export function metBefore<T extends Known>(known: Iterable<T>, { established }: Met): T | undefined {
  const peer = established.pairing?.peer;
  return peer && [...known].find(({ state }) => equalBytes(state.contact.peer, peer));
}
