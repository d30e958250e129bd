/**
 * Entries, the content of a conversation (protocol, section 9). Each side appends to its own log:
 *
 *   entry = logId 8 | seq u48 | prev 8 | ts u48 | ttl u32 | kind u8 | body (canonical CBOR, RFC 8949 section 4.2)
 *
 * `prev` is the truncated SHA-256 of the entry before, so a log is a chain. The schema below is also the type.
 */
import * as v from 'valibot';
import { Reader, utf8, Writer } from '../bytes.ts';
import { WireError } from '../errors.ts';
import { decodeCbor, encodeCbor } from './cbor.ts';

export const LOG_ID_BYTES = 8;
export const HASH_BYTES = 8;
/** Header and CBOR framing are below 100 bytes, so that every entry fits the largest padding class (8,192). */
export const MAX_TEXT_BYTES = 8_000;
export const MAX_NAME_BYTES = 64;
/** The longest of Unicode's emoji has 35 bytes. */
export const MAX_EMOJI_BYTES = 40;
/** Four years in seconds: the longest timer anybody may set. */
export const MAX_TTL_SECONDS = 4 * 365 * 86_400;
const MAX_ENTRY_BYTES = 8_150;
/** Ranges in one `seen` entry, and places in all of them: so many rows its reader has to open at once. */
export const MAX_RANGES = 64;
export const MAX_SEEN = 256;

const KIND = {
  ...{ gone: 0, text: 1, seen: 2, timer: 3, erase: 4, name: 5 },
  ...{ once: 6, edit: 7, reaction: 8, forget: 9 }
} as const;

const bytes = (length: number) =>
  v.custom<Uint8Array>((value) => value instanceof Uint8Array && value.length === length);
const text = (max: number) =>
  v.pipe(
    v.string(),
    v.check((value) => utf8(value).length <= max)
  );
const seq = v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(2 ** 48 - 1));
const words = v.pipe(text(MAX_TEXT_BYTES), v.minLength(1));
const range = v.pipe(
  v.strictTuple([seq, seq]),
  v.check(([from, to]) => from <= to)
);

const SCHEMA = {
  /** The entry of this place was destroyed before it was delivered; `h` is its hash, so that the chain goes on. */
  gone: v.object({ h: bytes(HASH_BYTES) }),
  text: v.object({
    t: words,
    /** The entry that it answers, of either side. */
    q: v.optional(v.strictTuple([bytes(LOG_ID_BYTES), seq])),
    /** The words were said to somebody else first. */
    f: v.optional(v.literal(true))
  }),
  /** These entries of the other side's log were on a visible, focused screen. */
  seen: v.object({
    l: bytes(LOG_ID_BYTES),
    r: v.pipe(
      v.array(range),
      v.minLength(1),
      v.maxLength(MAX_RANGES),
      v.check((ranges) => areSeenOnce(ranges))
    )
  }),
  /** The conversation's timer is from now on the entry's ttl. */
  timer: v.object({}),
  /** The entry `s` of the writer's own log `l` is erased on both sides. */
  erase: v.object({ l: bytes(LOG_ID_BYTES), s: seq }),
  name: v.object({ n: text(MAX_NAME_BYTES) }),
  /** To be viewed once. A kind of its own, so that no version shows it as it shows a text. */
  once: v.object({ t: words }),
  /** The text `s` of the writer's own log `l` reads so from now on. */
  edit: v.object({ l: bytes(LOG_ID_BYTES), s: seq, t: words }),
  /** What the writer puts to the text `s` of a log `l` of either side; '' takes it back. */
  reaction: v.object({ l: bytes(LOG_ID_BYTES), s: seq, e: text(MAX_EMOJI_BYTES) }),
  /** Everything is erased on both sides, and the conversation ends. */
  forget: v.object({})
};

/** Ascending, no place twice, and not more than one entry may name. */
function areSeenOnce(ranges: readonly (readonly [number, number])[]): boolean {
  let [before, places] = [0, 0];
  for (const [from, to] of ranges) {
    if (from <= before) return false;
    before = to;
    places += to - from + 1;
  }
  return places <= MAX_SEEN;
}

type BodyOf<K extends keyof typeof SCHEMA> = v.InferOutput<(typeof SCHEMA)[K]>;

/** A place in a log of either side. */
export interface Place {
  readonly log: Uint8Array;
  readonly seq: number;
}

export type Content =
  | { readonly kind: 'gone'; readonly hash: Uint8Array }
  | {
      readonly kind: 'text';
      readonly text: string;
      readonly replyTo?: Place;
      readonly forwarded?: true;
    }
  | {
      readonly kind: 'seen';
      readonly log: Uint8Array;
      readonly ranges: readonly (readonly [number, number])[];
    }
  | { readonly kind: 'timer' }
  | ({ readonly kind: 'erase' } & Place)
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'once'; readonly text: string }
  | ({ readonly kind: 'edit'; readonly text: string } & Place)
  | ({ readonly kind: 'reaction'; readonly emoji: string } & Place)
  | { readonly kind: 'forget' }
  /** Written by a newer version: kept, never rendered. */
  | { readonly kind: 'newer' };

export interface Entry {
  readonly log: Uint8Array;
  /** 1, 2, 3, … in its log. */
  readonly seq: number;
  /** Hash of the entry before, zeros for the first. */
  readonly prev: Uint8Array;
  /** The writer's clock, milliseconds since the Unix epoch. */
  readonly ts: number;
  /** Self-destruct timer in seconds, 0 = none. */
  readonly ttl: number;
  readonly content: Content;
}

export function encodeEntry(entry: Entry): Uint8Array {
  const [kind, body] = encodeContent(entry.content);
  return new Writer()
    .bytes(entry.log)
    .u48(entry.seq)
    .bytes(entry.prev)
    .u48(entry.ts)
    .u32(entry.ttl)
    .u8(kind)
    .bytes(encodeCbor(body))
    .done();
}

/** @throws WireError when it is no entry. A kind of a newer version is one. */
export function decodeEntry(bytes: Uint8Array): Entry {
  if (bytes.length > MAX_ENTRY_BYTES) throw new WireError('entry too long');
  const reader = new Reader(bytes);
  const log = reader.take(LOG_ID_BYTES);
  const seq = reader.u48();
  const prev = reader.take(HASH_BYTES);
  const ts = reader.u48();
  const ttl = reader.u32();
  const content = decodeContent(reader.u8(), reader.rest());
  if (seq === 0 || ttl > MAX_TTL_SECONDS) throw new WireError('entry header');
  return { log, seq, prev, ts, ttl, content };
}

function encodeContent(content: Content): [number, unknown] {
  switch (content.kind) {
    case 'gone':
      return [KIND.gone, { h: content.hash } satisfies BodyOf<'gone'>];
    case 'text':
      return [KIND.text, textBody(content)];
    case 'seen':
      return [KIND.seen, { l: content.log, r: content.ranges.map(([from, to]) => [from, to]) }];
    case 'timer':
      return [KIND.timer, {}];
    case 'erase':
      return [KIND.erase, { l: content.log, s: content.seq } satisfies BodyOf<'erase'>];
    case 'name':
      return [KIND.name, { n: content.name } satisfies BodyOf<'name'>];
    case 'once':
      return [KIND.once, { t: content.text } satisfies BodyOf<'once'>];
    case 'edit':
      return [KIND.edit, { l: content.log, s: content.seq, t: content.text } satisfies BodyOf<'edit'>];
    case 'reaction':
      return [
        KIND.reaction,
        { l: content.log, s: content.seq, e: content.emoji } satisfies BodyOf<'reaction'>
      ];
    case 'forget':
      return [KIND.forget, {}];
    case 'newer':
      throw new WireError('this version does not write that');
  }
}

function textBody({ text, replyTo, forwarded }: Content & { kind: 'text' }): BodyOf<'text'> {
  const q: BodyOf<'text'> = replyTo ? { t: text, q: [replyTo.log, replyTo.seq] } : { t: text };
  return forwarded ? { ...q, f: true } : q;
}

function decodeContent(kind: number, bytes: Uint8Array): Content {
  switch (kind) {
    case KIND.gone:
      return { kind: 'gone', hash: body('gone', bytes).h };
    case KIND.text: {
      const { t, q, f } = body('text', bytes);
      const replyTo = q && { replyTo: { log: q[0], seq: q[1] } };
      return { kind: 'text', text: t, ...replyTo, ...(f && { forwarded: f }) };
    }
    case KIND.seen: {
      const { l, r } = body('seen', bytes);
      return { kind: 'seen', log: l, ranges: r };
    }
    case KIND.timer:
      body('timer', bytes);
      return { kind: 'timer' };
    case KIND.erase: {
      const { l, s } = body('erase', bytes);
      return { kind: 'erase', log: l, seq: s };
    }
    case KIND.name:
      return { kind: 'name', name: cleanName(body('name', bytes).n) };
    case KIND.once:
      return { kind: 'once', text: body('once', bytes).t };
    case KIND.edit: {
      const { l, s, t } = body('edit', bytes);
      return { kind: 'edit', log: l, seq: s, text: t };
    }
    case KIND.reaction: {
      const { l, s, e } = body('reaction', bytes);
      return { kind: 'reaction', log: l, seq: s, emoji: isEmoji(e) ? e : '' };
    }
    case KIND.forget:
      body('forget', bytes);
      return { kind: 'forget' };
    default:
      return { kind: 'newer' };
  }
}

function body<K extends keyof typeof SCHEMA>(kind: K, bytes: Uint8Array): BodyOf<K> {
  const value = decodeCbor(bytes);
  if (!(value instanceof Map)) throw new WireError('entry body');
  // fromEntries defines own properties, `__proto__` too; unknown keys are ignored by the schema.
  const result = v.safeParse(SCHEMA[kind], Object.fromEntries(value));
  if (!result.success) throw new WireError('entry body');
  return result.output;
}

/** A name as it may be shown: composed (NFC), without controls, direction overrides or invisible characters. */
export function cleanName(name: string): string {
  return name
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu, '')
    .replace(/\s+/gu, ' ')
    .trim();
}

const EMOJI_ELEMENT = String.raw`\p{Extended_Pictographic}(?:\ufe0f|\p{Emoji_Modifier})?(?:[\u{e0020}-\u{e007e}]+\u{e007f})?`;
const EMOJI = new RegExp(
  String.raw`^(?:\p{RI}{2}|[0-9#*]\ufe0f?\u20e3|${EMOJI_ELEMENT}(?:\u200d${EMOJI_ELEMENT})*)$`,
  'u'
);

/**
 * One emoji and nothing else, by its form alone: which of them are in use depends on the version of Unicode, and no two
 * browsers need have the same. What is none here is shown as nothing, and ends no session.
 */
export function isEmoji(text: string): boolean {
  return utf8(text).length <= MAX_EMOJI_BYTES && EMOJI.test(text);
}
