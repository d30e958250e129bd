/**
 * Applying the other side's log, each entry exactly once (protocol, sections 9 and 10). What it says of rows that are not
 * there, not its to change, or over, changes nothing. Pure: rows that an entry speaks of come in, rows to write come out.
 */
import { equalBytes, hex } from '../bytes.ts';
import { WireError } from '../errors.ts';
import { decodeEntry, type Entry } from '../wire/content.ts';
import { MAX_LOGS } from '../wire/control.ts';
import { erasedByPeer, openedRow } from './erase.ts';
import { forgottenByPeer } from './forget.ts';
import { withNewest, withoutLast } from './last.ts';
import { hashOf, NO_HASH, startTimer } from './log.ts';
import { editedByPeer, reactedByPeer } from './marks.ts';
import {
  isAlive,
  isMessage,
  isMuted,
  NO_REACTIONS,
  refOf,
  refOfPlace,
  UNREAD_LIFE_MS,
  unlogged,
  type Change,
  type Conversation,
  type LogHead,
  type Row
} from './state.ts';

/** Logs of the peer that are remembered; what is older is named in no SYNC (wire/control.ts). */
const MAX_PEER_LOGS = MAX_LOGS;

/** The other side contradicts what it wrote before: a copy of it runs elsewhere, or it lies. */
export class ForkError extends WireError {}

export interface Placed {
  readonly entry: Entry;
  /** It is here already. */
  readonly duplicate: boolean;
  /** With it, this side has the log up to here. */
  readonly upto: number;
}

/**
 * Where an arriving entry stands. @throws WireError when it is no entry, leaves a gap, or does not continue the
 * chain: the same place with other content is a fork.
 */
export function place(conversation: Conversation, bytes: Uint8Array): Placed {
  const entry = decodeEntry(bytes);
  const known = conversation.peers.get(hex(entry.log));
  const { upto, head } = known ?? { upto: 0, head: NO_HASH };
  if (entry.seq <= upto) {
    if (entry.seq === upto && !equalBytes(hashOf(entry, bytes), head)) throw new ForkError('fork');
    return { entry, duplicate: true, upto };
  }
  if (entry.seq > upto + 1) throw new WireError('gap');
  if (!equalBytes(entry.prev, head)) throw new ForkError('fork');
  return { entry, duplicate: false, upto: entry.seq };
}

/** The rows that an arriving entry speaks of; {@link apply} wants them. */
export function references({ content }: Entry): readonly { log: string; from: number; to: number }[] {
  switch (content.kind) {
    case 'seen': {
      const log = hex(content.log);
      return content.ranges.map(([from, to]) => ({ log, from, to }));
    }
    case 'erase':
    case 'edit':
    case 'reaction':
      return [{ log: hex(content.log), from: content.seq, to: content.seq }];
    default:
      return [];
  }
}

/**
 * Applies the next entry of a peer's log, exactly once. `rows` are those that it {@link references}; `now` is the time of
 * deadlines, `at` what the clock says.
 */
export function apply(
  conversation: Conversation,
  entry: Entry,
  bytes: Uint8Array,
  rows: readonly Row[],
  now: number,
  at = now
): Change {
  const log = hex(entry.log);
  const placed: Conversation = {
    ...conversation,
    peers: withHead(conversation.peers, log, { upto: entry.seq, head: hashOf(entry, bytes) })
  };
  const nothing = unlogged(placed);
  const { content } = entry;
  if (content.kind === 'forget') return forgottenByPeer(placed, now);
  // Nothing is kept any more of somebody who is forgotten.
  if (placed.forgotten) return nothing;
  switch (content.kind) {
    case 'gone':
      return nothing;
    case 'text':
    case 'once':
    case 'newer':
      return arrived(placed, entry, bytes, now, at);
    case 'timer': {
      const { ttl, ts } = entry;
      const wins = ts > placed.timer.ts || (ts === placed.timer.ts && ttl < placed.timer.ttl);
      const row = received(placed, entry, bytes, at, null);
      const next = withNewest(shownNext(placed, 0), row);
      return { conversation: wins ? { ...next, timer: { ttl, ts } } : next, put: [row], remove: [] };
    }
    case 'seen': {
      const fresh = rows.filter(
        (row) => row.mine && row.seenAt === null && isMessage(row) && isAlive(row, now)
      );
      const put = fresh.map((row) =>
        row.content.kind === 'once' ? openedRow(row, now) : startTimer(row, now)
      );
      // What was opened is a message no more.
      const opened = fresh.filter((row) => row.content.kind === 'once');
      return { conversation: opened.reduce(withoutLast, placed), put, remove: [] };
    }
    case 'erase': {
      // Only what the peer itself wrote: nobody erases another's words.
      const target = rows.find((row) => !row.mine && refOf(row) === refOfPlace(content));
      return target ? erasedByPeer(placed, target) : nothing;
    }
    case 'edit': {
      const target = rows.find((row) => refOf(row) === refOfPlace(content));
      return editedByPeer(placed, target, content.text, now, at);
    }
    case 'reaction': {
      const target = rows.find((row) => refOf(row) === refOfPlace(content));
      return reactedByPeer(placed, target, content.emoji, now);
    }
    case 'name':
      return unlogged({ ...placed, peerName: content.name === '' ? null : content.name });
  }
}

/** Something that has a place in the timeline. A new message brings a conversation back that was put away. */
function arrived(placed: Conversation, entry: Entry, bytes: Uint8Array, now: number, at: number): Change {
  const mortal = entry.ttl > 0 || entry.content.kind === 'once';
  // Where it comes from it is alive: if it were over here, the clocks differ, and its time counts from now.
  const written = entry.ts + UNREAD_LIFE_MS > now ? Math.min(entry.ts, now) : now;
  const row = received(placed, entry, bytes, at, mortal ? written + UNREAD_LIFE_MS : null);
  const next = shownNext(placed, isMessage(row) ? 1 : 0);
  const archived = next.archived && (isMuted(next, now) || !isMessage(row));
  return { conversation: withNewest({ ...next, archived }, row), put: [row], remove: [] };
}

function received(
  conversation: Conversation,
  entry: Entry,
  bytes: Uint8Array,
  at: number,
  deadline: number | null
): Row {
  return {
    log: hex(entry.log),
    seq: entry.seq,
    order: conversation.nextOrder,
    deadline,
    mine: false,
    at,
    ts: entry.ts,
    seenAt: null,
    erasedBy: null,
    ttl: entry.ttl,
    content: entry.content,
    edits: [],
    reactions: NO_REACTIONS,
    bytes
  };
}

function shownNext(conversation: Conversation, unread: number): Conversation {
  return { ...conversation, nextOrder: conversation.nextOrder + 1, unread: conversation.unread + unread };
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
