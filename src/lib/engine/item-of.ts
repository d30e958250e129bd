/** A row as the user interface has it. */
import { parseRef, refOf, textOf, type Row, type Version } from '../conversation/state.ts';
import type { DeliveryState, MessageId, Quote, TimelineItem } from './api.ts';

/** What an item shows beside its row. */
export interface Beside {
  /** How far own entries have come. */
  readonly isDelivered: (entry: { readonly log: string; readonly seq: number }) => boolean;
  readonly isSent: (row: Row) => boolean;
  /** Whether the user hears what others have read. */
  readonly receipts: boolean;
  readonly quote: Quote | null;
}

export function itemOf(row: Row, beside: Beside): TimelineItem {
  const id = refOf(row) as MessageId;
  const { mine, at, ttl, seenAt, content } = row;
  const state = stateOf(row, beside);
  switch (content.kind) {
    case 'text':
      return {
        kind: 'text',
        ...{ id, mine, at, state, ttl },
        text: textOf(row) ?? content.text,
        edited: versionsOf(content.text, row),
        quote: beside.quote,
        reactions: row.reactions,
        forwarded: content.forwarded ?? false,
        // Before it is seen a timed message shows no countdown: that deadline is only the one for unread ones.
        deadline: seenAt === null ? null : row.deadline,
        writtenAt: row.ts,
        seenAt: mine && !beside.receipts ? null : seenAt
      };
    case 'once':
      return { kind: 'once', id, mine, at, state };
    case 'timer':
      return { kind: 'timer', id, mine, at, ttl };
    case 'gone': {
      const by = row.erasedBy === null ? null : parseRef(row.erasedBy);
      if (by === null && seenAt !== null) return { kind: 'opened', id, mine, at, openedAt: seenAt };
      return { kind: 'erased', id, at, both: by !== null && beside.isDelivered(by) };
    }
    default:
      return { kind: 'newer', id, mine, at };
  }
}

/** Whether the second item of one row shows what the first did: of one row nothing else can change. */
export function isSame(a: TimelineItem, b: TimelineItem): boolean {
  if (a.kind === 'text' && b.kind === 'text')
    return a.state === b.state && a.seenAt === b.seenAt && isSameQuote(a.quote, b.quote);
  if (a.kind === 'once' && b.kind === 'once') return a.state === b.state;
  return a.kind !== 'erased' || (b.kind === 'erased' && a.both === b.both);
}

function isSameQuote(a: Quote | null, b: Quote | null): boolean {
  return a?.text === b?.text && a?.deadline === b?.deadline && a?.mine === b?.mine;
}

/** Derived, never stored: what is acknowledged, what was sent in this session, what was seen. */
function stateOf(row: Row, { isDelivered, isSent, receipts }: Beside): DeliveryState {
  if (row.seenAt !== null && (receipts || !row.mine)) return 'read';
  if (!row.mine || row.seenAt !== null || isDelivered(row)) return 'delivered';
  return isSent(row) ? 'sent' : 'queued';
}

/** What it read like before: the entry itself, and each edit but the last. */
function versionsOf(text: string, { at, edits }: Row): readonly Version[] {
  return edits.length === 0 ? [] : [{ text, at }, ...edits.slice(0, -1)];
}
