/**
 * The two append-only logs of a conversation (protocol, sections 9 and 10): writing to the own one, applying the
 * other side's exactly once. Pure: rows that an operation concerns come in, rows to write come out.
 */
import { equalBytes, fromHex, hex } from '../bytes.ts';
import { sha256 } from '../crypto/primitives.ts';
import { UsageError, WireError } from '../errors.ts';
import {
  decodeEntry,
  encodeEntry,
  HASH_BYTES,
  MAX_RANGES,
  type Content,
  type Entry
} from '../wire/content.ts';
import { MAX_LOGS } from '../wire/control.ts';
import {
  deliveredIn,
  isAlive,
  refOf,
  TOMBSTONE_MS,
  UNREAD_LIFE_MS,
  type Change,
  type Conversation,
  type LogHead,
  type Row
} from './state.ts';

export const NO_HASH = new Uint8Array(HASH_BYTES);
/** Logs of the peer that are remembered; what is older is named in no SYNC (wire/control.ts). */
const MAX_PEER_LOGS = MAX_LOGS;
const MAX_TS = 2 ** 48 - 1;

export function entryHash(bytes: Uint8Array): Uint8Array {
  return sha256(bytes).slice(0, HASH_BYTES);
}

// --- Writing to the own log ---

/**
 * Appends an entry of this side. A row without a place in the timeline is never shown. An entry that moves keeps the
 * time `ts` at which it was written; a timer is always set later than the one before, whatever the clocks say.
 */
export function append(
  conversation: Conversation,
  content: Content,
  ttl: number,
  now: number,
  ts = content.kind === 'timer' ? Math.min(Math.max(now, conversation.timer.ts + 1), MAX_TS) : now
): Change & { row: Row } {
  const { own } = conversation;
  const entry: Entry = { log: own.id, seq: own.seq + 1, prev: own.head, ts, ttl, content };
  const bytes = encodeEntry(entry);
  const shown = content.kind === 'text' || content.kind === 'timer';
  const row: Row = {
    log: hex(own.id),
    seq: entry.seq,
    order: shown ? conversation.nextOrder : null,
    deadline: content.kind === 'text' && ttl > 0 ? now + UNREAD_LIFE_MS : null,
    mine: true,
    at: now,
    seenAt: null,
    erasedBy: null,
    ttl,
    content,
    bytes
  };
  const next: Conversation = {
    ...conversation,
    own: { ...own, seq: entry.seq, head: entryHash(bytes) },
    nextOrder: conversation.nextOrder + (shown ? 1 : 0),
    timer: content.kind === 'timer' ? { ttl, ts } : conversation.timer
  };
  return { conversation: shown ? withNewest(next, row) : next, put: [row], remove: [], row };
}

/** These rows of the peer were on a visible, focused screen: their timers start, and the writer is told. */
export function markSeen(conversation: Conversation, rows: readonly Row[], now: number): Change {
  const fresh = rows.filter(
    (row) => !row.mine && row.seenAt === null && row.content.kind === 'text' && isAlive(row, now)
  );
  let change: Change = {
    conversation: { ...conversation, unread: Math.max(0, conversation.unread - fresh.length) },
    put: fresh.map((row) => startTimer(row, now)),
    remove: []
  };
  for (const [log, seqs] of groupByLog(fresh)) {
    const ranges = toRanges(seqs);
    for (let i = 0; i < ranges.length; i += MAX_RANGES) {
      const content: Content = { kind: 'seen', log: fromHex(log), ranges: ranges.slice(i, i + MAX_RANGES) };
      const appended = append(change.conversation, content, 0, now);
      change = { ...appended, put: [...change.put, ...appended.put] };
    }
  }
  return change;
}

/** Erases an own message here at once, and tells the other side with the next connection. */
export function eraseForEveryone(conversation: Conversation, row: Row, now: number): Change {
  if (!row.mine || row.content.kind !== 'text') throw new UsageError('only an own message can be erased');
  const content: Content = { kind: 'erase', log: fromHex(row.log), seq: row.seq };
  const appended = append(conversation, content, 0, now);
  const tombstone = {
    ...gone(row),
    order: row.order,
    deadline: now + TOMBSTONE_MS,
    erasedBy: refOf(appended.row)
  };
  return {
    conversation: withoutLast(appended.conversation, row),
    put: [tombstone, ...appended.put],
    remove: []
  };
}

/** Takes a row out of this side's timeline. What was not delivered yet is still delivered. */
export function eraseForMe(conversation: Conversation, row: Row): Change {
  const next = withoutLast(conversation, row);
  const after = isUnread(row) ? { ...next, unread: Math.max(0, next.unread - 1) } : next;
  return isQueued(conversation, row)
    ? { conversation: after, put: [{ ...row, order: null }], remove: [] }
    : { conversation: after, put: [], remove: [row] };
}

/** Destroys rows whose deadline has passed. Of an undelivered one its place and hash stay, so that the chain goes on. */
export function expire(conversation: Conversation, rows: readonly Row[], now: number): Change {
  let next = conversation;
  const put: Row[] = [];
  const remove: Row[] = [];
  for (const row of rows) {
    if (isAlive(row, now)) continue;
    next = withoutLast(next, row);
    if (isUnread(row)) next = { ...next, unread: Math.max(0, next.unread - 1) };
    if (isQueued(conversation, row)) put.push({ ...gone(row), order: null, deadline: null });
    else remove.push(row);
  }
  return { conversation: next, put, remove };
}

// --- Applying the other side's log ---

/** The other side contradicts what it wrote before: a copy of it runs elsewhere, or it lies. */
export class ForkError extends WireError {}

/**
 * Where an arriving entry stands. @throws WireError when it is no entry, leaves a gap, or does not continue the
 * chain: the same place with other content is a fork.
 */
export function place(conversation: Conversation, bytes: Uint8Array): { entry: Entry; duplicate: boolean } {
  const entry = decodeEntry(bytes);
  const known = conversation.peers.get(hex(entry.log));
  const { upto, head } = known ?? { upto: 0, head: NO_HASH };
  if (entry.seq <= upto) {
    if (entry.seq === upto && !equalBytes(hashOf(entry, bytes), head)) throw new ForkError('fork');
    return { entry, duplicate: true };
  }
  if (entry.seq > upto + 1) throw new WireError('gap');
  if (!equalBytes(entry.prev, head)) throw new ForkError('fork');
  return { entry, duplicate: false };
}

/** The rows that an arriving entry speaks of; {@link apply} wants them. */
export function references(entry: Entry): readonly { log: string; from: number; to: number }[] {
  switch (entry.content.kind) {
    case 'seen': {
      const log = hex(entry.content.log);
      return entry.content.ranges.map(([from, to]) => ({ log, from, to }));
    }
    case 'erase':
      return [{ log: hex(entry.content.log), from: entry.content.seq, to: entry.content.seq }];
    default:
      return [];
  }
}

/** Applies the next entry of a peer's log, exactly once. `rows` are those that it {@link references}. */
export function apply(
  conversation: Conversation,
  entry: Entry,
  bytes: Uint8Array,
  rows: readonly Row[],
  now: number
): Change {
  const log = hex(entry.log);
  const placed: Conversation = {
    ...conversation,
    peers: withHead(conversation.peers, log, { upto: entry.seq, head: hashOf(entry, bytes) })
  };
  const nothing: Change = { conversation: placed, put: [], remove: [] };
  const { content } = entry;
  switch (content.kind) {
    case 'gone':
      return nothing;
    case 'text':
    case 'newer': {
      const written = Math.min(entry.ts, now);
      const deadline = entry.ttl > 0 ? written + UNREAD_LIFE_MS : null;
      const row = received(placed, entry, bytes, now, deadline);
      if (!isAlive(row, now)) return nothing;
      return {
        conversation: withNewest(shownNext(placed, content.kind === 'text' ? 1 : 0), row),
        put: [row],
        remove: []
      };
    }
    case 'timer': {
      const { ttl, ts } = entry;
      const wins = ts > placed.timer.ts || (ts === placed.timer.ts && ttl < placed.timer.ttl);
      const row = received(placed, entry, bytes, now, null);
      const next = withNewest(shownNext(placed, 0), row);
      return { conversation: wins ? { ...next, timer: { ttl, ts } } : next, put: [row], remove: [] };
    }
    case 'seen': {
      const fresh = rows.filter(
        (row) => row.mine && row.seenAt === null && row.content.kind === 'text' && isAlive(row, now)
      );
      return { conversation: placed, put: fresh.map((row) => startTimer(row, now)), remove: [] };
    }
    case 'erase': {
      // Only what the peer itself wrote: nobody erases another's words.
      const target = rows.find((row) => !row.mine && row.log === hex(content.log) && row.seq === content.seq);
      if (!target) return nothing;
      const next = withoutLast(placed, target);
      const unread = isUnread(target) ? Math.max(0, next.unread - 1) : next.unread;
      return { conversation: { ...next, unread }, put: [], remove: [target] };
    }
    case 'name':
      return { ...nothing, conversation: { ...placed, peerName: content.name === '' ? null : content.name } };
  }
}

/** The newest untimed text among rows, newest first: the list's last line after the old one went. */
export function restoreLast(conversation: Conversation, newestFirst: readonly Row[]): Conversation {
  const row = newestFirst.find((candidate) => candidate.content.kind === 'text' && candidate.ttl === 0);
  return row?.content.kind === 'text'
    ? { ...conversation, last: { ref: refOf(row), text: row.content.text } }
    : conversation;
}

/** A row by its content, from the wire form that storage keeps. */
export function rowFromBytes(stored: Omit<Row, 'content' | 'ttl' | 'log' | 'seq'>): Row {
  const entry = decodeEntry(stored.bytes);
  return { ...stored, log: hex(entry.log), seq: entry.seq, ttl: entry.ttl, content: entry.content };
}

// --- Pieces ---

function received(
  conversation: Conversation,
  entry: Entry,
  bytes: Uint8Array,
  now: number,
  deadline: number | null
): Row {
  return {
    log: hex(entry.log),
    seq: entry.seq,
    order: conversation.nextOrder,
    deadline,
    mine: false,
    at: now,
    seenAt: null,
    erasedBy: null,
    ttl: entry.ttl,
    content: entry.content,
    bytes
  };
}

function shownNext(conversation: Conversation, unread: number): Conversation {
  return { ...conversation, nextOrder: conversation.nextOrder + 1, unread: conversation.unread + unread };
}

function startTimer(row: Row, now: number): Row {
  return { ...row, seenAt: now, deadline: row.ttl > 0 ? now + row.ttl * 1_000 : row.deadline };
}

function isQueued(conversation: Conversation, row: Row): boolean {
  return row.mine && !deliveredIn(conversation)(row);
}

function isUnread(row: Row): boolean {
  return !row.mine && row.seenAt === null && row.content.kind === 'text';
}

/** The same place in the chain without its content. */
function gone(row: Row): Row {
  const entry = decodeEntry(row.bytes);
  const content: Content = { kind: 'gone', hash: hashOf(entry, row.bytes) };
  return { ...row, content, ttl: 0, bytes: encodeEntry({ ...entry, ttl: 0, content }) };
}

function hashOf(entry: Entry, bytes: Uint8Array): Uint8Array {
  return entry.content.kind === 'gone' ? entry.content.hash : entryHash(bytes);
}

function withHead(
  peers: ReadonlyMap<string, LogHead>,
  log: string,
  head: LogHead
): ReadonlyMap<string, LogHead> {
  const next = new Map(peers);
  // The one that was heard last is named last, and forgotten last.
  next.delete(log);
  next.set(log, head);
  for (const oldest of next.keys()) {
    if (next.size <= MAX_PEER_LOGS) break;
    next.delete(oldest);
  }
  return next;
}

function withNewest(conversation: Conversation, row: Row): Conversation {
  const next = { ...conversation, lastAt: row.at };
  return row.content.kind === 'text' && row.ttl === 0
    ? { ...next, last: { ref: refOf(row), text: row.content.text } }
    : next;
}

function withoutLast(conversation: Conversation, row: Row): Conversation {
  return conversation.last?.ref === refOf(row) ? { ...conversation, last: null } : conversation;
}

function groupByLog(rows: readonly Row[]): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (const row of rows) groups.set(row.log, [...(groups.get(row.log) ?? []), row.seq]);
  return groups;
}

/** Ascending numbers as inclusive ranges. */
export function toRanges(seqs: readonly number[]): [number, number][] {
  const ranges: [number, number][] = [];
  for (const seq of [...seqs].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last && seq <= last[1] + 1) last[1] = Math.max(last[1], seq);
    else ranges.push([seq, seq]);
  }
  return ranges;
}
