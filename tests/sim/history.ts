/**
 * What the checker knows: one JSON object a line. `t` is the time that really passed, in milliseconds; `who` the device,
 * `tab` the page on it. Messages are named by their text, `a1` is the first that `a` wrote; a line of the narrator about
 * the timer is `a#ttl` (no two timers have the same length; off is not told).
 */
export type Who = 'a' | 'b';

/** A message as a screen has it: name, delivery state, self-destruct timer in seconds, whether it is its own, and more. */
export type Shown = readonly [id: string, state: string, ttl: number, mine: boolean, said?: Said];

/** What is said about a text. An edited one reads `a1/7`: name and number of the edit. */
export interface Said {
  readonly text: string;
  /** What its writer and its reader have put to it. */
  readonly reactions: readonly [writer: string | null, reader: string | null];
  /** How what it answers reads; null: it answers nothing, or that is gone. */
  readonly quote: string | null;
}

export type Line = { readonly t: number } & (
  | { readonly op: 'start'; readonly seed: number }
  | ({ readonly who: Who } &
      /** The user wrote it; the app said that it is kept; the app refused. */
      (
        | { readonly op: 'try'; readonly id: string }
        | { readonly op: 'wrote'; readonly id: string }
        | { readonly op: 'refused'; readonly id: string; readonly why: string }
        /** The same of an erasure, for oneself or for both. */
        | { readonly op: 'erase'; readonly id: string; readonly both: boolean }
        | { readonly op: 'erased'; readonly id: string; readonly both: boolean }
        /** The writer edits a text; the app said that it is kept. */
        | { readonly op: 'edit' | 'edited'; readonly id: string; readonly edit: number }
        /** Something to be viewed once is written; somebody was given its words. */
        | { readonly op: 'once' | 'opened'; readonly id: string }
        /** Everything is to be forgotten on both sides; the app said that it will be. */
        | { readonly op: 'forget' | 'forgot' }
        /** These were on a screen that somebody looked at, each with its timer in seconds. */
        | { readonly op: 'saw'; readonly messages: readonly (readonly [id: string, ttl: number])[] }
        /** What the open conversation shows. */
        | { readonly op: 'look'; readonly tab: number; readonly items: readonly Shown[] }
        /** A page begins, is gone between two instructions, stands still, goes on. */
        | { readonly op: 'open' | 'kill' | 'freeze' | 'thaw' | 'steal'; readonly tab: number }
        /** A page takes the disk; a page's transaction is on it. */
        | { readonly op: 'claim' | 'commit'; readonly tab: number }
        /** The device's clock is set to this much beside the time that really passes. */
        | { readonly op: 'clock'; readonly offset: number }
        /** A copy of the disk is made; all pages go, and it is put back. `peer`: what the other side shows then. */
        | { readonly op: 'image'; readonly image: number; readonly items: readonly Shown[] }
        | { readonly op: 'restore'; readonly image: number; readonly peer: readonly Shown[] | null }
        /** The last look, with a history that was opened anew. */
        | {
            readonly op: 'final';
            readonly tab: number;
            readonly active: number;
            readonly phases: readonly string[];
            readonly connection: string;
            readonly items: readonly Shown[];
            readonly queued: number;
            /** Rows on the disk. */
            readonly rows: number;
            readonly ttl: number;
            /** What is not on the disk any more, and opens for who has kept all that ever was. */
            readonly opens: readonly string[];
          }
      ))
  /** From now on nothing is broken any more. */
  | { readonly op: 'calm' }
);
