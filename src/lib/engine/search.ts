/**
 * Looking for words in everything that is kept. There is no index: it would have to die with each message. Rows are read
 * and opened a few at a time, and the page is let go on in between, so that no task is long, however long the history.
 */
import type { Clock } from '../clock.ts';
import { isAlive, refOf, textOf, type Row } from '../conversation/state.ts';
import type { ConversationId, MessageId, SearchHit, SearchOptions } from './api.ts';
import { folded } from './fold.ts';
import type { Vault } from './vault.ts';

const LIMIT = 200;
/** Rows of one read, and rows that are opened without looking at the clock. */
const PAGE = 400;
const CHUNK = 20;
/** A task is well below 50 ms if nobody works on for longer than this. */
const SLICE_MS = 12;

export interface SearchContext {
  readonly clock: Clock;
  readonly vault: Vault;
  /** The time that deadlines are measured in. */
  readonly now: () => number;
  /** Where to look, newest first. */
  readonly conversations: readonly ConversationId[];
}

export async function search(
  { clock, vault, now, conversations }: SearchContext,
  query: string,
  { limit = LIMIT, signal, listener }: SearchOptions
): Promise<readonly SearchHit[]> {
  const wanted = folded(query.trim());
  if (wanted === '' || limit < 1) return [];
  let hits: readonly SearchHit[] = [];
  let begun = clock.elapsed();
  for (const conversation of conversations) {
    let before: number | null = null;
    do {
      const { stored, next } = await vault.sealedPage(conversation, before, PAGE);
      before = next;
      for (let i = 0; i < stored.length; i += CHUNK) {
        signal?.throwIfAborted();
        const rows = vault.open(stored.slice(i, i + CHUNK));
        const found = rows.flatMap((row) => hitIn(row, conversation, wanted, now()) ?? []);
        if (found.length > 0) {
          hits = [...hits, ...found].sort((a, b) => b.at - a.at).slice(0, limit);
          listener?.(hits);
        }
        // Everything further up is older than what was found already.
        const oldest = hits.length < limit ? undefined : hits.at(-1);
        if (oldest && rows.some(({ at }) => at < oldest.at)) before = null;
        if (clock.elapsed() - begun >= SLICE_MS) {
          await pause(clock);
          begun = clock.elapsed();
        }
        if (before === null && oldest) break;
      }
    } while (before !== null);
  }
  signal?.throwIfAborted();
  return hits;
}

function hitIn(row: Row, conversation: ConversationId, wanted: string, now: number): SearchHit | null {
  const text = isAlive(row, now) && row.order !== null ? textOf(row) : null;
  if (text === null || isSealed(row) || !folded(text).includes(wanted)) return null;
  const { mine, at, deadline } = row;
  return { conversation, message: refOf(row) as MessageId, mine, at, text, deadline };
}

/** Whoever reads a timed message starts its timer: it is found once that has happened. */
function isSealed({ mine, ttl, seenAt }: Row): boolean {
  return !mine && ttl > 0 && seenAt === null;
}

function pause(clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    clock.after(0, resolve);
  });
}
