/**
 * What dies (protocol, section 10): erased for oneself, for both, by the clock, or by being viewed once. Pure: rows that an
 * operation concerns come in, rows to write come out.
 */
import { fromHex } from '../bytes.ts';
import { UsageError } from '../errors.ts';
import { decodeEntry, encodeEntry, type Content } from '../wire/content.ts';
import { withoutLast } from './last.ts';
import { append, hashOf, tellSeen } from './log.ts';
import {
  deliveredIn,
  isAlive,
  isMessage,
  isUnread,
  NO_REACTIONS,
  refOf,
  refOfPlace,
  TOMBSTONE_MS,
  type Change,
  type Conversation,
  type Row
} from './state.ts';

/** Erases an own message here at once, and tells the other side with the next connection. */
export function eraseForEveryone(conversation: Conversation, row: Row, now: number): Change {
  if (!row.mine || !isMessage(row)) throw new UsageError('only an own message can be erased');
  const content: Content = { kind: 'erase', log: fromHex(row.log), seq: row.seq };
  const appended = append(conversation, content, 0, now);
  const tombstone = { ...tombstoneOf(row, now), erasedBy: refOf(appended.row) };
  return {
    conversation: withoutLast(appended.conversation, row),
    put: [tombstone, ...appended.put],
    remove: [],
    died: [refOf(row)]
  };
}

/** The other side erased one of its own messages for both. */
export function erasedByPeer(conversation: Conversation, row: Row): Change {
  return {
    conversation: read(withoutLast(conversation, row), row),
    put: [],
    remove: [row],
    died: [refOf(row)]
  };
}

/** Takes a row out of this side's timeline. What was not delivered yet is still delivered. */
export function eraseForMe(conversation: Conversation, row: Row): Change {
  const after = read(withoutLast(conversation, row), row);
  if (isQueued(conversation, row)) return { conversation: after, put: [{ ...row, order: null }], remove: [] };
  // What was said about it since outlives no deadline, and is still delivered where there is none.
  return { conversation: after, put: [], remove: [row], died: row.deadline === null ? [] : [refOf(row)] };
}

/** Destroys rows whose deadline has passed. Of an undelivered one its place and hash stay, so that the chain goes on. */
export function expire(conversation: Conversation, rows: readonly Row[], now: number): Change {
  let next = conversation;
  const put: Row[] = [];
  const remove: Row[] = [];
  const died = rows.filter((row) => !isAlive(row, now));
  for (const row of died) {
    next = read(withoutLast(next, row), row);
    if (isQueued(conversation, row)) put.push(gone(row));
    else remove.push(row);
  }
  return { conversation: next, put, remove, died: died.map(refOf) };
}

/**
 * The reader opens what is to be viewed once: it is destroyed, and its writer told, by what comes out here; its words are
 * the caller's to show once that is written. null: there is nothing to open.
 */
export function openOnce(
  conversation: Conversation,
  row: Row,
  now: number
): { readonly change: Change; readonly text: string } | null {
  const { content } = row;
  if (row.mine || content.kind !== 'once' || !isAlive(row, now)) return null;
  const after = read(withoutLast(conversation, row), row);
  const opened: Change = { conversation: after, put: [openedRow(row, now)], remove: [] };
  return { change: tellSeen(opened, [row], now), text: content.text };
}

/** What is left of a message that was viewed once, on either side: the line that it was. */
export function openedRow(row: Row, now: number): Row {
  return { ...tombstoneOf(row, now), seenAt: now };
}

/** The message of an own entry that speaks of one: an edit, a reaction. null: it is no such entry, and holds no words. */
function spokenOf({ content }: Row): string | null {
  return content.kind === 'edit' || content.kind === 'reaction' ? refOfPlace(content) : null;
}

/** `change` without the words of those own entries, still to be delivered, that speak of what died in it. */
export function silenced(change: Change, entries: readonly Row[]): Change {
  const died = new Set(change.died);
  const settled = new Set([...change.put, ...change.remove].map(refOf));
  const rows = [...change.put, ...entries.filter((row) => !settled.has(refOf(row)))];
  const silence = (row: Row): Row => (died.has(spokenOf(row) ?? '') ? gone(row) : row);
  const silent = rows.map(silence).filter((row, i) => i < change.put.length || row !== rows[i]);
  return { ...change, put: silent };
}

/** The same place in the chain without its content, in no timeline. */
export function gone(row: Row): Row {
  const entry = decodeEntry(row.bytes);
  const content: Content = { kind: 'gone', hash: hashOf(entry, row.bytes) };
  const bytes = encodeEntry({ ...entry, ttl: 0, content });
  return { ...row, order: null, deadline: null, content, ttl: 0, edits: [], reactions: NO_REACTIONS, bytes };
}

/** The same where it was, for as long as the narrator remembers. */
function tombstoneOf(row: Row, now: number): Row {
  return { ...gone(row), order: row.order, deadline: now + TOMBSTONE_MS };
}

function isQueued(conversation: Conversation, row: Row): boolean {
  return row.mine && !deliveredIn(conversation)(row);
}

/** Unread no more, if it was. */
function read(conversation: Conversation, row: Row): Conversation {
  return isUnread(row) ? { ...conversation, unread: Math.max(0, conversation.unread - 1) } : conversation;
}
