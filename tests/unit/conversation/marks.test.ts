/** What is said about messages: who may say it, what it changes, how much it may grow. */
import { describe, expect, test } from 'vitest';
import { apply, references } from '../../../src/lib/conversation/apply.ts';
import { expire, eraseForEveryone, openOnce, silenced } from '../../../src/lib/conversation/erase.ts';
import { forget, isOver } from '../../../src/lib/conversation/forget.ts';
import { append, markSeen } from '../../../src/lib/conversation/log.ts';
import { edit, react } from '../../../src/lib/conversation/marks.ts';
import { beginLog, restartLogs } from '../../../src/lib/conversation/own-logs.ts';
import {
  MAX_HISTORY_BYTES,
  MAX_VERSIONS,
  refOf,
  textOf,
  TOMBSTONE_MS,
  UNREAD_LIFE_MS,
  type Change,
  type Conversation,
  type Row
} from '../../../src/lib/conversation/state.ts';
import { decodeEntry, type Content } from '../../../src/lib/wire/content.ts';
import { conversation } from '../../support/conversation.ts';

const NOW = 1_800_000_000_000;
const text = (words: string): Content => ({ kind: 'text', text: words });

/** One side: its conversation and all of its rows. */
class Side {
  state: Conversation;
  readonly rows = new Map<string, Row>();
  #sent = 0;

  constructor(log: number) {
    this.state = conversation(log);
  }

  take({ conversation: next, put, remove, clear }: Change): void {
    if (clear) this.rows.clear();
    this.state = next;
    for (const row of put) this.rows.set(refOf(row), row);
    for (const row of remove) this.rows.delete(refOf(row));
  }

  write(content: Content, ttl = 0, now = NOW): Row {
    const { row, ...change } = append(this.state, content, ttl, now);
    this.take(change);
    return row;
  }

  /** The other side's entry arrives. */
  hear(bytes: Uint8Array, now = NOW): Change {
    const entry = decodeEntry(bytes);
    const rows = references(entry).flatMap(({ log, from, to }) =>
      [...this.rows.values()].filter((row) => row.log === log && row.seq >= from && row.seq <= to)
    );
    const change = apply(this.state, entry, bytes, rows, now);
    this.take(change);
    return change;
  }

  /** Everything that was written since goes to the other side. */
  deliver(other: Side, now = NOW): void {
    const log = [...this.rows.values()].filter(({ mine }) => mine).sort((a, b) => a.seq - b.seq);
    for (const row of log) if (row.seq > this.#sent) other.hear(row.bytes, now);
    this.#sent = this.state.own.seq;
  }

  row(ref: string): Row {
    const row = this.rows.get(ref);
    if (!row) throw new Error('no such row');
    return row;
  }
}

function pair(): [Side, Side] {
  return [new Side(1), new Side(2)];
}

/** A text that both have. */
function said(writer: Side, reader: Side, words: string, ttl = 0): string {
  const row = writer.write(text(words), ttl);
  writer.deliver(reader);
  return refOf(row);
}

function change(side: Side, made: Change | null): void {
  if (!made) throw new Error('nothing changed');
  side.take(made);
}

const place = (ref: string) => {
  const [log = '', seq = ''] = ref.split(':');
  return { log: Uint8Array.from(log.match(/../g) ?? [], (byte) => parseInt(byte, 16)), seq: Number(seq) };
};

describe('edits', () => {
  test('read alike on both sides, with what it read before', () => {
    const [alice, bob] = pair();
    const ref = said(alice, bob, 'one');
    for (const words of ['two', 'three']) change(alice, edit(alice.state, alice.row(ref), words, NOW + 1));
    alice.deliver(bob);
    for (const side of [alice, bob]) {
      expect(textOf(side.row(ref))).toBe('three');
      expect(side.row(ref).edits.map((version) => version.text)).toEqual(['two', 'three']);
      expect(side.state.last?.text).toBe('three');
    }
    expect(bob.state.unread).toBe(1);
  });

  test('to what it reads already are none', () => {
    const [alice] = pair();
    const row = alice.write(text('one'));
    expect(edit(alice.state, row, 'one', NOW)).toBeNull();
  });

  test('of the words of the other side are not made, and not heard', () => {
    const [alice, bob] = pair();
    const ref = said(alice, bob, 'mine');
    expect(() => edit(bob.state, bob.row(ref), 'yours', NOW)).toThrow();
    bob.write({ kind: 'edit', ...place(ref), text: 'yours' });
    bob.deliver(alice);
    expect(textOf(alice.row(ref))).toBe('mine');
  });

  test('are kept up to a number and a size, the first version and the newest always', () => {
    const [alice, bob] = pair();
    const ref = said(alice, bob, 'first');
    for (let i = 0; i < 60; i++)
      change(alice, edit(alice.state, alice.row(ref), `version ${i.toString()}`, NOW));
    alice.deliver(bob);
    for (const side of [alice, bob]) {
      const { content, edits } = side.row(ref);
      expect(content).toEqual(text('first'));
      expect(edits.length + 1).toBe(MAX_VERSIONS);
      expect(edits.at(-1)?.text).toBe('version 59');
    }
    for (let i = 0; i < 9; i++)
      change(alice, edit(alice.state, alice.row(ref), i.toString().repeat(8_000), NOW));
    const size = alice.row(ref).edits.reduce((sum, { text: words }) => sum + words.length, 0);
    expect(size).toBeLessThanOrEqual(MAX_HISTORY_BYTES);
    expect(textOf(alice.row(ref))).toBe('8'.repeat(8_000));
  });

  test('of what is over change nothing', () => {
    const [alice, bob] = pair();
    const ref = said(alice, bob, 'short', 60);
    change(bob, markSeen(bob.state, [bob.row(ref)], NOW, true));
    alice.write({ kind: 'edit', ...place(ref), text: 'late' });
    const before = bob.row(ref);
    alice.deliver(bob, NOW + 60_001);
    expect(bob.row(ref)).toBe(before);
  });
});

describe('reactions', () => {
  test('are one a person, on the texts of either side, and may be taken back', () => {
    const [alice, bob] = pair();
    const ref = said(alice, bob, 'so?');
    change(alice, react(alice.state, alice.row(ref), '😀', NOW));
    for (const emoji of ['👍', '❤️']) change(bob, react(bob.state, bob.row(ref), emoji, NOW));
    alice.deliver(bob);
    bob.deliver(alice);
    expect(alice.row(ref).reactions).toEqual({ mine: '😀', theirs: '❤️' });
    expect(bob.row(ref).reactions).toEqual({ mine: '❤️', theirs: '😀' });
    change(bob, react(bob.state, bob.row(ref), '', NOW));
    bob.deliver(alice);
    expect(alice.row(ref).reactions).toEqual({ mine: '😀', theirs: null });
    expect(react(bob.state, bob.row(ref), '', NOW)).toBeNull();
  });

  test('ten thousand of them write one row, and none once they change nothing', () => {
    const [alice, bob] = pair();
    const ref = said(alice, bob, 'flood');
    const rows = alice.rows.size;
    for (let i = 0; i < 10_000; i++) {
      const { bytes } = bob.write({ kind: 'reaction', ...place(ref), emoji: i % 2 === 0 ? '👍' : '👎' });
      alice.hear(bytes);
    }
    expect(alice.rows.size).toBe(rows);
    expect(alice.hear(bob.write({ kind: 'reaction', ...place(ref), emoji: '👎' }).bytes).put).toEqual([]);
  });
});

describe('references that lead nowhere', () => {
  const kinds: readonly ((at: { log: Uint8Array; seq: number }) => Content)[] = [
    (at) => ({ kind: 'edit', ...at, text: 'x' }),
    (at) => ({ kind: 'reaction', ...at, emoji: '👍' }),
    (at) => ({ kind: 'erase', ...at }),
    ({ log, seq }) => ({ kind: 'seen', log, ranges: [[seq, seq]] })
  ];

  test.each([
    [
      'a log that nobody has',
      (): { log: Uint8Array; seq: number } => ({ log: new Uint8Array(8).fill(9), seq: 1 })
    ],
    ['a place that is not written yet', (bob: Side) => ({ log: bob.state.own.id, seq: 2 ** 48 - 1 })],
    ['itself', (bob: Side) => ({ log: bob.state.own.id, seq: bob.state.own.seq + 1 })]
  ])('to %s change nothing', (_, where) => {
    for (const kind of kinds) {
      const [alice, bob] = pair();
      said(bob, alice, 'hello');
      const before = [...alice.rows.values()];
      const heard = alice.hear(bob.write(kind(where(bob))).bytes);
      expect([heard.put, heard.remove]).toEqual([[], []]);
      expect([...alice.rows.values()]).toEqual(before);
    }
  });

  test('to what is no text change nothing', () => {
    const [alice, bob] = pair();
    const timer = bob.write({ kind: 'timer' }, 60);
    const once = bob.write({ kind: 'once', text: 'psst' });
    bob.deliver(alice);
    for (const target of [timer, once]) {
      const at = place(refOf(target));
      for (const content of [
        { kind: 'edit', ...at, text: 'x' },
        { kind: 'reaction', ...at, emoji: '👍' }
      ] as const)
        expect(alice.hear(bob.write(content).bytes).put).toEqual([]);
    }
  });
});

describe('what dies takes along what was said about it', () => {
  function marked(ttl: number): [Side, string, Row[]] {
    const [alice, bob] = pair();
    const ref = said(alice, bob, 'original', ttl);
    change(alice, edit(alice.state, alice.row(ref), 'secret correction', NOW));
    change(alice, react(alice.state, alice.row(ref), '🤫', NOW));
    const entries = [...alice.rows.values()].filter(({ order }) => order === null);
    expect(entries).toHaveLength(2);
    return [alice, ref, entries];
  }

  test.each([
    ['its time', 60, (side: Side, ref: string) => expire(side.state, [side.row(ref)], NOW + UNREAD_LIFE_MS)],
    ['an erasure', 0, (side: Side, ref: string) => eraseForEveryone(side.state, side.row(ref), NOW)]
  ])('%s', (_, ttl, die) => {
    const [alice, ref, entries] = marked(ttl);
    alice.take(silenced(die(alice, ref), entries));
    const left = [...alice.rows.values()].flatMap((row) => [
      new TextDecoder().decode(row.bytes),
      JSON.stringify([row.content, row.edits, row.reactions])
    ]);
    for (const words of ['original', 'secret correction', '🤫'])
      expect(left.some((bytes) => bytes.includes(words))).toBe(false);
  });

  test('and the chain of what waits goes on', () => {
    const [alice, ref, entries] = marked(60);
    alice.write(text('after'));
    alice.take(silenced(expire(alice.state, [alice.row(ref)], NOW + UNREAD_LIFE_MS), entries));
    const [, reader] = pair();
    alice.deliver(reader);
    // Not delivered before: this reader gets the chain from its beginning.
    const [fresh] = pair();
    for (const row of [...alice.rows.values()].sort((a, b) => a.seq - b.seq)) fresh.hear(row.bytes);
    expect([...fresh.rows.values()].map(textOf)).toEqual(['after']);
  });
});

describe('view once', () => {
  test('is opened by its reader alone, and gone on both sides', () => {
    const [alice, bob] = pair();
    const ref = refOf(alice.write({ kind: 'once', text: 'psst' }, 0));
    alice.deliver(bob);
    expect(bob.state).toMatchObject({ unread: 1, last: { kind: 'once', text: null } });
    expect(openOnce(alice.state, alice.row(ref), NOW)).toBeNull();
    // On the screen, it is noticed, and its writer told nothing.
    const noticed = markSeen(bob.state, [bob.row(ref)], NOW, true);
    expect(noticed.put).toHaveLength(1);
    bob.take(noticed);
    expect(bob.state.unread).toBe(0);
    const opened = openOnce(bob.state, bob.row(ref), NOW + 5);
    expect(opened?.text).toBe('psst');
    change(bob, opened?.change ?? null);
    expect(openOnce(bob.state, bob.row(ref), NOW + 6)).toBeNull();
    bob.deliver(alice, NOW + 7);
    for (const side of [alice, bob]) {
      const row = side.row(ref);
      expect(row.content.kind).toBe('gone');
      expect(row.order).not.toBeNull();
      expect(new TextDecoder().decode(row.bytes)).not.toContain('psst');
    }
  });

  test('dies unread like a timed message', () => {
    const [alice, bob] = pair();
    const ref = refOf(alice.write({ kind: 'once', text: 'psst' }));
    alice.deliver(bob);
    for (const side of [alice, bob]) expect(side.row(ref).deadline).toBe(NOW + UNREAD_LIFE_MS);
    expect(openOnce(bob.state, bob.row(ref), NOW + UNREAD_LIFE_MS)).toBeNull();
  });
});

test('however much is seen at once, no entry names more than its reader opens at once', () => {
  const [alice, bob] = pair();
  const refs = Array.from({ length: 600 }, (_, i) => said(alice, bob, String(i)));
  // Whole, and with gaps, as it is where messages were deleted meanwhile.
  for (const seen of [refs.slice(0, 300), refs.slice(300).filter((_, i) => i % 2 === 0)]) {
    bob.take(
      markSeen(
        bob.state,
        seen.map((ref) => bob.row(ref)),
        NOW,
        true
      )
    );
    bob.deliver(alice);
    for (const ref of seen) expect(alice.row(ref).seenAt).toBe(NOW);
  }
  expect([...alice.rows.values()].filter(({ seenAt }) => seenAt !== null)).toHaveLength(450);
});

test('with receipts off only what has a timer is told', () => {
  const [alice, bob] = pair();
  const [plain, timed] = [said(alice, bob, 'plain'), said(alice, bob, 'timed', 60)];
  const { put } = markSeen(bob.state, [bob.row(plain), bob.row(timed)], NOW, false);
  const entries = put.filter(({ mine }) => mine).map(({ content }) => content);
  expect(entries).toEqual(
    [{ kind: 'seen', ...place(timed), ranges: [[2, 2]], seq: undefined }].map(({ kind, log, ranges }) => ({
      kind,
      log,
      ranges
    }))
  );
  expect(put.filter(({ mine }) => !mine).map(({ seenAt }) => seenAt)).toEqual([NOW, NOW]);
});

test('what moves to a new log still speaks of what moved with it', () => {
  const alice = new Side(1);
  const first = alice.write(text('first'));
  const answer = alice.write({ kind: 'text', text: 'answer', replyTo: place(refOf(first)) });
  change(alice, edit(alice.state, alice.row(refOf(first)), 'edited', NOW));
  change(alice, react(alice.state, alice.row(refOf(answer)), '👍', NOW));
  const id = new Uint8Array(8).fill(7);
  const waiting = [...alice.rows.values()].sort((a, b) => a.seq - b.seq);
  alice.take(restartLogs(alice.state, id, waiting, []));
  const bob = new Side(2);
  alice.deliver(bob);
  const [one, two] = [...bob.rows.values()];
  expect(one && textOf(one)).toBe('edited');
  expect(two?.content).toMatchObject({ replyTo: { log: id, seq: 1 } });
  expect(two?.reactions.theirs).toBe('👍');
});

describe('forgetting', () => {
  test('leaves nothing on either side but what tells the other, and then not even that', () => {
    const [alice, bob] = pair();
    said(alice, bob, 'ours');
    said(bob, alice, 'too');
    alice.state = { ...alice.state, title: 'Bob', draft: 'half' };
    alice.write(text('never delivered'));
    alice.take(forget(alice.state, new Uint8Array(8).fill(5), NOW));
    expect(alice.rows.size).toBe(1);
    expect(alice.state).toMatchObject({ title: null, draft: '', last: null, unread: 0, earlier: [] });
    expect(alice.state.forgotten).toEqual({ at: NOW, mine: true, answered: false });
    const [request] = [...alice.rows.values()];
    if (!request) throw new Error('nothing to say');
    bob.hear(request.bytes);
    bob.take(forget(bob.state, new Uint8Array(8).fill(6), NOW + 1));
    expect(bob.rows.size).toBe(1);
    expect(bob.state.forgotten).toEqual({ at: NOW, mine: false, answered: true });
    const [answer] = [...bob.rows.values()];
    alice.hear(answer?.bytes ?? new Uint8Array());
    expect(alice.state.forgotten).toEqual({ at: NOW, mine: true, answered: true });
    // Not before the own word is acknowledged; the side that was asked does not wait for ever for that.
    expect([isOver(alice.state, NOW), isOver(bob.state, NOW + TOMBSTONE_MS)]).toEqual([false, true]);
    expect(isOver({ ...alice.state, own: { ...alice.state.own, acked: 1 } }, NOW)).toBe(true);
  });

  test('nothing that comes after it is kept', () => {
    const [alice, bob] = pair();
    said(bob, alice, 'before');
    alice.take(forget(alice.state, new Uint8Array(8).fill(5), NOW));
    bob.state = beginLog(bob.state, new Uint8Array(8).fill(4));
    const row = bob.write(text('after'));
    const heard = alice.hear(row.bytes);
    expect([heard.put, heard.remove]).toEqual([[], []]);
    expect(alice.state.peers.get('04'.repeat(8))?.upto).toBe(1);
  });
});
