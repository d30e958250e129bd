/**
 * The plaintext of sealed records (CBOR), with the schemas that are their types' twins. A record that does not
 * parse was written by a newer version or is damaged: WireError, and the caller leaves it where it is.
 */
import * as v from 'valibot';
import { keyPairFrom, type KeyPair } from '../crypto/primitives.ts';
import { WireError } from '../errors.ts';
import { rowFromBytes } from '../conversation/log.ts';
import { logsOf, type Conversation, type Row } from '../conversation/state.ts';
import { NO_SETTINGS, type Settings } from './api.ts';
import type { StoredRow } from '../storage/store.ts';
import { decodeCbor, encodeCbor } from '../wire/cbor.ts';

/** An invitation that this side has made, alive or dead: a dead one still answers "used" until it expires. */
export interface OwnInvitation {
  readonly id: string;
  readonly keys: KeyPair;
  readonly secret: Uint8Array;
  /** Minutes since the Unix epoch. */
  readonly expiry: number;
  readonly createdAt: number;
  readonly status: 'open' | 'used' | 'revoked';
  /** Whoever follows it meets this side through the relay alone. */
  readonly relayOnly: boolean;
  /** Nobody comes in before the user has said yes. */
  readonly askFirst: boolean;
  /** Pair key of the contact who used it. */
  readonly usedBy: Uint8Array | null;
}

/** A link that this side follows: the key pair is kept before anything is said with it, so that it can be said again. */
export interface PendingJoin {
  /** Public key of the invitation, in hexadecimal. */
  readonly id: string;
  readonly pair: KeyPair;
  readonly createdAt: number;
}

const bytes = v.custom<Uint8Array>((value) => value instanceof Uint8Array);
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const nullable = v.nullable(v.string());
/** Records of before there was a relay have none. */
const relayOnly = v.optional(v.boolean(), false);
/** Records of before anybody was asked have none. */
const askFirst = v.optional(v.boolean(), false);

const CONVERSATION = v.object({
  v: v.literal(1),
  own: bytes,
  peer: bytes,
  rdv: bytes,
  psk: bytes,
  retained: v.pipe(v.array(bytes), v.maxLength(2)),
  sas: count,
  trust: v.picklist(['new', 'verified', 'differs']),
  reset: v.boolean(),
  forked: v.optional(v.boolean(), false),
  restored: v.optional(v.boolean(), false),
  relayOnly,
  createdAt: count,
  title: nullable,
  peerName: nullable,
  /** Its words lie in a row of their own. Records of before that have them here. */
  draft: v.union([v.string(), count]),
  invitation: nullable,
  timer: v.tuple([count, count]),
  /** The last one is written to. */
  logs: v.pipe(v.array(v.tuple([bytes, count, bytes, count])), v.minLength(1)),
  peers: v.array(v.tuple([v.string(), count, bytes])),
  nextOrder: count,
  unread: count,
  /** Where its words are. Records of before have them here as well. */
  last: v.nullable(v.union([v.string(), v.tuple([v.string(), v.string()])])),
  lastAt: count,
  metAt: v.optional(v.nullable(count), null),
  // Records of before these could be chosen have none of them.
  pinned: v.optional(v.boolean(), false),
  mutedUntil: v.optional(v.nullable(count), null),
  archived: v.optional(v.boolean(), false),
  markedUnread: v.optional(v.boolean(), false),
  /** When, by whose wish, whether it was answered. */
  forgotten: v.optional(v.nullable(v.tuple([count, v.boolean(), v.boolean()])), null)
});

const INVITATION = v.object({
  v: v.literal(1),
  key: bytes,
  secret: bytes,
  expiry: count,
  createdAt: count,
  status: v.picklist(['open', 'used', 'revoked']),
  relayOnly,
  askFirst,
  usedBy: v.nullable(bytes)
});

const SETTINGS = v.object({
  v: v.literal(1),
  relayOnly,
  // Records of before there was more to choose have none of these.
  receipts: v.optional(v.boolean(), NO_SETTINGS.receipts),
  typing: v.optional(v.boolean(), NO_SETTINGS.typing),
  defaultTimer: v.optional(count, NO_SETTINGS.defaultTimer),
  linkWarning: v.optional(v.boolean(), NO_SETTINGS.linkWarning),
  askFirst,
  lockAfter: v.optional(count, NO_SETTINGS.lockAfter),
  lockHidden: v.optional(v.boolean(), NO_SETTINGS.lockHidden)
});

const JOIN = v.object({ v: v.literal(1), key: bytes, createdAt: count });

const ROW = v.object({
  v: v.literal(1),
  mine: v.boolean(),
  at: count,
  seenAt: v.nullable(count),
  erasedBy: nullable,
  edits: v.optional(v.array(v.tuple([v.string(), count])), []),
  /** Of this side, of the other. */
  reactions: v.optional(v.tuple([nullable, nullable]), [null, null]),
  bytes
});

export function encodeConversation(conversation: Conversation): Uint8Array {
  const { contact, timer, last } = conversation;
  const { sas, trust, reset, restored, forked, relayOnly, createdAt, title, peerName } = conversation;
  const { invitation, nextOrder, unread, lastAt, metAt } = conversation;
  const { pinned, mutedUntil, archived, markedUnread, forgotten } = conversation;
  const record: v.InferOutput<typeof CONVERSATION> = {
    v: 1,
    own: contact.own.secretKey,
    peer: contact.peer,
    rdv: contact.rdv,
    psk: contact.psk,
    retained: [...contact.retained],
    ...{ sas, trust, reset, restored, forked, relayOnly, createdAt, title, peerName },
    ...{ invitation, nextOrder, unread, lastAt, metAt },
    ...{ pinned, mutedUntil, archived, markedUnread },
    forgotten: forgotten && [forgotten.at, forgotten.mine, forgotten.answered],
    timer: [timer.ttl, timer.ts],
    logs: logsOf(conversation).map(({ id, seq, head, acked }) => [id, seq, head, acked]),
    peers: [...conversation.peers].map(([log, { upto, head }]) => [log, upto, head]),
    draft: conversation.draftSeq,
    last: last?.ref ?? null
  };
  return encodeCbor(record);
}

/** A record holds no message's words: whoever reads it completes the draft and the last line from their rows. */
export function decodeConversation(id: string, plaintext: Uint8Array): Conversation {
  const {
    own,
    peer,
    rdv,
    psk,
    retained,
    timer,
    logs,
    peers,
    last,
    draft,
    forgotten,
    v: _version,
    ...rest
  } = parse(CONVERSATION, plaintext);
  const earlier = logs.map(([logId, seq, head, acked]) => ({ id: logId, seq, head, acked }));
  const written = earlier.pop();
  if (!written) throw new WireError('record');
  return {
    ...rest,
    id,
    contact: { own: keyPairFrom(own), peer, rdv, psk, retained },
    timer: { ttl: timer[0], ts: timer[1] },
    own: written,
    earlier,
    peers: new Map(peers.map(([peerLog, upto, head]) => [peerLog, { upto, head }])),
    last: last === null ? null : { ref: typeof last === 'string' ? last : last[0], kind: 'text', text: null },
    draft: typeof draft === 'string' ? draft : '',
    draftSeq: typeof draft === 'number' ? draft : 0,
    forgotten: forgotten && { at: forgotten[0], mine: forgotten[1], answered: forgotten[2] }
  };
}

export function encodeInvitationRecord(invitation: OwnInvitation): Uint8Array {
  const { keys, secret, expiry, createdAt, status, relayOnly, askFirst, usedBy } = invitation;
  const record: v.InferOutput<typeof INVITATION> = {
    v: 1,
    key: keys.secretKey,
    ...{ secret, expiry, createdAt, status, relayOnly, askFirst, usedBy }
  };
  return encodeCbor(record);
}

export function decodeInvitationRecord(id: string, plaintext: Uint8Array): OwnInvitation {
  const { key, v: _version, ...rest } = parse(INVITATION, plaintext);
  return { id, keys: keyPairFrom(key), ...rest };
}

export function encodeSettings(settings: Settings): Uint8Array {
  const record: v.InferOutput<typeof SETTINGS> = { v: 1, ...settings };
  return encodeCbor(record);
}

export function decodeSettings(plaintext: Uint8Array): Settings {
  const { v: _version, ...settings } = parse(SETTINGS, plaintext);
  return settings;
}

export function encodeJoin({ pair, createdAt }: PendingJoin): Uint8Array {
  const record: v.InferOutput<typeof JOIN> = { v: 1, key: pair.secretKey, createdAt };
  return encodeCbor(record);
}

export function decodeJoin(id: string, plaintext: Uint8Array): PendingJoin {
  const { key, createdAt } = parse(JOIN, plaintext);
  return { id, pair: keyPairFrom(key), createdAt };
}

export function encodeRow({ mine, at, seenAt, erasedBy, edits, reactions, bytes: entry }: Row): Uint8Array {
  const record: v.InferInput<typeof ROW> = { v: 1, mine, at, seenAt, erasedBy, bytes: entry };
  // Most rows have neither.
  if (edits.length > 0) record.edits = edits.map((version) => [version.text, version.at]);
  if (reactions.mine !== null || reactions.theirs !== null)
    record.reactions = [reactions.mine, reactions.theirs];
  return encodeCbor(record);
}

export function decodeRow({ order, deadline }: StoredRow, plaintext: Uint8Array): Row {
  const { mine, at, seenAt, erasedBy, bytes: entry, ...said } = parse(ROW, plaintext);
  const edits = said.edits.map(([text, since]) => ({ text, at: since }));
  const [own, theirs] = said.reactions;
  const reactions = { mine: own, theirs };
  return rowFromBytes({ mine, at, seenAt, erasedBy, order, deadline, edits, reactions, bytes: entry });
}

function parse<S extends v.GenericSchema>(schema: S, plaintext: Uint8Array): v.InferOutput<S> {
  const value = decodeCbor(plaintext);
  const result = v.safeParse(schema, value instanceof Map ? Object.fromEntries(value) : value);
  if (!result.success) throw new WireError('record');
  return result.output;
}
