/** The one line that a list shows of a conversation: its newest message, and no words of one that is to go again. */
import { refOf, textOf, type Conversation, type LastLine, type Row } from './state.ts';

/** Something new was said. */
export function withNewest(conversation: Conversation, row: Row): Conversation {
  return { ...conversation, lastAt: row.at, last: lineOf(row) ?? conversation.last };
}

export function withoutLast(conversation: Conversation, row: Row): Conversation {
  return isLast(conversation, row) ? { ...conversation, last: null } : conversation;
}

/** A text reads otherwise now. */
export function withEdited(conversation: Conversation, row: Row): Conversation {
  return isLast(conversation, row) ? { ...conversation, last: lineOf(row) } : conversation;
}

/** The newest of these rows, newest first: the last line after the old one went. */
export function restoreLast(conversation: Conversation, newestFirst: readonly Row[]): Conversation {
  for (const row of newestFirst) {
    const last = lineOf(row);
    if (last !== null) return { ...conversation, last };
  }
  return conversation;
}

/** null: it is no message, or none any more. */
export function lineOf(row: Row): LastLine | null {
  const ref = refOf(row);
  if (row.content.kind === 'once') return { ref, kind: 'once', text: null };
  const text = textOf(row);
  if (text === null) return null;
  return row.ttl > 0 ? { ref, kind: 'timed', text: null } : { ref, kind: 'text', text };
}

function isLast({ last }: Conversation, row: Row): boolean {
  return last?.ref === refOf(row);
}
