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
}

export function itemOf(row: Row, beside: Beside, quote: Quote | null): TimelineItem {
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
        quote,
        reactions: row.reactions,
        forwarded: content.forwarded ?? false,
        // Before it is seen a timed message shows no countdown: that deadline is only the one for unread ones.
        deadline: seenAt === null ? null : row.deadline,
        writtenAt: row.ts,
        seenAt: seenOf(row, beside)
      };
    case 'once':
      return { kind: 'once', id, mine, at, state };
    case 'timer':
      return { kind: 'timer', id, mine, at, ttl };
    case 'gone':
      if (row.erasedBy === null && seenAt !== null) return { kind: 'opened', id, mine, at, openedAt: seenAt };
      return { kind: 'erased', id, at, both: isErasedForBoth(row, beside) };
    default:
      return { kind: 'newer', id, mine, at };
  }
}

/** Whether an item that was made of this row shows what one that is made now would: nothing else of it can change. */
export function isStill(item: TimelineItem, row: Row, beside: Beside, quote: Quote | null): boolean {
  switch (item.kind) {
    case 'text':
      return (
        item.state === stateOf(row, beside) &&
        item.seenAt === seenOf(row, beside) &&
        isSameQuote(item.quote, quote)
      );
    case 'once':
      return item.state === stateOf(row, beside);
    case 'erased':
      return item.both === isErasedForBoth(row, beside);
    default:
      return true;
  }
}

function isSameQuote(a: Quote | null, b: Quote | null): boolean {
  return a?.text === b?.text && a?.deadline === b?.deadline && a?.mine === b?.mine;
}

/** Since when the other side has seen it, for who wants to hear of that. */
function seenOf({ mine, seenAt }: Row, { receipts }: Beside): number | null {
  return mine && !receipts ? null : seenAt;
}

function isErasedForBoth({ erasedBy }: Row, { isDelivered }: Beside): boolean {
  const by = erasedBy === null ? null : parseRef(erasedBy);
  return by !== null && isDelivered(by);
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
