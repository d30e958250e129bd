import { describe, expect, test } from 'vitest';
import type { ConversationId } from '../../../src/lib/engine/api.ts';
import { announcements, calling, type Attended } from '../../../src/lib/ui/attention.ts';

const id = (name: string): ConversationId => name as ConversationId;
const one = (name: string, unread: number, more: Partial<Attended> = {}): Attended => ({
  id: id(name),
  title: name,
  unread,
  markedUnread: false,
  mutedUntil: null,
  ...more
});
const ids = (shown: readonly Attended[]): string[] => shown.map((conversation) => conversation.id);

describe('what calls', () => {
  test('is unread or marked so, and not muted now', () => {
    const all = [
      one('read', 0),
      one('unread', 2),
      one('marked', 0, { markedUnread: true }),
      one('muted for ever', 2, { mutedUntil: Infinity }),
      one('muted till later', 2, { mutedUntil: 1_001 }),
      one('muted till now', 2, { mutedUntil: 1_000 })
    ];
    expect(ids(calling(all, 1_000))).toEqual(['unread', 'marked', 'muted till now']);
  });
});

describe('what is told', () => {
  const told = (before: Attended[] | null, after: Attended[], looking: string) => {
    const { show, close } = announcements(before, after, looking as ConversationId, 0);
    return { show: ids(show), close: [...close] };
  };

  test('is what is new: not what was unread when the page opened, nor what only went down', () => {
    expect(told(null, [one('a', 3)], 'away').show).toEqual([]);
    expect(told([one('a', 3)], [one('a', 3)], 'away').show).toEqual([]);
    expect(told([one('a', 3)], [one('a', 2)], 'away')).toEqual({ show: [], close: [] });
    expect(told([one('a', 3)], [one('a', 4)], 'away').show).toEqual(['a']);
    expect(told([], [one('new', 1)], 'away').show).toEqual(['new']);
  });

  test('is nothing of a conversation before the own eyes, nor of any while the list is', () => {
    const [before, after] = [
      [one('a', 0), one('b', 0)],
      [one('a', 1), one('b', 1)]
    ];
    expect(told(before, after, 'away').show).toEqual(['a', 'b']);
    expect(told(before, after, 'a').show).toEqual(['b']);
    expect(told(before, after, 'list').show).toEqual([]);
    expect(told(before, after, 'elsewhere').show).toEqual(['a', 'b']);
  });

  test('is nothing of a muted conversation, and what was told goes when it is read, deleted, or over', () => {
    expect(told([one('a', 0)], [one('a', 1, { mutedUntil: Infinity })], 'away').show).toEqual([]);
    expect(told([one('a', 2)], [one('a', 0)], 'away').close).toEqual(['a']);
    expect(told([one('a', 2)], [], 'away').close).toEqual(['a']);
    expect(told([one('a', 2)], [one('a', 2, { mutedUntil: Infinity })], 'away').close).toEqual([]);
  });
});
