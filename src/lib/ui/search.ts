/** Finding words again, and showing where they stand. Pure. */
import type { ConversationId, SearchHit } from '../engine/api.ts';
import { folded } from '../engine/fold.ts';
import { plain } from './marks.ts';

/** A piece of a message, with the words that were found in its middle. */
export interface Snippet {
  readonly before: string;
  readonly match: string;
  readonly after: string;
}

const lead = 32;
const tail = 120;

/** The first place where the query stands; a text that was found in some other way is shown from its beginning. */
export function snippet(text: string, query: string): Snippet {
  const line = plain(text).replace(/\s+/g, ' ').trim();
  const wanted = folded(query.trim());
  // One letter may fold to several, or to none: each folded one remembers where it comes from.
  let all = '';
  const from: number[] = [];
  let at = 0;
  for (const letter of line) {
    const bare = folded(letter);
    // Its length is of UTF-16 units, as indexOf counts.
    from.push(...Array.from({ length: bare.length }, () => at));
    all += bare;
    at += letter.length;
  }
  const found = wanted === '' ? -1 : all.indexOf(wanted);
  if (found < 0) return { before: '', match: '', after: line.slice(0, tail) };
  const start = from[found] ?? 0;
  const lastLetter = from[found + wanted.length - 1] ?? start;
  // Up to the next letter that is one: a match takes its accents with it.
  const end = from[found + wanted.length] ?? line.length;
  const stop = end > lastLetter ? end : line.length;
  return {
    before: shortened(line.slice(0, start)),
    match: line.slice(start, stop),
    after: line.slice(stop, stop + tail)
  };
}

/** What stands before may be long: it begins with a word of its own. */
function shortened(before: string): string {
  if (before.length <= lead) return before;
  const piece = before.slice(-lead);
  const word = piece.indexOf(' ') + 1;
  return `…${piece.slice(word === piece.length ? 0 : word)}`;
}

export function unburnt(hits: readonly SearchHit[], now: number): readonly SearchHit[] {
  return hits.filter(({ deadline }) => deadline === null || deadline > now);
}

export interface HitGroup {
  readonly conversation: ConversationId;
  readonly hits: readonly SearchHit[];
}

/** By conversation; the one with the newest hit first, as the hits come. */
export function grouped(hits: readonly SearchHit[]): readonly HitGroup[] {
  const groups = new Map<ConversationId, SearchHit[]>();
  for (const hit of hits) {
    const group = groups.get(hit.conversation);
    if (group === undefined) groups.set(hit.conversation, [hit]);
    else group.push(hit);
  }
  return [...groups].map(([conversation, found]) => ({ conversation, hits: found }));
}
