/** A handshake with a known contact that is under way: as far as it has come, and how long it may take. */
import { hex } from '../bytes.ts';
import type { ReunionA, ReunionR } from '../protocol/known-contact.ts';
import type { Rendezvous } from '../protocol/topics.ts';
import type { Dial, LinkEffect } from './dial.ts';

/** `until`: then it is given up. Each attempt takes longer than the one before (meeting.ts). */
export type Half = { readonly since: number; readonly until: number } & (
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
