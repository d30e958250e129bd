import { describe, expect, test } from 'vitest';
import type { ConversationId, ConversationSummary, MessageId } from '../../../src/lib/engine/api.ts';
import {
  choose,
  draftOf,
  giveBack,
  HalfWrittenWords,
  take,
  write,
  type HalfWritten
} from '../../../src/lib/ui/half-written.ts';

const id = 'c' as ConversationId;
const message = 'm' as MessageId;

function summary(draft = '', ttl = 0): ConversationSummary {
  return { id, draft, ttl } as ConversationSummary;
}

function words(): HalfWrittenWords {
  return new HalfWrittenWords((half) => half);
}

function seen(all: HalfWrittenWords, ...conversations: ConversationSummary[]): void {
  all.follow({ phase: 'active', conversations });
}

function begun(text = '', ttl = 0): HalfWritten {
  const half = words().of(summary());
  write(half, text, ttl);
  return half;
}

describe('what is half-written', () => {
  test('comes back as it was left, whatever the disk has', () => {
    const all = words();
    const half = all.of(summary('old'));
    write(half, 'old and new', 5);
    half.answering = message;
    half.editing = { id: message, text: 'anew' };
    seen(all, summary('old'));
    expect(all.of(summary('old'))).toMatchObject({
      text: 'old and new',
      answering: message,
      editing: { text: 'anew' }
    });
  });

  test('is never on the disk when it is to vanish, and is not taken for what another tab has sent', () => {
    const all = words();
    const half = all.of(summary());
    write(half, 'words', 0);
    for (const only of ['once', 5] as const) {
      choose(half, only);
      expect(draftOf(half)).toBe('');
      seen(all, summary('words'));
      seen(all, summary(''));
      expect(all.of(summary(''))).toMatchObject({ text: 'words', only });
    }
    // What is to stay is an ordinary draft.
    choose(half, 0);
    expect(draftOf(half)).toBe('words');
  });

  test('gives way where the disk had it and has something else now: another tab has gone on', () => {
    const all = words();
    const half = all.of(summary());
    write(half, 'half a word', 0);
    half.editing = { id: message, text: 'anew' };
    seen(all, summary('half a word'));
    all.follow({ phase: 'elsewhere', conversations: [] });
    expect(all.of(summary('', 5))).toMatchObject({ text: '', begunUnder: null, editing: { text: 'anew' } });
    expect(all.of(summary('from there', 5))).toMatchObject({ text: 'from there', begunUnder: 5 });
  });

  test('remembers the timer that it was begun under, or that its draft was first seen with', () => {
    const all = words();
    seen(all, summary('a draft', 5));
    seen(all, summary('a draft', 0));
    const half = all.of(summary('a draft', 0));
    expect(half.begunUnder).toBe(5);
    write(half, 'a draft!', 0);
    expect(half.begunUnder).toBe(5);
    write(half, ' ', 0);
    write(half, 'another', 0);
    expect(half.begunUnder).toBe(0);
  });

  test('is forgotten with its conversation', () => {
    const all = words();
    write(all.of(summary()), 'unsaid', 0);
    seen(all);
    expect(all.of(summary()).text).toBe('');
  });

  test('is not seen again once it was taken to be sent, though the disk still has its draft', () => {
    const all = words();
    const half = all.of(summary('said'));
    expect(take(half).text).toBe('said');
    seen(all, summary('said'));
    expect(all.of(summary('said')).text).toBe('');
  });
});

describe('what was refused', () => {
  test('comes back with all that it was to be', () => {
    const half = begun('for your eyes', 5);
    half.answering = message;
    choose(half, 'once');
    const before = { ...half };
    giveBack(half, take(half), 0);
    expect(half).toEqual({ ...before, refused: 'for your eyes' });
  });

  test('comes back in its order, before what was written since', () => {
    const half = begun('one');
    const one = take(half);
    write(half, 'two', 0);
    const two = take(half);
    giveBack(half, one, 0);
    giveBack(half, two, 0);
    expect(half.text).toBe('one\ntwo');
    write(half, 'one\ntwo\nthree', 0);
    giveBack(half, { ...two, text: 'two again' }, 0);
    expect(half.text).toBe('one\ntwo\ntwo again\nthree');
  });

  test('comes back before words that were written without it', () => {
    const half = begun('one');
    const one = take(half);
    write(half, 'two', 0);
    giveBack(half, one, 0);
    expect(half.text).toBe('one\ntwo');
  });

  test('leaves what is being written anew alone', () => {
    const half = begun('said');
    const said = take(half);
    half.editing = { id: message, text: 'anew' };
    giveBack(half, said, 0);
    expect(half).toMatchObject({ text: 'said', editing: { id: message, text: 'anew' } });
  });

  test('lives no longer than the shorter of the two', () => {
    const half = begun('stays', 5);
    choose(half, 0);
    const stays = take(half);
    write(half, 'goes', 5);
    giveBack(half, stays, 5);
    expect(half.only).toBe(null);

    choose(half, 60);
    giveBack(half, { text: 'shown once', only: 'once', begunUnder: 0, answering: null }, 5);
    expect(half).toMatchObject({ only: 'once', begunUnder: 5 });
  });
});
