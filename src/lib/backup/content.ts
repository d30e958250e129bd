/**
 * What a backup holds, as frames of canonical CBOR (README.md), with the schemas that are its types' twins. A file may come from
 * anybody who has got the user to try a passphrase: everything is bounded and checked before any of it is used.
 */
import * as v from 'valibot';
import { fromHex, hex, utf8 } from '../bytes.ts';
import { rowFromBytes } from '../conversation/log.ts';
import { restoreLast } from '../conversation/last.ts';
import {
  FOREVER,
  isUnread,
  logsOf,
  MAX_CONVERSATIONS,
  MAX_OUTBOX,
  MAX_VERSIONS,
  type Conversation,
  type Row
} from '../conversation/state.ts';
import { keyPairFrom } from '../crypto/primitives.ts';
import { AuthError, WireError } from '../errors.ts';
import { decodeCbor, encodeCbor } from '../wire/cbor.ts';
import {
  cleanName,
  HASH_BYTES,
  isEmoji,
  LOG_ID_BYTES,
  MAX_NAME_BYTES,
  MAX_TEXT_BYTES,
  MAX_TTL_SECONDS
} from '../wire/content.ts';
import { MAX_LOGS } from '../wire/control.ts';
import { BackupError } from './error.ts';
import { framesOf, FrameWriter } from './frames.ts';

const ABOUT = 1;
const CONVERSATION = 2;
const ROW = 3;
const MAX_SETTINGS_BYTES = 4_096;
const KEY_BYTES = 32;

export interface About {
  /** When it was made, milliseconds. */
  readonly at: number;
  readonly name: string;
  /** As the engine's records have them. */
  readonly settings: Uint8Array;
}

/** A conversation without what never leaves a device: no retained secret, no draft. */
export interface Kept {
  readonly conversation: Conversation;
  /** Those of the timeline by their places, then those that only wait for delivery. */
  readonly rows: readonly Row[];
}

export interface Backup extends About {
  readonly conversations: readonly Kept[];
}

const bytes = (length: number) =>
  v.custom<Uint8Array>((value) => value instanceof Uint8Array && value.length === length);
const someBytes = (max: number) =>
  v.custom<Uint8Array>((value) => value instanceof Uint8Array && value.length <= max);
const text = (max: number) =>
  v.pipe(
    v.string(),
    v.check((value) => utf8(value).length <= max)
  );
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** What a Date can hold: a later time would be no date on the screen. */
const time = v.pipe(count, v.maxValue(8.64e15));
/** As names that arrive: without what turns a line around or hides in it. */
const name = (max: number) => v.pipe(text(max), v.transform(cleanName));
const place = v.pipe(count, v.maxValue(2 ** 48 - 1));
const key = bytes(KEY_BYTES);
const emoji = v.nullable(v.pipe(v.string(), v.check(isEmoji)));

const ABOUT_SCHEMA = v.strictObject({
  at: time,
  name: name(MAX_NAME_BYTES),
  settings: someBytes(MAX_SETTINGS_BYTES)
});

const CONVERSATION_SCHEMA = v.strictObject({
  id: bytes(16),
  own: key,
  peer: key,
  rdv: key,
  psk: key,
  sas: v.pipe(count, v.maxValue(2 ** 24 - 1)),
  trust: v.picklist(['new', 'verified', 'differs']),
  reset: v.boolean(),
  forked: v.boolean(),
  relayOnly: v.boolean(),
  createdAt: time,
  invitation: v.nullable(key),
  title: v.nullable(name(MAX_NAME_BYTES)),
  peerName: v.nullable(name(MAX_NAME_BYTES)),
  timer: v.strictTuple([v.pipe(count, v.maxValue(MAX_TTL_SECONDS)), place]),
  logs: v.pipe(
    v.array(
      v.pipe(
        v.strictTuple([bytes(LOG_ID_BYTES), place, bytes(HASH_BYTES), place]),
        v.check(([, seq, , acked]) => acked <= seq)
      )
    ),
    v.minLength(1),
    v.maxLength(MAX_OUTBOX + 1)
  ),
  peers: v.pipe(
    v.array(v.strictTuple([bytes(LOG_ID_BYTES), place, bytes(HASH_BYTES)])),
    v.maxLength(MAX_LOGS)
  ),
  nextOrder: count,
  lastAt: time,
  pinned: v.boolean(),
  mutedUntil: v.nullable(v.union([time, v.literal(FOREVER)])),
  archived: v.boolean(),
  markedUnread: v.boolean()
});

const ROW_SCHEMA = v.strictTuple([
  v.nullable(count),
  v.boolean(),
  time,
  v.nullable(time),
  v.custom<Uint8Array>((value) => value instanceof Uint8Array),
  v.pipe(v.array(v.strictTuple([text(MAX_TEXT_BYTES), time])), v.maxLength(MAX_VERSIONS)),
  v.strictTuple([emoji, emoji])
]);

type OwnLogParts = v.InferOutput<typeof CONVERSATION_SCHEMA>['logs'][number];
type PeerLogParts = v.InferOutput<typeof CONVERSATION_SCHEMA>['peers'][number];

/** Collects what goes into a backup. Every method throws BackupError `large`. */
export class BackupWriter {
  readonly #frames = new FrameWriter();

  constructor({ at, name, settings }: About) {
    this.#add(ABOUT, ABOUT_SCHEMA, { at, name, settings });
  }

  /** A conversation; its rows follow. */
  conversation(conversation: Conversation): void {
    const { contact, timer, invitation, mutedUntil } = conversation;
    const { sas, trust, reset, forked, relayOnly, createdAt, title, peerName } = conversation;
    const { nextOrder, lastAt, pinned, archived, markedUnread } = conversation;
    const { own, peer, rdv, psk } = contact;
    this.#add(CONVERSATION, CONVERSATION_SCHEMA, {
      id: fromHex(conversation.id),
      own: own.secretKey,
      ...{ peer, rdv, psk, sas, trust, reset, forked, relayOnly, createdAt, title, peerName },
      invitation: invitation === null ? null : fromHex(invitation),
      timer: [timer.ttl, timer.ts],
      logs: logsOf(conversation).map(({ id, seq, head, acked }): OwnLogParts => [id, seq, head, acked]),
      peers: [...conversation.peers].map(([log, { upto, head }]): PeerLogParts => [fromHex(log), upto, head]),
      ...{ nextOrder, lastAt, pinned, mutedUntil, archived, markedUnread }
    });
  }

  row({ order, mine, at, seenAt, bytes: entry, edits, reactions }: Row): void {
    const versions = edits.map((version): [string, number] => [version.text, version.at]);
    const said: [string | null, string | null] = [reactions.mine, reactions.theirs];
    this.#add(ROW, ROW_SCHEMA, [order, mine, at, seenAt, entry, versions, said]);
  }

  done(): Uint8Array {
    return this.#frames.done();
  }

  #add<S extends v.GenericSchema>(type: number, _schema: S, value: v.InferInput<S>): void {
    this.#frames.add(type, encodeCbor(value));
  }
}

/** Reads a backup, a frame a step, so that a page can go on in between. @throws BackupError */
export function* readBackup(plain: Uint8Array): Generator<void, Backup> {
  try {
    return yield* read(plain);
  } catch (error) {
    // A key that is none is as much of a damage as a map that is none.
    if (error instanceof BackupError) throw error;
    throw error instanceof WireError || error instanceof AuthError ? new BackupError('damaged') : error;
  }
}

function* read(plain: Uint8Array): Generator<void, Backup> {
  let about: About | null = null;
  const found: { readonly head: v.InferOutput<typeof CONVERSATION_SCHEMA>; readonly rows: Row[] }[] = [];
  for (const { type, body } of framesOf(plain)) {
    if ((type === ABOUT) !== (about === null)) throw new WireError('order of frames');
    if (type === ABOUT) about = parse(ABOUT_SCHEMA, body);
    else if (type === CONVERSATION) {
      if (found.length === MAX_CONVERSATIONS) throw new WireError('too many conversations');
      found.push({ head: parse(CONVERSATION_SCHEMA, body), rows: [] });
    } else if (type === ROW) {
      const rows = found.at(-1)?.rows;
      if (!rows) throw new WireError('a row of nothing');
      rows.push(readRow(parse(ROW_SCHEMA, body), rows.at(-1)));
    } else throw new WireError('type of frame');
    yield;
  }
  if (about === null) throw new WireError('nothing');
  const ids = found.flatMap(({ head }) => [head.id, head.rdv, head.peer].map(hex));
  if (new Set(ids).size < ids.length) throw new WireError('twice the same');
  return {
    ...about,
    conversations: found.map(({ head, rows }) => ({ conversation: opened(head, rows), rows }))
  };
}

function readRow(
  [order, mine, at, seenAt, entry, edits, [own, theirs]]: v.InferOutput<typeof ROW_SCHEMA>,
  before: Row | undefined
): Row {
  const row = rowFromBytes({
    ...{ order, mine, at, seenAt, bytes: entry },
    ...{ deadline: null, erasedBy: null },
    edits: edits.map(([words, since]) => ({ text: words, at: since })),
    reactions: { mine: own, theirs }
  });
  if (!isLasting(row) && !(row.order === null && row.content.kind === 'gone'))
    throw new WireError('a mortal row');
  if (order === null ? !mine : before && (before.order === null || order <= before.order))
    throw new WireError('order of rows');
  return row;
}

/** Whether a row may be in a backup at all: nothing timed, nothing to be viewed once, nothing that cannot be read here. */
export function isLasting({ deadline, ttl, content }: Row): boolean {
  const { kind } = content;
  if (deadline !== null || (ttl > 0 && kind !== 'timer')) return false;
  return kind !== 'once' && kind !== 'gone' && kind !== 'newer';
}

function opened(
  {
    id,
    own,
    peer,
    rdv,
    psk,
    timer,
    logs,
    peers,
    invitation,
    ...rest
  }: v.InferOutput<typeof CONVERSATION_SCHEMA>,
  rows: readonly Row[]
): Conversation {
  const earlier = logs.map(([logId, seq, head, acked]) => ({ id: logId, seq, head, acked }));
  const written = earlier.pop();
  if (!written) throw new WireError('no log');
  const shown = rows.filter(({ order }) => order !== null);
  if (rest.nextOrder <= (shown.at(-1)?.order ?? 0)) throw new WireError('order of rows');
  const conversation: Conversation = {
    ...rest,
    metAt: null,
    id: hex(id),
    contact: { own: keyPairFrom(own), peer, rdv, psk, retained: [] },
    invitation: invitation && hex(invitation),
    timer: { ttl: timer[0], ts: timer[1] },
    own: written,
    earlier,
    peers: new Map(peers.map(([log, upto, head]) => [hex(log), { upto, head }])),
    unread: shown.filter(isUnread).length,
    ...{ draft: '', draftSeq: 0, last: null, forgotten: null, restored: false }
  };
  return restoreLast(conversation, shown.toReversed());
}

function parse<S extends v.GenericSchema>(schema: S, body: Uint8Array): v.InferOutput<S> {
  const value = decodeCbor(body);
  const result = v.safeParse(schema, value instanceof Map ? Object.fromEntries(value) : value);
  if (!result.success) throw new WireError('frame');
  return result.output;
}
