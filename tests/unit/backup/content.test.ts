/** The plaintext of a backup: a round trip, its lengths, and every fault refused. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BackupWriter, type Kept } from '../../../src/lib/backup/content.ts';
import { BackupError, type BackupErrorCode } from '../../../src/lib/backup/error.ts';
import { FrameWriter, framesOf, MAX_FRAME_BYTES, padded } from '../../../src/lib/backup/frames.ts';
import { concat, utf8 } from '../../../src/lib/bytes.ts';
import type { Row } from '../../../src/lib/conversation/state.ts';
import { decodeCbor, encodeCbor } from '../../../src/lib/wire/cbor.ts';
import { backupFrom, backupOf, someBackup } from '../../support/backups.ts';
import { flipped } from '../../support/bytes.ts';

function refusal(plain: Uint8Array): BackupErrorCode | null {
  try {
    backupFrom(plain);
    return null;
  } catch (error) {
    if (error instanceof BackupError) return error.code;
    throw error;
  }
}

/** What the frames of a backup become with `change`; null drops one. */
function changed(change: (type: number, value: unknown, index: number) => unknown): Uint8Array {
  const writer = new FrameWriter();
  [...framesOf(backupOf(someBackup()))].forEach(({ type, body }, index) => {
    const value = change(type, decodeCbor(body), index);
    if (value !== null) writer.add(type, encodeCbor(value));
  });
  return writer.done();
}

const withRow = (index: number, value: unknown): Uint8Array => {
  let done = false;
  return changed((type, row) => {
    if (type !== 3 || done || !Array.isArray(row)) return row;
    done = true;
    return (row as unknown[]).toSpliced(index, 1, value);
  });
};

const withField = (name: string, value: unknown): Uint8Array =>
  changed((type, map) => (type === 2 && map instanceof Map ? new Map([...map, [name, value]]) : map));

describe('a backup', () => {
  test('comes back as it was, but for what is never in it', () => {
    const before = someBackup();
    const { conversations, ...about } = backupFrom(backupOf(before));
    expect(about).toEqual({ at: before.at, name: before.name, settings: before.settings });
    expect(conversations.map(({ rows }) => rows)).toEqual(before.conversations.map(({ rows }) => rows));
    conversations.forEach(({ conversation }, i) => {
      const original = before.conversations[i]?.conversation;
      expect(conversation).toEqual({
        ...original,
        draft: '',
        contact: { ...original?.contact, retained: [] },
        unread: i === 0 ? 1 : 0,
        last: i === 0 ? { ref: '0202020202020202:2', kind: 'text', text: 'read otherwise' } : null
      });
    });
  });

  test('of nobody has the length of one of somebody who has just begun', () => {
    const few = backupOf(someBackup());
    expect(few.length).toBe(2 ** 16);
    expect(backupOf({ ...someBackup(), conversations: [] }).length).toBe(few.length);
  });

  test('tells little of its length: at most an eighth is padding, and there are few lengths', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2 ** 16, max: 2 ** 26 }), (length) => {
        expect(padded(length)).toBeGreaterThanOrEqual(length);
        expect(padded(length)).toBeLessThan(length * 1.125);
        expect(padded(padded(length))).toBe(padded(length));
      })
    );
    const lengths = Array.from({ length: 10_000 }, (_, i) => padded(2 ** 20 + i * 100));
    expect(new Set(lengths).size).toBeLessThan(40);
  });

  test('holds as many frames as there is room for', () => {
    const writer = new FrameWriter();
    for (let i = 0; i < 300_000; i++) writer.add(3, Uint8Array.of(i % 256));
    let count = 0;
    for (const { body } of framesOf(writer.done())) count += Number(body[0] === count % 256);
    expect(count).toBe(300_000);
  });

  test('holds 64 MiB and no more, and no frame of more than its limit', () => {
    const writer = new FrameWriter();
    const frame = new Uint8Array(MAX_FRAME_BYTES);
    for (let i = 0; i < 255; i++) writer.add(3, frame);
    expect(() => {
      writer.add(3, frame);
    }).toThrow(new BackupError('large'));
    expect(() => {
      new FrameWriter().add(3, new Uint8Array(MAX_FRAME_BYTES + 1));
    }).toThrow(new BackupError('large'));
    expect(refusal(new Uint8Array(2 ** 26 + 1))).toBe('large');
  });
});

describe('what is no backup', () => {
  const good = backupOf(someBackup());

  test('is told from one of a newer version, and from a damaged one', () => {
    expect(refusal(good)).toBeNull();
    expect(refusal(new Uint8Array(0))).toBe('unknown');
    expect(refusal(flipped(good, 3))).toBe('unknown');
    expect(refusal(flipped(good, 13))).toBe('unknown');
    expect(refusal(flipped(good, 13, 2))).toBe('newer');
    expect(refusal(flipped(good, good.length - 1))).toBe('damaged');
    expect(refusal(good.subarray(0, -1))).toBe('damaged');
    expect(refusal(concat(good, new Uint8Array(1)))).toBe('damaged');
    expect(refusal(concat(good, new Uint8Array(good.length)))).toBe('damaged');
  });

  test('any bytes, and any change of good ones, are a backup or refused', () => {
    const used = good.findLastIndex((byte) => byte !== 0) + 2;
    fc.assert(
      fc.property(fc.nat(used), fc.integer({ min: 1, max: 255 }), (at, bits) => {
        expect([null, 'unknown', 'newer', 'damaged']).toContain(refusal(flipped(good, at, bits)));
      }),
      { numRuns: 400 }
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const plain = new Uint8Array(2 ** 16);
        plain.set(concat(utf8('aparte-backup'), Uint8Array.of(1), bytes));
        expect(refusal(plain)).toBe('damaged');
      }),
      { numRuns: 400 }
    );
  });

  test.each<[string, () => Uint8Array]>([
    ['nothing about it', () => changed((type, value) => (type === 1 ? null : value))],
    ['a row before any conversation', () => changed((type, value) => (type === 2 ? null : value))],
    ['a field that nobody knows', () => withField('extra', 1)],
    ['a short key', () => withField('own', new Uint8Array(31))],
    ['no log', () => withField('logs', [])],
    [
      'more acknowledged than written',
      () => withField('logs', [[new Uint8Array(8), 1, new Uint8Array(8), 2]])
    ],
    [
      'more logs of the peer than are heard',
      () =>
        withField(
          'peers',
          Array.from({ length: 33 }, () => [new Uint8Array(8), 1, new Uint8Array(8)])
        )
    ],
    ['a time that is no date', () => withField('lastAt', 8.64e15 + 1)],
    ['a timer of a century', () => withField('timer', [3_000_000_000, 1])],
    ['a long name', () => withField('peerName', 'n'.repeat(65))],
    ['a next place that is taken', () => withField('nextOrder', 2)],
    ['a row of the other side that is in no timeline', () => withRow(0, null)],
    ['rows out of order', () => withRow(0, 1_000)],
    ['a row that is no entry', () => withRow(4, new Uint8Array(10))],
    ['a reaction that is no emoji', () => withRow(6, ['<b>', null])],
    ['a version too long', () => withRow(5, [['x'.repeat(8_001), 1]])],
    [
      'the same conversation twice',
      () => {
        const backup = someBackup();
        return backupOf({ ...backup, conversations: [...backup.conversations, ...backup.conversations] });
      }
    ],
    ['a timed row', () => mortal({ ttl: 60 })],
    ['a row to be viewed once', () => mortal({ content: { kind: 'once', text: 'once' } })]
  ])('%s', (_, make) => {
    expect(refusal(make())).toBe('damaged');
  });

  /** A backup with a row that nobody writes into one. */
  function mortal(different: Partial<Pick<Row, 'ttl' | 'content'>>): Uint8Array {
    const backup = someBackup(different);
    const kept: readonly Kept[] = backup.conversations;
    expect(kept[0]?.rows.length).toBeGreaterThan(1);
    return backupOf(backup);
  }

  test('names are cleaned of what turns a line around', () => {
    const [first] = backupFrom(withField('title', 'Bob\u202e\u0007')).conversations;
    expect(first?.conversation.title).toBe('Bob');
  });

  test('a list of more than 500 conversations', () => {
    const writer = new BackupWriter(someBackup());
    const one = someBackup().conversations[0]?.conversation;
    if (!one) throw new Error('none');
    for (let i = 0; i < 501; i++) writer.conversation(one);
    expect(refusal(writer.done())).toBe('damaged');
  });
});
