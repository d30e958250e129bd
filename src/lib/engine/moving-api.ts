/** What the user interface sees of moving to another device (backup/README.md, "Moving"). */
import type { Proof } from './lock-api.ts';
import type { ProblemCode } from './problem-code.ts';

/** Why nothing has moved. */
export type MoveProblem =
  | 'move-malformed'
  | 'move-newer'
  | 'move-used'
  | 'move-expired'
  | 'move-nobody'
  | 'move-lost'
  | 'move-stopped'
  | 'move-full'
  | 'move-failed'
  | 'move-not-empty'
  | ProblemCode;

/** What the old device does, step by step. */
export type Leaving =
  | { readonly kind: 'meeting' }
  /** `part`: how much is there, 0 to 1. */
  | { readonly kind: 'moving'; readonly part: number }
  /** It is the other device's from now on: this can no longer be stopped. What follows is a phase of the snapshot. */
  | { readonly kind: 'handing-over' }
  /** The proof was wrong. */
  | { readonly kind: 'wrong' }
  | { readonly kind: 'failed'; readonly problem: MoveProblem };

/** What the new one does. */
export type Arriving =
  /** Milliseconds since the Unix epoch. */
  | { readonly kind: 'code'; readonly code: string; readonly until: number }
  | { readonly kind: 'moving'; readonly part: number }
  /** All of it has come; this can no longer be stopped. */
  | { readonly kind: 'restoring' }
  | { readonly kind: 'arrived'; readonly conversations: number }
  | { readonly kind: 'failed'; readonly problem: MoveProblem };

export interface MovingBetween {
  /** Shows a code to the device that everything comes from. The handle stops it while it can be stopped. */
  moveHere(listener: (state: Arriving) => void): { close(): void };
  /** Gives everything to the device that shows this code. Nobody is spoken to from here meanwhile, nor afterwards. */
  moveAway(code: string, proof: Proof, listener: (state: Leaving) => void): { close(): void };
  /** Goes on here all the same, after everything was given away. */
  stayHere(): Promise<void>;
}
