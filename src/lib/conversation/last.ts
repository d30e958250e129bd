/** The one line that a list shows of a conversation: its newest text, timed ones never. */
import { refOf, textOf, type Conversation, type Row } from './state.ts';

/** Something new was said. */
export function withNewest(conversation: Conversation, row: Row): Conversation {
  const next = { ...conversation, lastAt: row.at };
  const text = lineOf(row);
  return text === null ? next : { ...next, last: { ref: refOf(row), text } };
}

export function withoutLast(conversation: Conversation, row: Row): Conversation {
  return conversation.last?.ref === refOf(row) ? { ...conversation, last: null } : conversation;
}

/** A text reads otherwise now. */
export function withEdited(conversation: Conversation, row: Row): Conversation {
  const text = lineOf(row);
  return text !== null && conversation.last?.ref === refOf(row)
    ? { ...conversation, last: { ref: refOf(row), text } }
    : conversation;
}

/** The newest of these rows, newest first: the last line after the old one went. */
export function restoreLast(conversation: Conversation, newestFirst: readonly Row[]): Conversation {
  for (const row of newestFirst) {
    const text = lineOf(row);
    if (text !== null) return { ...conversation, last: { ref: refOf(row), text } };
  }
  return conversation;
}

function lineOf(row: Row): string | null {
  return row.ttl === 0 ? textOf(row) : null;
}
