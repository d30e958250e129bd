/**
 * A conversation and the rows of its two logs, as values (protocol, section 9). Everything that is kept is here;
 * what belongs to one connection only is in link.ts, and dies with the page.
 */
import { hex } from '../bytes.ts';
import { UsageError } from '../errors.ts';
import type { ContactKeys } from '../protocol/known-contact.ts';
import type { Established } from '../protocol/schedule.ts';
import type { Content, Place } from '../wire/content.ts';

/** An unread timed message dies this long after it was written (protocol, section 10). */
export const UNREAD_LIFE_MS = 14 * 86_400_000;
/** How long the narrator remembers an erased message (protocol, section 10). */
export const TOMBSTONE_MS = 30 * 86_400_000;
/** Contacts, whether they are being forgotten or not (protocol, section 12). */
export const MAX_CONVERSATIONS = 500;
/** Own entries that may wait for one contact (protocol, section 12). */
export const MAX_OUTBOX = 5_000;
/** Versions of one text that are kept, and how many bytes of UTF-8 they may have together. */
export const MAX_VERSIONS = 20;
export const MAX_HISTORY_BYTES = 24_000;
/** Muted until then: for ever. */
export const FOREVER = Number.MAX_SAFE_INTEGER;
/** Entries in flight to one contact (protocol, section 12). */
export const WINDOW = 100;

/** How far a peer's log is applied, and the hash that its next entry must name. */
export interface LogHead {
  readonly upto: number;
  readonly head: Uint8Array;
}

/** A log of this side. Entries after `acked` are the outbox. */
export interface OwnLog {
  readonly id: Uint8Array;
  readonly seq: number;
  readonly head: Uint8Array;
  /** The other side has all entries up to here safely on its disk. */
  readonly acked: number;
}

export interface Timer {
  /** Seconds, 0 = off. */
  readonly ttl: number;
  /** When it was set: the later one wins, the shorter of two at once, on both sides alike. */
  readonly ts: number;
}

/** Everything of the conversation is erased (protocol, section 10); what is left only tells the other side so. */
export interface Forgotten {
  readonly at: number;
  /** This side's user asked for it; or the other side's did. */
  readonly mine: boolean;
  /** The other side has said that it has erased everything, too. */
  readonly answered: boolean;
}

/** The newest message, as a list may show it. */
export interface LastLine {
  readonly ref: string;
  readonly kind: 'text' | 'timed' | 'once';
  /** Words that are to go again are in no list: those of a text alone. */
  readonly text: string | null;
}

export interface Conversation {
  readonly id: string;
  readonly contact: ContactKeys;
  /** Short authentication string of the first contact, 24 bits (protocol, section 6). */
  readonly sas: number;
  /** What the people found when they compared symbols, digits or codes; `new`: they have not. */
  readonly trust: 'new' | 'verified' | 'differs';
  /** The keys were reset (no retained secret in common, section 7) and the user has not answered to it yet. */
  readonly reset: boolean;
  /** It came here out of a backup or from another device, which resets the keys, and the user has not answered to that yet. */
  readonly restored: boolean;
  /** The other side wrote two versions of one place of its log (section 9), and the user has not answered to it yet. */
  readonly forked: boolean;
  /** The own IP address is hidden from them: connections go through the relay alone. */
  readonly relayOnly: boolean;
  readonly createdAt: number;
  /** Public key in hexadecimal of the invitation that this side joined by; null: this side had invited. */
  readonly invitation: string | null;
  /** The name that the user chose for the other side. */
  readonly title: string | null;
  /** The name that the other side gave itself. */
  readonly peerName: string | null;
  readonly draft: string;
  /** Counts its versions, each of which is kept, and destroyed, for itself. */
  readonly draftSeq: number;
  readonly timer: Timer;
  /** The log that is appended to. Every page that writes begins one (own-logs.ts). */
  readonly own: OwnLog;
  /** Those before it that are not delivered to their end, oldest first; none of them is empty. */
  readonly earlier: readonly OwnLog[];
  /** The peer's logs by their id in hexadecimal, in the order in which they began. */
  readonly peers: ReadonlyMap<string, LogHead>;
  /** The next place in the timeline. */
  readonly nextOrder: number;
  readonly unread: number;
  readonly last: LastLine | null;
  readonly lastAt: number;
  /** When they were last connected, by the clock: written down with each session's keys, so it may be minutes before. */
  readonly metAt: number | null;
  readonly pinned: boolean;
  /** {@link FOREVER}, a time, or null: not muted. */
  readonly mutedUntil: number | null;
  readonly archived: boolean;
  /** The user wants to come back to it, as if it were unread. */
  readonly markedUnread: boolean;
  readonly forgotten: Forgotten | null;
}

/** What a text read like, and since when. */
export interface Version {
  readonly text: string;
  readonly at: number;
}

/** What each of the two people put to a text; null: nothing. */
export interface Reactions {
  readonly mine: string | null;
  readonly theirs: string | null;
}

export const NO_REACTIONS: Reactions = { mine: null, theirs: null };

/** One entry of one log, as this side keeps it. */
export interface Row {
  /** Log id in hexadecimal. */
  readonly log: string;
  readonly seq: number;
  /** Place in the timeline; null: never shown. */
  readonly order: number | null;
  /** From this time on it does not exist any more, milliseconds; null: it stays. */
  readonly deadline: number | null;
  readonly mine: boolean;
  /** When it was written or arrived, by this device's clock. */
  readonly at: number;
  /** By the writer's clock. */
  readonly ts: number;
  /** When the reader saw it. Of what is to be viewed once: when the reader first had it on the screen, unopened. */
  readonly seenAt: number | null;
  /** Of an own message erased for everyone: the erase entry, by its {@link refOf}. */
  readonly erasedBy: string | null;
  readonly ttl: number;
  readonly content: Content;
  /** What a text was edited to, oldest first: the last is how it reads now. */
  readonly edits: readonly Version[];
  readonly reactions: Reactions;
  /** The entry as it is on the wire. */
  readonly bytes: Uint8Array;
}

/** What has to be written, all of it or nothing. */
export interface Change {
  readonly conversation: Conversation;
  readonly put: readonly Row[];
  readonly remove: readonly Row[];
  /** Texts that died: what waits for delivery and speaks of them dies with them (erase.ts). By their {@link refOf}. */
  readonly died?: readonly string[];
  /** Entries that have got another name: the old and the new one, by {@link refOf}. */
  readonly moved?: readonly (readonly [from: string, to: string])[];
  /** All rows of the conversation go before anything is put. */
  readonly clear?: true;
}

/** A change of the conversation itself and of none of its rows. */
export function unlogged(conversation: Conversation): Change {
  return { conversation, put: [], remove: [] };
}

/** What a session leaves behind when it has opened; without continuity the keys were reset (protocol, section 7). */
export function retaining(
  state: Conversation,
  retained: ContactKeys['retained'],
  continuity: boolean,
  metAt: number
): Change {
  // That it was restored here explains one reset, and not the next one.
  const restored = state.restored && (continuity || !state.reset);
  const contact = { ...state.contact, retained };
  return unlogged({ ...state, contact, metAt, restored, reset: state.reset || !continuity });
}

/** What a first contact gives a conversation. */
export function pairingOf({
  established
}: {
  readonly established: Established;
}): Pick<Conversation, 'contact' | 'sas'> {
  if (!established.pairing) throw new UsageError('a first contact pairs');
  const { own, peer, rdv, psk, sas } = established.pairing;
  return { contact: { own, peer, rdv, psk, retained: established.retained }, sas };
}

/** Sending waits: a verified contact has new keys or contradicts itself, or the symbols differ. */
export function isPaused({ trust, reset, forked }: Conversation): boolean {
  return trust === 'differs' || (trust === 'verified' && (reset || forked));
}

/** The own logs that have something to deliver, or will have, in the order in which they go. */
export function logsOf({ earlier, own }: Conversation): readonly OwnLog[] {
  return [...earlier, own];
}

/** Own entries that wait for the other side. */
export function outboxOf(conversation: Conversation): number {
  return logsOf(conversation).reduce((sum, { seq, acked }) => sum + seq - acked, 0);
}

/** Tells which own entries the other side has. What is in no log any more was delivered, or has moved. */
export function deliveredIn(
  conversation: Conversation
): (entry: { readonly log: string; readonly seq: number }) => boolean {
  const acked = new Map(logsOf(conversation).map((log) => [hex(log.id), log.acked]));
  return ({ log, seq }) => seq <= (acked.get(log) ?? Infinity);
}

/** `log:seq`, the name of a row within its conversation. */
export function refOf(row: { readonly log: string; readonly seq: number }): string {
  return `${row.log}:${row.seq.toString()}`;
}

export function refOfPlace({ log, seq }: Place): string {
  return refOf({ log: hex(log), seq });
}

/** Inverse of {@link refOf}; null when it is no such name. */
export function parseRef(ref: string): { log: string; seq: number } | null {
  const match = /^([0-9a-f]{16}):([1-9][0-9]{0,14})$/.exec(ref);
  return match?.[1] && match[2] ? { log: match[1], seq: Number(match[2]) } : null;
}

/** Every read filters by deadline: an expired row is never shown, even if nothing has swept it yet. */
export function isAlive(row: Row, now: number): boolean {
  return row.deadline === null || row.deadline > now;
}

/** How a text reads now; null: it is none. What is to be viewed once is none. */
export function textOf({ content, edits }: Row): string | null {
  return content.kind === 'text' ? (edits.at(-1)?.text ?? content.text) : null;
}

/** Something that a person wrote to be read by the other. */
export function isMessage({ content }: Row): boolean {
  return content.kind === 'text' || content.kind === 'once';
}

/** Somebody's words are in it, or may be. What holds none needs no key that can be destroyed. */
export function holdsWords({ content }: Row): boolean {
  return !['gone', 'seen', 'erase', 'timer'].includes(content.kind);
}

/** Nobody has had it on a screen yet. */
export function isUnread(row: Row): boolean {
  return !row.mine && row.seenAt === null && isMessage(row);
}

export function isMuted({ mutedUntil }: Conversation, now: number): boolean {
  return mutedUntil !== null && mutedUntil > now;
}
