/**
 * Writing to the own log (protocol, sections 9 and 10), and what a log is: a chain of hashes. Pure: what has to be written
 * comes out.
 */
import { fromHex, hex } from '../bytes.ts';
import { sha256 } from '../crypto/primitives.ts';
import {
  decodeEntry,
  encodeEntry,
  HASH_BYTES,
  MAX_RANGES,
  MAX_SEEN,
  type Content,
  type Entry
} from '../wire/content.ts';
import { withNewest } from './last.ts';
import {
  isAlive,
  isUnread,
  NO_REACTIONS,
  UNREAD_LIFE_MS,
  type Change,
  type Conversation,
  type Row
} from './state.ts';

export const NO_HASH = new Uint8Array(HASH_BYTES);
const MAX_TS = 2 ** 48 - 1;

export function entryHash(bytes: Uint8Array): Uint8Array {
  return sha256(bytes).slice(0, HASH_BYTES);
}

/** The hash of the entry that was written in this place, whether it is still there or not. */
export function hashOf(entry: Entry, bytes: Uint8Array): Uint8Array {
  return entry.content.kind === 'gone' ? entry.content.hash : entryHash(bytes);
}

/**
 * Appends an entry of this side. A row without a place in the timeline is never shown. `now` is the time of deadlines, `at`
 * what the clock says, which people see: the former may be ahead for ever (section 10). An entry that moves keeps the time
 * `ts` at which it was written; a timer is always set later than the one before, whatever the clocks say.
 */
export function append(
  conversation: Conversation,
  content: Content,
  ttl: number,
  now: number,
  at = now,
  ts = content.kind === 'timer' ? Math.min(Math.max(at, conversation.timer.ts + 1), MAX_TS) : at
): Change & { row: Row } {
  const { own } = conversation;
  const entry: Entry = { log: own.id, seq: own.seq + 1, prev: own.head, ts, ttl, content };
  const bytes = encodeEntry(entry);
  const { kind } = content;
  const shown = kind === 'text' || kind === 'once' || kind === 'timer';
  const mortal = kind === 'once' || (kind === 'text' && ttl > 0);
  const row: Row = {
    log: hex(own.id),
    seq: entry.seq,
    order: shown ? conversation.nextOrder : null,
    deadline: mortal ? now + UNREAD_LIFE_MS : null,
    mine: true,
    at,
    ts,
    seenAt: null,
    erasedBy: null,
    ttl,
    content,
    edits: [],
    reactions: NO_REACTIONS,
    bytes
  };
  const next: Conversation = {
    ...conversation,
    own: { ...own, seq: entry.seq, head: entryHash(bytes) },
    nextOrder: conversation.nextOrder + (shown ? 1 : 0),
    timer: kind === 'timer' ? { ttl, ts } : conversation.timer
  };
  return { conversation: shown ? withNewest(next, row) : next, put: [row], remove: [], row };
}

/**
 * These rows of the peer were on a visible, focused screen: their timers start, and the writer is told. With receipts off
 * the writer is told of timed ones alone. What is to be viewed once is noticed, and not opened.
 */
export function markSeen(
  conversation: Conversation,
  rows: readonly Row[],
  now: number,
  receipts: boolean
): Change {
  const fresh = rows.filter((row) => isUnread(row) && isAlive(row, now));
  const change: Change = {
    conversation: { ...conversation, unread: Math.max(0, conversation.unread - fresh.length) },
    put: fresh.map((row) => startTimer(row, now)),
    remove: []
  };
  return tellSeen(
    change,
    fresh.filter(({ content, ttl }) => content.kind === 'text' && (receipts || ttl > 0)),
    now
  );
}

/** `change`, and that the writer hears of these rows. */
export function tellSeen(before: Change, rows: readonly Row[], now: number): Change {
  let change = before;
  for (const [log, seqs] of groupByLog(rows)) {
    for (const ranges of seenRanges(seqs)) {
      const content: Content = { kind: 'seen', log: fromHex(log), ranges };
      const appended = append(change.conversation, content, 0, now);
      change = { ...appended, put: [...change.put, ...appended.put] };
    }
  }
  return change;
}

/** A row by its content, from the wire form that storage keeps. */
export function rowFromBytes(stored: Omit<Row, 'content' | 'ts' | 'ttl' | 'log' | 'seq'>): Row {
  const entry = decodeEntry(stored.bytes);
  const { ts, ttl, content } = entry;
  return { ...stored, log: hex(entry.log), seq: entry.seq, ts, ttl, content };
}

/** It was on its reader's screen: its timer starts. */
export function startTimer(row: Row, now: number): Row {
  return {
    ...row,
    seenAt: now,
    deadline: row.ttl > 0 && row.content.kind === 'text' ? now + row.ttl * 1_000 : row.deadline
  };
}

function groupByLog(rows: readonly Row[]): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (const row of rows) groups.set(row.log, [...(groups.get(row.log) ?? []), row.seq]);
  return groups;
}

/** As many ranges at a time as one entry has room for. */
function* seenRanges(seqs: readonly number[]): Generator<[number, number][]> {
  const sorted = [...seqs].sort((a, b) => a - b);
  for (let from = 0; from < sorted.length; from += MAX_SEEN) {
    const ranges = toRanges(sorted.slice(from, from + MAX_SEEN));
    for (let i = 0; i < ranges.length; i += MAX_RANGES) yield ranges.slice(i, i + MAX_RANGES);
  }
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
