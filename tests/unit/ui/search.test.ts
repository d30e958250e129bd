import { describe, expect, test } from 'vitest';
import type { ConversationId, MessageId, SearchHit } from '../../../src/lib/engine/api.ts';
import { grouped, snippet } from '../../../src/lib/ui/search.ts';

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

  test('is the beginning where nothing is found', () => {
    expect(snippet('nothing of it', 'else')).toEqual({ before: '', match: '', after: 'nothing of it' });
    expect(snippet('nothing of it', ' ')).toMatchObject({ match: '', after: 'nothing of it' });
  });
});

test('hits come by conversation, the newest first', () => {
  const hit = (conversation: string, at: number): SearchHit => ({
    conversation: conversation as ConversationId,
    message: `${conversation}${String(at)}` as MessageId,
    mine: true,
    at,
    text: ''
  });
  const groups = grouped([hit('b', 9), hit('a', 8), hit('b', 7)]);
  expect(groups.map(({ conversation, hits }) => [conversation, hits.map(({ at }) => at)])).toEqual([
    ['b', [9, 7]],
    ['a', [8]]
  ]);
});
