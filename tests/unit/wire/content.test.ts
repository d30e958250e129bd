import { encode } from 'cborg';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concat, EMPTY, fromHex, hex, utf8, Writer } from '../../../src/lib/bytes.ts';
import { WireError } from '../../../src/lib/errors.ts';
import {
  cleanName,
  decodeEntry,
  encodeEntry,
  isEmoji,
  MAX_NAME_BYTES,
  MAX_RANGES,
  MAX_SEEN,
  MAX_TEXT_BYTES,
  MAX_TTL_SECONDS,
  type Content,
  type Entry
} from '../../../src/lib/wire/content.ts';
import { MAX_MESSAGE_BYTES } from '../../../src/lib/protocol/session.ts';
import { expectTotal, flipped } from '../../support/bytes.ts';

const KIND = {
  ...{ gone: 0, text: 1, seen: 2, timer: 3, erase: 4, name: 5 },
  ...{ once: 6, edit: 7, reaction: 8, forget: 9 }
};

const eight = fc.uint8Array({ minLength: 8, maxLength: 8 });
const seqs = fc.integer({ min: 1, max: 2 ** 48 - 1 });
const wellFormed = (max: number): fc.Arbitrary<string> => fc.string({ unit: 'binary', maxLength: max });

const words = wellFormed(300).filter((text) => text.length > 0);

const contents: fc.Arbitrary<Content> = fc.oneof(
  fc.record({ kind: fc.constant('gone' as const), hash: eight }),
  fc.record({ kind: fc.constant('text' as const), text: words }),
  fc.record({
    kind: fc.constant('seen' as const),
    log: eight,
    ranges: fc
      .array(fc.tuple(fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: 0, max: 3 })), {
        minLength: 1,
        maxLength: MAX_RANGES
      })
      .map((steps) => {
        let before = 0;
        return steps.map(([gap, more]) => {
          const from = before + gap;
          before = from + more;
          return [from, before] as const;
        });
      })
  }),
  fc.record({ kind: fc.constant('timer' as const) }),
  fc.record({ kind: fc.constant('erase' as const), log: eight, seq: seqs }),
  fc.record({ kind: fc.constant('name' as const), name: wellFormed(12).map(cleanName) }),
  fc.record({
    kind: fc.constant('text' as const),
    text: words,
    replyTo: fc.record({ log: eight, seq: seqs }),
    forwarded: fc.constant(true as const)
  }),
  fc.record({ kind: fc.constant('once' as const), text: words }),
  fc.record({ kind: fc.constant('edit' as const), log: eight, seq: seqs, text: words }),
  fc.record({
    kind: fc.constant('reaction' as const),
    log: eight,
    seq: seqs,
    emoji: fc.constantFrom('👍', '❤️', '')
  }),
  fc.record({ kind: fc.constant('forget' as const) })
);

const entries: fc.Arbitrary<Entry> = fc.record({
  log: eight,
  seq: seqs,
  prev: eight,
  ts: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
  ttl: fc.integer({ min: 0, max: MAX_TTL_SECONDS }),
  content: contents
});

const entry: Entry = {
  log: fromHex('0102030405060708'),
  seq: 9,
  prev: fromHex('a1a2a3a4a5a6a7a8'),
  ts: 1_800_000_000_000,
  ttl: 60,
  content: { kind: 'text', text: 'é' }
};

/** An entry with any kind and any bytes for a body. */
function raw(kind: number, body: Uint8Array, { seq = 1, ttl = 0 } = {}): Uint8Array {
  const zeros = new Uint8Array(8);
  return new Writer().bytes(zeros).u48(seq).bytes(zeros).u48(0).u32(ttl).u8(kind).bytes(body).done();
}

const decodedText = (text: string): Content => decodeEntry(raw(KIND.text, encode({ t: text }))).content;

describe('entries', () => {
  test('decode inverts encode', () => {
    fc.assert(
      fc.property(entries, (value) => {
        expect(decodeEntry(encodeEntry(value))).toEqual(value);
      })
    );
  });

  test('have the bytes of the protocol page', () => {
    expect(hex(encodeEntry(entry))).toBe(
      [
        '0102030405060708',
        '000000000009',
        'a1a2a3a4a5a6a7a8',
        '01a3185c5000',
        '0000003c',
        '01',
        'a1617462c3a9'
      ].join('')
    );
  });

  test('any bytes, and any change of good ones, are an entry or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 0, max: 10 }), (bytes, kind) => {
        expectTotal(() => decodeEntry(bytes));
        expectTotal(() => decodeEntry(raw(kind, bytes)));
      }),
      { numRuns: 500 }
    );
    fc.assert(
      fc.property(entries, fc.nat(), fc.integer({ min: 1, max: 255 }), (value, at, bits) => {
        const good = encodeEntry(value);
        expectTotal(() => decodeEntry(flipped(good, at % good.length, bits)));
        expectTotal(() => decodeEntry(good.slice(0, at % good.length)));
      }),
      { numRuns: 500 }
    );
  });

  test('a kind of a newer version is kept, whatever it holds, and is never written', () => {
    for (const kind of [10, 11, 100, 255]) {
      expect(decodeEntry(raw(kind, Uint8Array.of(0xff, 0xff))).content).toEqual({ kind: 'newer' });
    }
    expect(() => encodeEntry({ ...entry, content: { kind: 'newer' } })).toThrow();
  });

  test('the header has its limits', () => {
    const timer = encode({});
    expect(() => decodeEntry(raw(KIND.timer, timer, { seq: 0 }))).toThrow(WireError);
    expect(() => decodeEntry(raw(KIND.timer, timer, { ttl: MAX_TTL_SECONDS + 1 }))).toThrow(WireError);
    expect(decodeEntry(raw(KIND.timer, timer, { ttl: MAX_TTL_SECONDS })).ttl).toBe(MAX_TTL_SECONDS);
    for (const length of [0, 1, 32]) expect(() => decodeEntry(new Uint8Array(length))).toThrow(WireError);
  });

  test('a place is seen once, and no more of them than one entry names', () => {
    const seen = (...ranges: [number, number][]): Uint8Array =>
      encodeEntry({ ...entry, content: { kind: 'seen', log: new Uint8Array(8), ranges } });
    for (const ranges of [
      [[1, MAX_SEEN]],
      [
        [1, 2],
        [4, 4]
      ]
    ] as const)
      expect(
        decodeEntry(seen(...ranges.map(([from, to]): [number, number] => [from, to]))).content
      ).toMatchObject({ ranges });
    for (const bytes of [
      seen([1, MAX_SEEN + 1]),
      seen([1, 2 ** 48 - 1]),
      seen([1, 200], [300, 400]),
      seen([1, 2], [2, 3]),
      seen([5, 6], [1, 2]),
      seen(...Array.from({ length: MAX_RANGES }, (): [number, number] => [1, 9]))
    ])
      expect(() => decodeEntry(bytes)).toThrow(WireError);
  });

  test('the longest of each kind fits into one message', () => {
    const last = { log: new Uint8Array(8), seq: 2 ** 48 - 1 };
    const longest: Content[] = [
      { kind: 'text', text: 'x'.repeat(MAX_TEXT_BYTES) },
      {
        kind: 'seen',
        log: new Uint8Array(8),
        ranges: Array.from({ length: MAX_RANGES }, (_, i) => [2 ** 47 + 8 * i, 2 ** 47 + 8 * i + 3])
      },
      { kind: 'name', name: 'x'.repeat(MAX_NAME_BYTES) },
      { kind: 'text', text: 'x'.repeat(MAX_TEXT_BYTES), replyTo: last, forwarded: true },
      { kind: 'once', text: 'x'.repeat(MAX_TEXT_BYTES) },
      { kind: 'edit', ...last, text: 'x'.repeat(MAX_TEXT_BYTES) }
    ];
    for (const content of longest) {
      const bytes = encodeEntry({ ...entry, content });
      expect(decodeEntry(bytes).content).toEqual(content);
      // One byte of the message says that it is an entry.
      expect(bytes.length + 1).toBeLessThanOrEqual(MAX_MESSAGE_BYTES);
    }
  });

  test('longer ones are refused', () => {
    expect(() => decodeEntry(raw(99, new Uint8Array(8_118)))).toThrow(WireError);
    expect(decodeEntry(raw(99, new Uint8Array(8_117))).content).toEqual({ kind: 'newer' });
  });
});

describe('bodies', () => {
  test('a text has 1 to 8,000 bytes of UTF-8', () => {
    expect(decodedText('x'.repeat(8_000))).toEqual({ kind: 'text', text: 'x'.repeat(8_000) });
    for (const text of ['', 'x'.repeat(8_001), 'é'.repeat(4_001), '😀'.repeat(2_001)]) {
      expect(() => decodedText(text), text.slice(0, 2)).toThrow(WireError);
    }
  });

  test('a text is left as it was written', () => {
    for (const text of ['\u202eabc', '\ufeffx', 'e\u0301', '  a\n\tb  ', '\0', '👩‍👩‍👧']) {
      expect(decodedText(text)).toEqual({ kind: 'text', text });
    }
  });

  test.each<[string, number, unknown]>([
    ['a text that is a number', KIND.text, { t: 1 }],
    ['a text that is bytes', KIND.text, { t: utf8('a') }],
    ['a text without its key', KIND.text, {}],
    ['a list', KIND.text, ['a']],
    ['a text alone', KIND.text, 'a'],
    ['null', KIND.text, null],
    ['a hash that is too short', KIND.gone, { h: new Uint8Array(7) }],
    ['a hash that is too long', KIND.gone, { h: new Uint8Array(9) }],
    ['a hash that is text', KIND.gone, { h: '12345678' }],
    ['no ranges', KIND.seen, { l: new Uint8Array(8), r: [] }],
    ['too many ranges', KIND.seen, { l: new Uint8Array(8), r: Array.from({ length: 65 }, () => [1, 1]) }],
    ['a range that goes backwards', KIND.seen, { l: new Uint8Array(8), r: [[2, 1]] }],
    ['a range from zero', KIND.seen, { l: new Uint8Array(8), r: [[0, 1]] }],
    ['a range of three', KIND.seen, { l: new Uint8Array(8), r: [[1, 2, 3]] }],
    ['a range of one', KIND.seen, { l: new Uint8Array(8), r: [[1]] }],
    ['a range beyond 48 bits', KIND.seen, { l: new Uint8Array(8), r: [[1, 2 ** 48]] }],
    ['half a message', KIND.erase, { l: new Uint8Array(8), s: 1.5 }],
    ['a negative message', KIND.erase, { l: new Uint8Array(8), s: -1 }],
    ['a name that is too long', KIND.name, { n: 'é'.repeat(33) }],
    ['an answer to no log', KIND.text, { t: 'a', q: [new Uint8Array(7), 1] }],
    ['an answer to place zero', KIND.text, { t: 'a', q: [new Uint8Array(8), 0] }],
    ['an answer to three', KIND.text, { t: 'a', q: [new Uint8Array(8), 1, 2] }],
    ['an answer that quotes', KIND.text, { t: 'a', q: 'what you said' }],
    ['forwarded, but not', KIND.text, { t: 'a', f: false }],
    ['forwarded from somebody', KIND.text, { t: 'a', f: 'Zoë' }],
    ['nothing to view once', KIND.once, { t: '' }],
    ['too much to view once', KIND.once, { t: 'x'.repeat(8_001) }],
    ['an edit to nothing', KIND.edit, { l: new Uint8Array(8), s: 1, t: '' }],
    ['an edit to too much', KIND.edit, { l: new Uint8Array(8), s: 1, t: 'x'.repeat(8_001) }],
    ['an edit of nothing', KIND.edit, { l: new Uint8Array(8), t: 'a' }],
    ['a reaction to nothing', KIND.reaction, { s: 1, e: '👍' }],
    ['a reaction that is too long', KIND.reaction, { l: new Uint8Array(8), s: 1, e: '👍'.repeat(11) }]
  ])('%s is refused', (_, kind, body) => {
    expect(() => decodeEntry(raw(kind, encode(body)))).toThrow(WireError);
  });

  // RFC 8949: what is no canonical encoding of a map with text keys.
  test.each([
    ['nothing', ''],
    ['two values', 'a16174616100'],
    ['an indefinite map', 'bf61746161ff'],
    ['an indefinite text', 'a161747f6161ff'],
    ['a length that is too wide', 'a16174780161'],
    ['a map length that is too wide', 'b80161746161'],
    ['the same key twice', 'a2617461616174' + '6162'],
    ['undefined', 'a16174f7'],
    ['NaN', 'a16174f97e00'],
    ['infinity', 'a16174f97c00'],
    ['a big number', 'a16174c249010000000000000000'],
    ['a tag', 'a16174c06161'],
    ['text that is not UTF-8', 'a1617461ff'],
    ['text that ends within a character', 'a1617461c3'],
    ['a key that is not UTF-8', 'a26174616161ff00'],
    ['keys in another order', 'a2617a006174' + '6161'],
    ['a text cut short', 'a161746261'],
    ['a map of four thousand million', 'ba' + 'ffffffff'],
    ['a list of four thousand million', '9affffffff']
  ])('%s is refused', (_, body) => {
    expect(() => decodeEntry(raw(KIND.text, fromHex(body)))).toThrow(WireError);
  });

  test('a whole number has one form', () => {
    const log = '48' + '00'.repeat(8);
    expect(decodeEntry(raw(KIND.erase, fromHex(`a2616c${log}617301`))).content).toMatchObject({ seq: 1 });
    for (const one of ['1801', 'f93c00', 'fa3f800000', '1b0000000000000001']) {
      expect(() => decodeEntry(raw(KIND.erase, fromHex(`a2616c${log}6173${one}`))), one).toThrow(WireError);
    }
  });

  test('lists in lists without end are refused, not followed', () => {
    expectTotal(() => decodeEntry(raw(KIND.text, new Uint8Array(8_000).fill(0x81))));
    expect(() => decodeEntry(raw(KIND.text, new Uint8Array(8_000).fill(0x81)))).toThrow(WireError);
  });

  test('keys that this version does not know are ignored', () => {
    expect(decodeEntry(raw(KIND.text, encode({ t: 'a', zz: [1, { x: 2 }] }))).content).toEqual({
      kind: 'text',
      text: 'a'
    });
  });

  test('keys that name what all objects have reach nothing', () => {
    for (const key of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'then']) {
      const body = new Map<string, unknown>([
        ['t', 'a'],
        [key, new Map([['polluted', true]])]
      ]);
      const { content } = decodeEntry(raw(KIND.text, encode(body)));
      expect(content).toEqual({ kind: 'text', text: 'a' });
      expect(Object.getPrototypeOf(content)).toBe(Object.prototype);
      expect('polluted' in {}).toBe(false);
    }
    // Not even as a way to bring the key that is missing.
    const inherited = new Map([['__proto__', new Map([['t', 'a']])]]);
    expect(() => decodeEntry(raw(KIND.text, encode(inherited)))).toThrow(WireError);
    expect(() => decodeEntry(raw(KIND.text, encode(new Map([[1, 'a']]))))).toThrow(WireError);
  });
});

describe('names', () => {
  test.each([
    ['are composed', 'e\u0301', 'é'],
    ['have no controls', 'a\0\u0007b\u009fc', 'abc'],
    ['have no other direction', '\u202eevil\u202c\u2066x\u2069\u200f', 'evilx'],
    ['have nothing invisible', 'a\u200b\u200d\u00ad\ufeff\u2060b', 'ab'],
    ['have nothing private or unassigned', 'a\ue000\u{10ffff}\u0378b', 'ab'],
    ['have one line', 'a\u2028b\u2029c', 'abc'],
    ['have one space where there were many', '  a \u00a0\u3000 b  ', 'a b'],
    ['may be of any script', 'Ζωή 李 عمر', 'Ζωή 李 عمر'],
    ['may come to nothing', '\u200b \u202e', '']
  ])('%s', (_, name, clean) => {
    expect(cleanName(name)).toBe(clean);
    expect(decodeEntry(raw(KIND.name, encode({ n: name }))).content).toEqual({ kind: 'name', name: clean });
  });

  test('cleaning twice changes nothing more', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const clean = cleanName(name);
        expect(cleanName(clean)).toBe(clean);
      }),
      { numRuns: 1_000 }
    );
  });
});

test('the empty body is none', () => {
  expect(() => decodeEntry(raw(KIND.timer, EMPTY))).toThrow(WireError);
  expect(() => decodeEntry(concat(raw(KIND.timer, encode({})), Uint8Array.of(0)))).toThrow(WireError);
});

describe('reactions', () => {
  test.each(['👍', '👍🏽', '❤️', '❤', '🏳️‍🌈', '👩‍❤️‍💋‍👨', '👩🏻‍❤️‍💋‍👨🏿', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '🇫🇷', '1️⃣', '#⃣', '👨‍👩‍👧‍👦'])(
    '%s is one emoji',
    (emoji) => {
      expect(isEmoji(emoji)).toBe(true);
    }
  );

  test.each([
    '',
    'a',
    '1',
    '👍👍',
    '👍a',
    ' 👍',
    '\u200d',
    '\ufe0f',
    '🇫',
    '🇫🇷🇫🇷',
    '👍\u202e',
    '<b>',
    '👍'.repeat(40)
  ])('“%s” is none', (text) => {
    expect(isEmoji(text)).toBe(false);
  });

  test('that are no emoji here come to nothing, and are no fault', () => {
    const body = encode({ l: new Uint8Array(8), s: 1, e: 'lol' });
    expect(decodeEntry(raw(KIND.reaction, body)).content).toMatchObject({ kind: 'reaction', emoji: '' });
  });
});
