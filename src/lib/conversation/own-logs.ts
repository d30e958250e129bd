/**
 * When this side begins a log, and what becomes of those before (protocol, section 9). Pure.
 *
 * A disk that was restored from a copy does not know it. If it went on with its log, the lost disk may have used the same
 * numbers for other entries. So every page that writes begins a log of its own: two disks with a common past share logs
 * only as far as that past goes. Of a log that another page has written a peer may therefore have more than this disk
 * knows, but never anything else: what is in it here has arrived.
 */
import { hex } from '../bytes.ts';
import { UsageError } from '../errors.ts';
import { decodeEntry, type Content, type Place } from '../wire/content.ts';
import { append, NO_HASH } from './log.ts';
import { logsOf, refOf, refOfPlace, type Change, type Conversation, type OwnLog, type Row } from './state.ts';

/** What is written from now on goes into a new log; what waits in the one before goes first. */
export function beginLog(conversation: Conversation, id: Uint8Array): Conversation {
  const { own, earlier } = conversation;
  return {
    ...conversation,
    own: { id, seq: 0, head: NO_HASH, acked: 0 },
    earlier: own.seq > own.acked ? [...earlier, own] : earlier
  };
}

/**
 * The other side has everything of this log up to `upto`. `rows` are the own rows that this confirms; those that were
 * kept only for delivery go.
 */
export function acknowledged(
  conversation: Conversation,
  { id }: OwnLog,
  upto: number,
  rows: readonly Row[]
): Change {
  const name = hex(id);
  const logs = logsOf(conversation).map((log) => {
    if (hex(log.id) !== name) return log;
    if (upto > log.seq) throw new UsageError('acknowledged what was never written');
    return { ...log, acked: Math.max(log.acked, upto) };
  });
  const own = logs.pop() ?? conversation.own;
  return {
    conversation: { ...conversation, own, earlier: logs.filter(({ seq, acked }) => seq > acked) },
    put: [],
    remove: rows.filter((row) => row.order === null && row.log === name && row.seq <= upto)
  };
}

/**
 * Begins one new log for everything that waits, because the other side was restored from an older state: of the old
 * ones it misses entries that it had acknowledged. `waiting` are the entries that it does not have, in their order; they
 * move, and keep the time at which they were written; those that speak of others that move go on doing so. `erased` are the
 * rows that erase entries among them speak of.
 */
export function restartLogs(
  conversation: Conversation,
  id: Uint8Array,
  waiting: readonly Row[],
  erased: readonly Row[]
): Change {
  let next: Conversation = { ...conversation, own: { id, seq: 0, head: NO_HASH, acked: 0 }, earlier: [] };
  let { last } = conversation;
  const put: Row[] = [];
  const remove: Row[] = [];
  const moved = new Map<string, Place>();
  for (const old of waiting) {
    // It was destroyed before it was delivered; if the user sees its place, that stays.
    if (old.content.kind === 'gone') {
      if (old.order === null) remove.push(old);
      continue;
    }
    const { ts } = decodeEntry(old.bytes);
    const content = moving(old.content, moved);
    const { row, conversation: appended } = append(next, content, old.ttl, old.at, old.at, ts);
    next = { ...next, own: appended.own };
    const { log, seq, bytes } = row;
    put.push({ ...old, log, seq, content, bytes });
    remove.push(old);
    moved.set(refOf(old), { log: id, seq });
    if (last?.ref === refOf(old)) last = { ...last, ref: refOf(row) };
    for (const tombstone of erased)
      if (tombstone.erasedBy === refOf(old)) put.push({ ...tombstone, erasedBy: refOf(row) });
  }
  const names = [...moved].map(([from, to]) => [from, refOfPlace(to)] as const);
  return { conversation: { ...next, last }, put, remove, moved: names };
}

/** The same, about entries where they are now. */
function moving(content: Content, moved: ReadonlyMap<string, Place>): Content {
  switch (content.kind) {
    case 'text': {
      const replyTo = content.replyTo && moved.get(refOfPlace(content.replyTo));
      return replyTo ? { ...content, replyTo } : content;
    }
    case 'edit':
    case 'reaction':
      return { ...content, ...moved.get(refOfPlace(content)) };
    default:
      return content;
  }
}
