/**
 * What both sides of a first contact through an invitation share (protocol, section 5, XKpsk0+hfs); guest.ts and
 * host.ts are the two machines.
 */
import type { Random } from '../crypto/random.ts';
import { AuthError, WireError } from '../errors.ts';
import type { InvitationStatus } from '../protocol/first-contact.ts';
import type { Established } from '../protocol/schedule.ts';
import type { Rendezvous } from '../protocol/topics.ts';
import type { Dial, LinkEffect } from './dial.ts';

/** Message B comes within a round trip; a first message that was lost is written again soon. */
const ASK_MS = 3_000;
/** A half-open handshake lives this long (section 5)… */
export const HALF_OPEN_MS = 10_000;
/** …and no longer than this where that was too short: a channel takes some seven round trips to open. */
const SLOW_MS = 20_000;
/** The inviter who wants to be asked has so long to say yes; then it is a no. */
export const KNOCK_MS = 120_000;
/** Who waits for that knocks again and again, and has left when they have not for so long. */
export const KNOCK_AGAIN_MS = 20_000;
export const LEFT_MS = 60_000;

/** The contact that a finished first contact created. It is stored before any later effect is carried out. */
export interface Met {
  readonly kind: 'met';
  readonly established: Established;
  readonly peerName: string;
  readonly dial: Dial;
}

export type MeetingEffect =
  LinkEffect | Met | { readonly kind: 'refused'; readonly status: InvitationStatus | 'declined' };

export interface MeetingContext {
  /** Milliseconds that pass whatever the clock is set to. */
  readonly now: number;
  readonly random: Random;
  readonly rendezvous: Rendezvous;
  /** The own name, '' = none. */
  readonly name: string;
}

/** How long message B is waited for. Each attempt doubles it: where everything takes seconds the first come to nothing. */
export function askFor(attempts: number): number {
  return doubled(ASK_MS, attempts, HALF_OPEN_MS);
}

/** How long everything after that may take, likewise. */
export function halfOpenFor(attempts: number): number {
  return doubled(HALF_OPEN_MS, attempts, SLOW_MS);
}

function doubled(ms: number, attempts: number, most: number): number {
  return Math.min(most, ms * 2 ** Math.max(0, attempts - 1));
}

/** What the server brings and does not open changes nothing. */
export function quietly<T, E>(state: T, step: () => readonly [T, readonly E[]]): readonly [T, readonly E[]] {
  try {
    return step();
  } catch (error) {
    if (error instanceof WireError || error instanceof AuthError) return [state, []];
    throw error;
  }
}
