import { describe, expect, test } from 'vitest';
import type { ConversationId, MessageId, SearchHit } from '../../../src/lib/engine/api.ts';
import { grouped, snippet, unburnt } from '../../../src/lib/ui/search.ts';

describe('a snippet', () => {
  test('marks what was found, as it was written', () => {
    expect(snippet('Meet Éloïse at noon', 'eloise')).toEqual({
      before: 'Meet ',
      match: 'Éloïse',
      after: ' at noon'
    });
  });

  test('takes accents along that are letters of their own', () => {
    const decomposed = 'cafe\u0301 noir';
    expect(snippet(decomposed, 'cafe').match).toBe('cafe\u0301');
    expect(snippet(decomposed, 'café n').match).toBe('cafe\u0301 n');
  });

  test('finds letters that fold to several, and those beyond the basic plane', () => {
    expect(snippet('the ﬁnal ﬁle', 'final')).toMatchObject({ before: 'the ', match: 'ﬁnal', after: ' ﬁle' });
    expect(snippet('🎭🎭 act two', 'ACT')).toMatchObject({ before: '🎭🎭 ', match: 'act' });
  });

  test('begins near the match, with a word of its own, and on one line', () => {
    const { before, match } = snippet(`${'many words stand here '.repeat(9)}\n\nthen this`, 'then');
    expect(match).toBe('then');
    expect(before).toMatch(/^…(?:words|stand|here|many) .*here $/);
    expect(before.length).toBeLessThanOrEqual(33);
  });

  test('has no marks, which nobody sees in the message either', () => {
    expect(snippet('*Nobody* will be _there_', 'there')).toEqual({
      before: 'Nobody will be ',
      match: 'there',
      after: ''
    });
  });

  test('is the beginning where nothing is found', () => {
    expect(snippet('nothing of it', 'else')).toEqual({ before: '', match: '', after: 'nothing of it' });
    expect(snippet('nothing of it', ' ')).toMatchObject({ match: '', after: 'nothing of it' });
  });
});

const hit = (conversation: string, at: number, deadline: number | null = null): SearchHit => ({
  conversation: conversation as ConversationId,
  message: `${conversation}${String(at)}` as MessageId,
  mine: true,
  at,
  text: '',
  deadline
});

test('hits come by conversation, the newest first', () => {
  const groups = grouped([hit('b', 9), hit('a', 8), hit('b', 7)]);
  expect(groups.map(({ conversation, hits }) => [conversation, hits.map(({ at }) => at)])).toEqual([
    ['b', [9, 7]],
    ['a', [8]]
  ]);
});

test('a hit goes with its message', () => {
  const hits = [hit('a', 1), hit('a', 2, 10), hit('a', 3, 11)];
  expect(unburnt(hits, 9)).toHaveLength(3);
  expect(unburnt(hits, 10).map(({ at }) => at)).toEqual([1, 3]);
});
