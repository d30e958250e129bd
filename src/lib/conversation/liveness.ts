/**
 * Whether an open session still reaches the other side (protocol, section 8). A transport says late or never that it
 * has died; only what comes back shows that it lives. Whoever has a reason to wonder asks, and looks for another way
 * while the answer is out: the session is not given up for that, a word from it ends the doubt.
 *
 *   quiet --SYNC or an acknowledgement due for 1 s, the page woke, the transport stalls--> asked --1.2 s--> doubted
 *     ^                                                                           |                 |
 *     +------------------------------ any frame ----------------------------------+-----------------+
 *   60 s without a frame: dead
 */
import type { Random } from '../crypto/random.ts';

const KEEPALIVE_MS = 25_000;
const DEAD_MS = 60_000;
/** An entry is acknowledged within a round trip and a commit. */
const ANSWER_MS = 1_000;
/** A question is answered within a round trip. Together with this a new session is there within 3 s. */
const DOUBT_MS = 1_200;

export interface Liveness {
  /** The last frame came then; all times in milliseconds that no clock can set. */
  readonly heardAt: number;
  /**
   * Something is still to come (the other side's SYNC, an acknowledgement), and nothing has come since then; null:
   * nothing is waited for. A frame starts the wait anew and does not end it: it may have been on its way before.
   */
  readonly waitingSince: number | null;
  readonly askedAt: number | null;
  /** Nothing has come back in time. */
  readonly doubted: boolean;
  /** When the next keepalive is due. */
  readonly aliveAt: number;
}

export type Due = 'dead' | 'doubt' | 'question' | 'keepalive';

export function alive(now: number, random: Random): Liveness {
  return {
    heardAt: now,
    // The other side's SYNC.
    waitingSince: now,
    askedAt: null,
    doubted: false,
    aliveAt: nextKeepalive(now, random)
  };
}

export function heard(liveness: Liveness, now: number): Liveness {
  const waitingSince = liveness.waitingSince === null ? null : now;
  return { ...liveness, heardAt: now, waitingSince, askedAt: null, doubted: false };
}

/** Everything that was waited for has come. */
export function answered(liveness: Liveness): Liveness {
  return { ...liveness, waitingSince: null };
}

/** A message has gone out; `awaits`: it will be answered. */
export function sent(liveness: Liveness, awaits: boolean, now: number, random: Random): Liveness {
  const waitingSince = liveness.waitingSince ?? (awaits ? now : null);
  return { ...liveness, waitingSince, aliveAt: nextKeepalive(now, random) };
}

export function asked(liveness: Liveness, now: number): Liveness {
  return { ...liveness, askedAt: now };
}

export function doubted(liveness: Liveness): Liveness {
  return { ...liveness, doubted: true };
}

/** What has to be done next for it, and when. */
export function nextDue(liveness: Liveness): readonly [due: Due, at: number] {
  const { heardAt, waitingSince, askedAt, aliveAt } = liveness;
  const dues: [Due, number][] = [
    ['dead', heardAt + DEAD_MS],
    ['keepalive', aliveAt]
  ];
  if (askedAt === null) {
    if (waitingSince !== null) dues.push(['question', waitingSince + ANSWER_MS]);
  } else if (!liveness.doubted) dues.push(['doubt', askedAt + DOUBT_MS]);
  return dues.reduce((first, due) => (due[1] < first[1] ? due : first));
}

/** 25 s ± 20 %, so that keepalives form no fingerprint (section 8). */
function nextKeepalive(now: number, random: Random): number {
  return now + KEEPALIVE_MS * (0.8 + ((random(1)[0] ?? 0) / 255) * 0.4);
}
