/** A handshake with a known contact that is under way: as far as it has come, and how long it may take. */
import { hex } from '../bytes.ts';
import type { ReunionA, ReunionR } from '../protocol/known-contact.ts';
import type { Rendezvous } from '../protocol/topics.ts';
import type { Dial, LinkEffect } from './dial.ts';
import { HALF_OPEN_MS } from './meeting.ts';

/** Message B comes within a round trip; a first message that was lost is written again soon. */
const ASK_MS = 3_000;

export type Half = { readonly since: number } & (
  | {
      readonly step: 'asked';
      readonly hsid: Uint8Array;
      readonly rendezvous: Rendezvous;
      readonly state: ReunionA;
    }
  | {
      readonly step: 'describing';
      readonly hsid: Uint8Array;
      readonly rendezvous: Rendezvous;
      readonly state: ReunionR;
    }
  | { readonly step: 'dialing'; readonly dial: Dial }
);

export function hsidOf(half: Half): Uint8Array {
  return half.step === 'dialing' ? half.dial.hsid : half.hsid;
}

/** The peer connection that belongs to it, if it has one already. */
export function peerOf(half: Half | null): string | undefined {
  return half && half.step !== 'asked' ? hex(hsidOf(half)) : undefined;
}

/** What has to be done when it is given up. */
export function drop(half: Half | null): LinkEffect[] {
  const id = peerOf(half);
  return id === undefined ? [] : [{ kind: 'close-peer', id }];
}

export function expiryOf(half: Half): number {
  return half.since + (half.step === 'asked' ? ASK_MS : HALF_OPEN_MS);
}
