import { describe, expect, test } from 'vitest';
import type { MessageId, TextItem, TimelineItem } from '../../../src/lib/engine/api.ts';
import { alive, days, nextDeadline, unreadFrom } from '../../../src/lib/ui/grouping.ts';
import type { Row } from '../../../src/lib/ui/grouping.ts';

const noon = new Date(2026, 10, 22, 12).getTime();
const minute = 60_000;

function text(id: string, mine: boolean, at: number, deadline: number | null = null): TextItem {
  return {
    ...{ kind: 'text', id: id as MessageId, mine, at, text: id, state: 'read', ttl: 0, deadline },
    ...{ edited: [], quote: null, reactions: { mine: null, theirs: null }, forwarded: false },
    ...{ writtenAt: at, seenAt: null }
  };
}

function shape(rows: readonly Row[]): string[] {
  return rows.map((row) => {
    if (row.kind !== 'message') return row.kind;
    return `${row.first ? '[' : ''}${row.key}${row.last ? ']' : ''}`;
  });
}

describe('groups', () => {
  test('hold one author for less than five minutes', () => {
    const items = [
      text('a', true, noon),
      text('b', true, noon + 4 * minute),
      text('c', true, noon + 9 * minute),
      text('d', false, noon + 10 * minute)
    ];
    expect(days(items, null, 0).map(({ rows }) => shape(rows))).toEqual([['[a', 'b]', '[c]', '[d]']]);
  });

  test('end at midnight and at a line of the narrator', () => {
    const midnight = new Date(2026, 10, 23).getTime();
    const timer: TimelineItem = { kind: 'timer', id: 't' as MessageId, mine: true, at: midnight + 1, ttl: 5 };
    const items = [
      text('a', true, midnight - 1),
      text('b', true, midnight),
      timer,
      text('c', true, midnight + 2)
    ];
    expect(days(items, null, 0).map(({ rows }) => shape(rows))).toEqual([
      ['[a]'],
      ['[b]', 'narrator', '[c]']
    ]);
  });

  test('are parted by the unread line', () => {
    const items = [text('a', false, noon), text('b', false, noon + 1), text('c', false, noon + 2)];
    expect(unreadFrom(items, 'b' as MessageId)).toBe(2);
    expect(days(items, 'b' as MessageId, 2).map(({ rows }) => shape(rows))).toEqual([
      ['[a]', 'unread', '[b', 'c]']
    ]);
  });

  test('are the same rows as long as nothing of them has changed', () => {
    const [a, b, c] = [text('a', true, noon), text('b', true, noon + 1), text('c', true, noon + 2)];
    const before = days([a, b], null, 0)[0]?.rows;
    const after = days([a, b, c], null, 0)[0]?.rows;
    expect(after?.[0]).toBe(before?.[0]);
    expect(shape(after ?? [])).toEqual(['[a', 'b', 'c]']);
    const edited = { ...a, text: 'other words' };
    expect(days([edited, b, c], null, 0)[0]?.rows[0]).toMatchObject({ item: edited });
  });

  test('keep their day when older entries come before them', () => {
    const items = [text('a', true, noon)];
    const more = [text('z', true, noon - minute), ...items];
    expect(days(more, null, 0)[0]?.key).toBe(days(items, null, 0)[0]?.key);
  });

  test('of a day that a turned clock brought twice have two keys', () => {
    const items = [text('a', true, noon), text('b', true, noon + 1440 * minute), text('c', true, noon + 1)];
    const keys = days(items, null, 0).map(({ key }) => key);
    expect(new Set(keys).size).toBe(3);
  });
});

describe('deadlines', () => {
  test('take a message out at the moment itself', () => {
    const items = [text('a', true, noon, noon + 10), text('b', true, noon)];
    expect(alive(items, noon + 9)).toHaveLength(2);
    expect(alive(items, noon + 10).map(({ id }) => id)).toEqual(['b']);
  });

  test('are waited for in their order', () => {
    expect(nextDeadline([text('a', true, noon, noon + 20), text('b', true, noon, noon + 10)])).toBe(
      noon + 10
    );
    expect(nextDeadline([text('a', true, noon)])).toBeNull();
  });
});
