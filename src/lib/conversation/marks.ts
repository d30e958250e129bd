/**
 * What is said about a text that is there: what it reads like from now on, and what people put to it (protocol, section 9).
 * It is kept in the text's row and dies with it. Pure.
 */
import { fromHex, utf8 } from '../bytes.ts';
import { UsageError } from '../errors.ts';
import { withEdited } from './last.ts';
import { append } from './log.ts';
import {
  isAlive,
  MAX_HISTORY_BYTES,
  MAX_VERSIONS,
  textOf,
  type Change,
  type Conversation,
  type Row,
  type Version
} from './state.ts';

/** The writer edits an own text. null: it reads so already. */
export function edit(
  conversation: Conversation,
  row: Row,
  text: string,
  now: number,
  at = now
): Change | null {
  if (!row.mine || textOf(row) === null) throw new UsageError('only an own text can be edited');
  if (textOf(row) === text) return null;
  const { log, seq } = row;
  const appended = append(conversation, { kind: 'edit', log: fromHex(log), seq, text }, 0, now, at);
  const edited = withVersion(row, { text, at });
  return {
    conversation: withEdited(appended.conversation, edited),
    put: [edited, ...appended.put],
    remove: []
  };
}

/** This side's user puts something to a text, or takes it back (''). null: it is so already. */
export function react(conversation: Conversation, row: Row, emoji: string, now: number): Change | null {
  if (textOf(row) === null) throw new UsageError('only a text has reactions');
  const mine = emoji === '' ? null : emoji;
  if (row.reactions.mine === mine) return null;
  const { log, seq } = row;
  const appended = append(conversation, { kind: 'reaction', log: fromHex(log), seq, emoji }, 0, now);
  const reacted = { ...row, reactions: { ...row.reactions, mine } };
  return { conversation: appended.conversation, put: [reacted, ...appended.put], remove: [] };
}

/** The other side edited a text: only what it wrote itself, and what is still there. */
export function editedByPeer(
  conversation: Conversation,
  row: Row | undefined,
  text: string,
  now: number,
  at = now
): Change {
  if (!row || row.mine || !isAlive(row, now) || textOf(row) === null || textOf(row) === text)
    return { conversation, put: [], remove: [] };
  const edited = withVersion(row, { text, at });
  return { conversation: withEdited(conversation, edited), put: [edited], remove: [] };
}

/** The other side put something to a text of either side. */
export function reactedByPeer(
  conversation: Conversation,
  row: Row | undefined,
  emoji: string,
  now: number
): Change {
  const theirs = emoji === '' ? null : emoji;
  if (!row || !isAlive(row, now) || textOf(row) === null || row.reactions.theirs === theirs)
    return { conversation, put: [], remove: [] };
  return { conversation, put: [{ ...row, reactions: { ...row.reactions, theirs } }], remove: [] };
}

/** The first version is the entry itself; of those after it the oldest go where there are too many. */
function withVersion(row: Row, version: Version): Row {
  const edits = [...row.edits, version];
  let size = edits.reduce((sum, { text }) => sum + utf8(text).length, 0);
  while (edits.length > 1 && (edits.length >= MAX_VERSIONS || size > MAX_HISTORY_BYTES)) {
    size -= utf8(edits.shift()?.text ?? '').length;
  }
  return { ...row, edits };
}
