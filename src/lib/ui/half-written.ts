import type { ConversationId, ConversationSummary, MessageId, Snapshot } from '../engine/api.ts';

/** For one message only: its own timer in seconds, or to be viewed once; null: nothing of its own. */
export type Only = number | 'once' | null;

/**
 * What is being written in a conversation, until it is sent. It lives for as long as the page: the disk may be full, or
 * slow, and it has the words alone.
 */
export interface HalfWritten {
  text: string;
  only: Only;
  /** The conversation's timer that these words were begun under, seconds; null: there are no words. */
  begunUnder: number | null;
  /** No words of a message are kept here but the user's own: a message may vanish in the meantime. */
  answering: MessageId | null;
  /** An own message that is being written anew. */
  editing: { readonly id: MessageId; text: string } | null;
  /** These words have been seen on the disk: where it has others now, another tab has gone on. */
  kept: boolean;
  /** What the text begins with because it could not be sent. */
  refused: string;
}

/** What was taken out of it, to be sent. */
export type Taken = Pick<HalfWritten, 'text' | 'only' | 'begunUnder' | 'answering'>;

const lives = (only: Only, ttl: number): number =>
  only === 'once' ? 0 : (only ?? ttl) || Number.POSITIVE_INFINITY;

function shorter<T extends Only>(one: T, other: T, ttl: number): T {
  return lives(one, ttl) <= lives(other, ttl) ? one : other;
}

function begin(half: HalfWritten, text: string, ttl: number): void {
  const begunUnder = text.trim() === '' ? null : ttl;
  Object.assign(half, { text, only: null, begunUnder, answering: null, kept: true, refused: '' });
}

export function write(half: HalfWritten, text: string, ttl: number): void {
  half.text = text;
  half.kept = false;
  if (text.trim() === '') half.begunUnder = null;
  else half.begunUnder ??= ttl;
}

export function choose(half: HalfWritten, only: Only): void {
  half.only = only;
  half.kept = false;
}

/**
 * What the disk may have of it. It keeps no more than the words, and a page that finds them there would send them as
 * ordinary ones: those that were begun as vanishing are in no draft at all, and go with the page.
 */
export function draftOf({ text, only }: HalfWritten): string {
  return only === null || only === 0 ? text : '';
}

/** Leaves nothing of it but what is being written anew. */
export function take(half: HalfWritten): Taken {
  const { text, only, begunUnder, answering } = half;
  Object.assign(half, { text: '', only: null, begunUnder: null, answering: null, kept: false, refused: '' });
  return { text, only, begunUnder, answering };
}

/**
 * It was refused: nothing that was written is lost, not even what was written since. Together they live as long as what
 * was to live shorter.
 */
export function giveBack(half: HalfWritten, taken: Taken, ttl: number): void {
  const alone = half.text === '';
  half.only = alone && half.only === null ? taken.only : shorter(half.only, taken.only, ttl);
  half.begunUnder = alone ? taken.begunUnder : shorter(half.begunUnder, taken.begunUnder, ttl);
  // What was refused before was said before.
  const head = half.text.startsWith(half.refused) ? half.refused : '';
  const since = half.text.slice(head.length);
  half.refused = head === '' ? taken.text : `${head}\n${taken.text}`;
  half.text = half.refused + (since === '' || since.startsWith('\n') ? since : `\n${since}`);
  half.answering ??= taken.answering;
  half.kept = false;
}

type Kept = Pick<ConversationSummary, 'id' | 'draft' | 'ttl'>;

/** What is half-written, by conversation: no more than there are conversations. */
export class HalfWrittenWords {
  readonly #all = new Map<ConversationId, HalfWritten>();
  readonly #watched: (half: HalfWritten) => HalfWritten;

  /** @param watched makes it what a component follows */
  constructor(watched: (half: HalfWritten) => HalfWritten) {
    this.#watched = watched;
  }

  /** As it was left; or, where there is nothing or an older thing, as the disk has it. */
  of({ id, draft, ttl }: Kept): HalfWritten {
    const known = this.#all.get(id);
    if (known !== undefined) {
      if (known.kept && known.text !== draft) begin(known, draft, ttl);
      return known;
    }
    const half = this.#watched({
      text: '',
      only: null,
      begunUnder: null,
      answering: null,
      editing: null,
      kept: true,
      refused: ''
    });
    begin(half, draft, ttl);
    this.#all.set(id, half);
    return half;
  }

  /** With every snapshot. */
  follow({ phase, conversations }: Pick<Snapshot, 'phase' | 'conversations'>): void {
    if (phase !== 'active') return;
    const present = new Set(conversations.map(({ id }) => id));
    for (const id of this.#all.keys()) if (!present.has(id)) this.#all.delete(id);
    for (const kept of conversations) {
      const half = this.#all.get(kept.id);
      // The timer that a draft was begun under is the one that it is first seen with, opened or not.
      if (half === undefined) {
        if (kept.draft !== '') this.of(kept);
      } else if (draftOf(half) === kept.draft && half.text === kept.draft) half.kept = true;
    }
  }
}
