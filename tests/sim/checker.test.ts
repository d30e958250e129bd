/** The judge is judged: histories made by hand, each with one thing wrong, and the same without it. */
import { describe, expect, test } from 'vitest';
import { check } from './checker.ts';
import type { Line, Shown, Who } from './history.ts';

type Told = Line extends infer L ? (L extends Line ? Omit<L, 't'> : never) : never;

const MINUTE = 60_000;

/** What a screen shows: `a1` delivered, `a1 read`, `a1 read 60` with a timer of 60 seconds. */
function items(who: Who, texts: readonly string[]): Shown[] {
  return texts.map((text) => {
    const [id = '', state = 'delivered', ttl = '0'] = text.split(' ');
    return [id, state, Number(ttl), id.startsWith(who)];
  });
}

const wrote = (who: Who, ...ids: readonly string[]): Told[] =>
  ids.flatMap((id): Told[] => [
    { who, op: 'try', id },
    { who, op: 'wrote', id }
  ]);
const look = (who: Who, ...texts: readonly string[]): Told => ({
  who,
  op: 'look',
  tab: 1,
  items: items(who, texts)
});
const final = (
  who: Who,
  texts: readonly string[],
  more: { queued?: number; ttl?: number; active?: number } = {}
): Told => ({
  who,
  op: 'final',
  tab: 1,
  active: 1,
  phases: [],
  connection: 'connected',
  queued: 0,
  rows: 0,
  ttl: 0,
  opens: [],
  ...more,
  items: items(who, texts)
});
const image = (who: Who, n: number, ...texts: readonly string[]): Told => ({
  who,
  op: 'image',
  image: n,
  items: items(who, texts)
});
const restore = (who: Who, n: number, peer: readonly string[] | null): Told => ({
  who,
  op: 'restore',
  image: n,
  peer: peer && items(who === 'a' ? 'b' : 'a', peer)
});

/** One line a second, `pause` lines aside. */
function verdict(...lines: readonly (Told | number)[]): readonly string[] {
  let t = 0;
  const out: string[] = [];
  for (const line of lines) {
    if (typeof line === 'number') t += line;
    else out.push(JSON.stringify({ t: (t += 1_000), ...line }));
  }
  return check(out);
}

describe('a history without fault', () => {
  test('two who write, one who erases, one who crashes', () => {
    expect(
      verdict(
        ...wrote('a', 'a1', 'a2'),
        ...wrote('b', 'b1'),
        look('b', 'a1', 'a2', 'b1'),
        { who: 'a', op: 'erase', id: 'a1', both: true },
        { who: 'a', op: 'erased', id: 'a1', both: true },
        { who: 'b', op: 'kill', tab: 1 },
        { who: 'b', op: 'try', id: 'b2' },
        final('a', ['a2', 'b1']),
        final('b', ['a2', 'b1'])
      )
    ).toEqual([]);
  });

  test('a restored disk has lost what had been delivered to it, and what was written on it', () => {
    expect(
      verdict(
        ...wrote('a', 'a1'),
        image('b', 1, 'a1'),
        ...wrote('a', 'a2'),
        ...wrote('b', 'b1'),
        restore('b', 1, ['a1', 'a2', 'b1']),
        ...wrote('a', 'a3'),
        final('a', ['a1', 'a2', 'b1', 'a3']),
        final('b', ['a1', 'a3'])
      )
    ).toEqual([]);
  });

  test('what came while a disk was copied comes back with it, erased on both sides or not', () => {
    expect(
      verdict(
        ...wrote('a', 'a1'),
        image('b', 1),
        look('b', 'a1'),
        { who: 'a', op: 'erase', id: 'a1', both: true },
        { who: 'a', op: 'erased', id: 'a1', both: true },
        look('b'),
        restore('b', 1, []),
        final('a', []),
        final('b', ['a1'])
      )
    ).toEqual([]);
  });

  test('a timed message is over', () => {
    expect(
      verdict(
        ...wrote('a', 'a#60', 'a1'),
        { who: 'b', op: 'saw', messages: [['a1', 60]] },
        look('b', 'a1 read 60'),
        MINUTE,
        final(
          'a',
          ['#60 timer'].map((text) => text)
        ),
        final('b', [])
      ).filter((fault) => !fault.includes('#60'))
    ).toEqual([]);
  });

  test('a timed message is over that came to a screen and went between two looks', () => {
    const seenWith = (ttl: number): readonly string[] =>
      verdict(
        ...wrote('a', 'a#60', 'a1'),
        { who: 'b', op: 'saw', messages: [['a1', ttl]] },
        MINUTE,
        final('a', ['#60 timer']),
        final('b', [])
      ).filter((fault) => !fault.includes('#60'));
    expect(seenWith(60)).toEqual([]);
    expect(seenWith(0)).toEqual(['lost: a1 at its writer', 'lost: a1 at its reader']);
  });
});

describe('what is wrong is found', () => {
  const both = (a: readonly string[], b: readonly string[]): Told[] => [final('a', a), final('b', b)];

  test.each<[string, readonly (Told | number)[]]>([
    ['lost: a1 at its reader', [...wrote('a', 'a1'), ...both(['a1'], [])]],
    ['lost: a1 at its writer', [...wrote('a', 'a1'), ...both([], ['a1'])]],
    ['doubled: b shows a1 twice', [...wrote('a', 'a1'), ...both(['a1'], ['a1', 'a1'])]],
    ['out of order: b shows a1 too late', [...wrote('a', 'a1', 'a2'), ...both(['a1', 'a2'], ['a2', 'a1'])]],
    ['invented: b shows a9', [...wrote('a', 'a1'), ...both(['a1'], ['a1', 'a9'])]],
    [
      'resurrected: b shows a1 again',
      [...wrote('a', 'a1'), look('b', 'a1'), look('b'), ...both(['a1'], ['a1'])]
    ],
    [
      'resurrected: a shows a1, which is erased',
      [...wrote('a', 'a1'), { who: 'a', op: 'erased', id: 'a1', both: false }, ...both(['a1'], ['a1'])]
    ],
    [
      'diverged: b shows a1, which a has erased',
      [
        ...wrote('a', 'a1'),
        { who: 'a', op: 'erase', id: 'a1', both: true },
        { who: 'a', op: 'erased', id: 'a1', both: true },
        ...both([], ['a1'])
      ]
    ],
    ['diverged: only b shows a1', [{ who: 'a', op: 'try', id: 'a1' }, ...both([], ['a1'])]],
    ['diverged: a shows a1 as queued', [...wrote('a', 'a1'), ...both(['a1 queued'], ['a1'])]],
    ['diverged: a still has 2 to deliver', [final('a', [], { queued: 2 }), final('b', [])]],
    ['diverged: timers of 0 and 60 seconds', [final('a', []), final('b', [], { ttl: 60 })]],
    ['diverged: 2 pages of a are active', [final('a', [], { active: 2 }), final('b', [])]],
    [
      'late: b shows a1 after its time',
      [...wrote('a', 'a1'), look('b', 'a1 read 60'), 2 * MINUTE, look('b', 'a1 read 60'), ...both([], [])]
    ],
    [
      'late: b shows a1 unread after 14 days',
      [...wrote('a', 'a1'), 15 * 1_440 * MINUTE, look('b', 'a1 delivered 60'), ...both([], [])]
    ],
    [
      'two writers: a tab 1 after tab 2',
      [
        { who: 'a', op: 'claim', tab: 1 },
        { who: 'a', op: 'commit', tab: 1 },
        { who: 'a', op: 'claim', tab: 2 },
        { who: 'a', op: 'commit', tab: 1 },
        ...both([], [])
      ]
    ],
    // A restored disk excuses nothing but itself.
    [
      'lost: a1 at its reader',
      [...wrote('a', 'a1'), image('b', 1, 'a1'), restore('b', 1, ['a1']), ...both(['a1'], [])]
    ],
    [
      'lost: a1 at its reader',
      [image('b', 1), ...wrote('a', 'a1'), restore('b', 1, ['a1 queued']), ...both(['a1'], [])]
    ],
    [
      'doubled: b shows a1 twice',
      [...wrote('a', 'a1'), image('a', 1, 'a1 queued'), restore('a', 1, null), ...both(['a1'], ['a1', 'a1'])]
    ],
    [
      'resurrected: b shows a1 again',
      [
        ...wrote('a', 'a1'),
        image('a', 1, 'a1 queued'),
        look('b', 'a1'),
        look('b'),
        restore('a', 1, []),
        ...both(['a1'], ['a1'])
      ]
    ],
    ['no end', [...wrote('a', 'a1')]]
  ])('%s', (fault, lines) => {
    expect(verdict(...lines)).toContain(fault);
  });
});
