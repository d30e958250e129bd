import type { MessageId, OnceItem, TextItem, TimelineItem } from '../engine/api.ts';
import { dayNumber } from './time.ts';

/** What is in a bubble; everything else is the narrator's. */
export type MessageItem = TextItem | OnceItem;
export type NarratorItem = Exclude<TimelineItem, MessageItem>;

/** What the message log paints of one day, top to bottom. */
export type Row =
  | { readonly kind: 'unread'; readonly key: string; readonly count: number }
  | MessageRow
  | { readonly kind: 'narrator'; readonly key: string; readonly item: NarratorItem };

interface MessageRow {
  readonly kind: 'message';
  readonly key: string;
  readonly item: MessageItem;
  /** The first of a run by one author, and the last: the last one has the tail. */
  readonly first: boolean;
  readonly last: boolean;
}

export interface Day {
  readonly key: string;
  readonly at: number;
  readonly rows: readonly Row[];
}

const groupGap = 5 * 60_000;

/** What has not changed stays the same object: of hundreds of rows a picture looks only into those that are another. */
const made = new WeakMap<MessageItem, MessageRow>();

function rowOf(item: MessageItem, first: boolean, last: boolean): MessageRow {
  const known = made.get(item);
  if (known?.first === first && known.last === last) return known;
  const row: MessageRow = { kind: 'message', key: item.id, item, first, last };
  made.set(item, row);
  return row;
}

function inBubble(item: TimelineItem | undefined): item is MessageItem {
  return item?.kind === 'text' || item?.kind === 'once';
}

function together(a: TimelineItem | undefined, b: TimelineItem | undefined): boolean {
  if (!inBubble(a) || !inBubble(b)) return false;
  return a.mine === b.mine && b.at - a.at < groupGap && dayNumber(a.at) === dayNumber(b.at);
}

/** The items that may still be painted: a deadline counts even if no new snapshot came (protocol, section 10). */
export function alive(items: readonly TimelineItem[], now: number): readonly TimelineItem[] {
  return items.filter((item) => item.kind !== 'text' || item.deadline === null || item.deadline > now);
}

/** The next moment at which something has to go, or null. */
export function nextDeadline(items: readonly TimelineItem[]): number | null {
  let next: number | null = null;
  for (const item of items) {
    if (item.kind !== 'text' || item.deadline === null) continue;
    if (next === null || item.deadline < next) next = item.deadline;
  }
  return next;
}

export function unreadFrom(items: readonly TimelineItem[], firstUnread: MessageId | null): number {
  const start = items.findIndex((item) => item.id === firstUnread);
  if (start < 0) return 0;
  return items.slice(start).filter((item) => inBubble(item) && !item.mine).length;
}

/** Days, the unread line, and messages grouped by author within five minutes. */
export function days(
  items: readonly TimelineItem[],
  firstUnread: MessageId | null,
  unreadCount: number
): readonly Day[] {
  const result: Day[] = [];
  let today: Row[] = [];
  let number: number | null = null;
  items.forEach((item, index) => {
    if (dayNumber(item.at) !== number) {
      number = dayNumber(item.at);
      today = [];
      // A clock that was set back brings a day again; otherwise its key stays when older entries come before it.
      const again = result.filter(({ at }) => dayNumber(at) === number).length;
      result.push({ key: `${String(number)}.${String(again)}`, at: item.at, rows: today });
    }
    const unreadHere = item.id === firstUnread && unreadCount > 0;
    if (unreadHere) today.push({ kind: 'unread', key: 'unread', count: unreadCount });
    if (!inBubble(item)) {
      today.push({ kind: 'narrator', key: item.id, item });
      return;
    }
    const next = items[index + 1];
    const first = unreadHere || !together(items[index - 1], item);
    const last = (firstUnread !== null && next?.id === firstUnread) || !together(item, next);
    today.push(rowOf(item, first, last));
  });
  return result;
}
