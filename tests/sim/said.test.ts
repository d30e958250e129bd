/** The judge of what is said about messages is judged: one thing wrong, and the same without it. */
import { expect, test } from 'vitest';
import type { Line, Said, Shown, Who } from './history.ts';
import { checkSaid } from './said.ts';

type Told = Line extends infer L ? (L extends Line ? Omit<L, 't'> : never) : never;

/** `a1` as one side has it at the end. */
function final(who: Who, said: Partial<Said> = {}, rows = 1, shown = true): Told {
  const full: Said = { text: 'a1', reactions: [null, null], quote: null, ...said };
  const items: Shown[] = shown ? [['a1', 'delivered', 0, who === 'a', full]] : [];
  const rest = { tab: 1, active: 1, phases: [], connection: 'connected', queued: 0, ttl: 0, opens: [] };
  return { who, op: 'final', items, rows, ...rest };
}

/** `b1`, which the other side has edited and does not have any more. */
function unedited(ttl: number): Told[] {
  const said: Said = { text: 'b1', reactions: [null, null], quote: null };
  const reader = { ...final('a'), items: [['b1', 'read', ttl, false, said]] } as Told;
  return [{ who: 'b', op: 'edited', id: 'b1', edit: 2 }, reader, final('b', {}, 0, false)];
}

const restore: Told = { who: 'b', op: 'restore', image: 1, peer: null };
const edited = (edit: number): Told => ({ who: 'a', op: 'edited', id: 'a1', edit });
const once: Told = { who: 'a', op: 'once', id: 'a9' };
const opened = (who: Who): Told => ({ who, op: 'opened', id: 'a9' });
const forgot: Told[] = [
  { who: 'a', op: 'forget' },
  { who: 'a', op: 'forgot' }
];
const empty = [final('a', {}, 0, false), final('b', {}, 1, false)];

function verdict(...lines: readonly Told[]): readonly string[] {
  return checkSaid(lines.map((line) => ({ t: 0, ...line })));
}

test.each<[string, readonly Told[]]>([
  ['both alike', [edited(2), final('a', { text: 'a1/2' }), final('b', { text: 'a1/2' })]],
  ['one has erased what was answered', [final('a', { quote: 'b1' }), final('b')]],
  ['one has erased the message', [final('a', { text: 'a1/2' }), final('b', {}, 0, false)]],
  ['what was edited was over at its writer before that was delivered', unedited(60)],
  ['a disk was lost', [restore, edited(2), final('a', { text: 'a1/2' }), final('b')]],
  ['opened once', [once, opened('b'), final('a'), final('b')]],
  ['forgotten, and nothing left', [...forgot, ...empty]]
])('%s', (_, lines) => {
  expect(verdict(...lines)).toEqual([]);
});

test.each<[string, readonly Told[]]>([
  ['diverged: a1/2 and a1', [edited(2), final('a', { text: 'a1/2' }), final('b')]],
  ['lost: an edit of a1', [edited(2), final('a', { text: 'a1/1' }), final('b', { text: 'a1/1' })]],
  ['lost: an edit of b1', unedited(0)],
  ['kept: a1 of b opens again', [final('a'), { ...final('b'), opens: ['a1'] } as Told]],
  ['diverged: reactions to a1', [final('a', { reactions: ['👍', null] }), final('b')]],
  ['diverged: a1 answers b1 and b2', [final('a', { quote: 'b1' }), final('b', { quote: 'b2' })]],
  ['shown: a shows a1', [once, final('a', { quote: 'a9' }), final('b')]],
  ['shown: b opens a9 twice', [once, opened('b'), opened('b'), final('a'), final('b')]],
  ['invented: a opens a9', [once, opened('a'), final('a'), final('b')]],
  ['invented: b opens a9', [opened('b'), final('a'), final('b')]],
  [
    'kept: b has 2 rows of what is forgotten',
    [...forgot, final('a', {}, 0, false), final('b', {}, 2, false)]
  ],
  ['kept: a has 1 rows of what is forgotten', [...forgot, final('a'), final('b', {}, 0, false)]]
])('%s', (fault, lines) => {
  expect(verdict(...lines)).toContain(fault);
});
