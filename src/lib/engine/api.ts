/**
 * What the user interface sees of the engine: plain snapshots out, intentions in. Nothing here knows of keys,
 * frames or databases. Every snapshot is a fresh immutable value; times are milliseconds since the Unix epoch.
 */

import type { ConversationId, MessageId, Timeline } from './items.ts';
import type { LockFacts, Locking, Proof } from './lock-api.ts';
import type { MovingBetween } from './moving-api.ts';
import type { ProblemCode } from './problem-code.ts';

export type * from './items.ts';
export type * from './lock-api.ts';
export type * from './moving-api.ts';
export * from './problem-code.ts';
export type InvitationId = string & { readonly brand: 'InvitationId' };
export type KnockId = string & { readonly brand: 'KnockId' };

/** Where one conversation's connection stands. */
export type Connection =
  | { readonly kind: 'connected' }
  | { readonly kind: 'connecting' }
  /** The server is reached; the other side is not there, or no way leads to it. */
  | { readonly kind: 'waiting'; readonly noPath: boolean; readonly metAt: number | null }
  /** The server is not reached. */
  | { readonly kind: 'offline'; readonly metAt: number | null };

/** Why one conversation is connected, or not, and which way it has taken. */
export type Diagnosis =
  | {
      readonly kind: 'connected';
      /** Within one network, across networks, through a relay; null: the browser does not say. */
      readonly path: 'local' | 'direct' | 'relayed' | null;
      /** The round trip, milliseconds. */
      readonly rtt: number | null;
    }
  | { readonly kind: 'connecting' }
  /** The other side is not there. */
  | { readonly kind: 'away' }
  | { readonly kind: 'server-unreachable' }
  /** The server sends us away: it is full, our network holds too much of it, or one of the two is older. */
  | { readonly kind: 'server-full' | 'server-crowded' | 'server-refused' }
  | { readonly kind: 'no-webrtc' }
  /** The own address is to be hidden, and the server has no relay. */
  | { readonly kind: 'relay-missing' }
  /** Both are there, and no way leads from one to the other: without a relay… */
  | { readonly kind: 'udp-blocked' | 'no-path' }
  /** …or with one. */
  | { readonly kind: 'relay-failed' };

export interface ConversationSummary {
  readonly id: ConversationId;
  /** The name that the other side gave, or that the user chose; null: nobody named them. */
  readonly title: string | null;
  /** The words of the newest message, where they may be shown in a list: those of a text that stays. */
  readonly lastText: string | null;
  /** What the newest message is; null: there is none. */
  readonly lastKind: 'text' | 'timed' | 'once' | null;
  readonly lastAt: number;
  readonly unread: number;
  /** The user wants to come back to it, as if it were unread; opening it takes the mark away. */
  readonly markedUnread: boolean;
  readonly pinned: boolean;
  /** No notification before this time; Infinity: for ever; null: it is not muted. */
  readonly mutedUntil: number | null;
  /** Put away; a new message brings it back, unless it is muted. */
  readonly archived: boolean;
  readonly draft: string;
  /** Timer of the next message, seconds, 0 = off. */
  readonly ttl: number;
  readonly connection: Connection;
  /** Own entries that wait for the other side. */
  readonly queued: number;
  /** What the two people found when they compared; `new`: they have not. */
  readonly trust: 'new' | 'verified' | 'differs';
  /** The keys were reset: the safety number should be compared (again). */
  readonly reset: boolean;
  /** It was restored or moved to this device, which resets the keys, and nothing was compared or accepted since. */
  readonly restored: boolean;
  /** The other side has sent one message in two versions. */
  readonly forked: boolean;
  /** Sending waits for the user's word: a verified contact was reset or forked, or the comparison differed. */
  readonly paused: boolean;
  /** What two people compare at once: four symbols, numbers 0 to 63 of one table. */
  readonly symbols: readonly [number, number, number, number];
  /** The own IP address is hidden from them: everything goes through the relay. */
  readonly relayOnly: boolean;
}

/** Forgotten here, with everything that was in it; the other device has not confirmed yet that it has done so too. */
export interface Forgetting {
  readonly id: ConversationId;
  /** When the user asked for it. */
  readonly at: number;
}

/** What the user has chosen for everything. */
export interface Settings {
  /** New conversations begin with the own IP address hidden. */
  readonly relayOnly: boolean;
  /** Say what was read, and show what others have read: neither without the other. Timed messages always say so. */
  readonly receipts: boolean;
  /** Say that one is typing, and show that others are: likewise. */
  readonly typing: boolean;
  /** The timer that new conversations begin with, seconds, 0 = off. */
  readonly defaultTimer: number;
  /** Ask before a link leaves the app. */
  readonly linkWarning: boolean;
  /** New invitations ask before anybody is let in. */
  readonly askFirst: boolean;
  /** Minutes without a touch after which it locks itself, where there is a lock; 0: never. */
  readonly lockAfter: number;
  /** It also locks itself as soon as it is out of sight. */
  readonly lockHidden: boolean;
}

/** What they are before the user has chosen anything. */
export const NO_SETTINGS: Settings = {
  relayOnly: false,
  receipts: true,
  typing: true,
  defaultTimer: 0,
  linkWarning: false,
  askFirst: false,
  lockAfter: 5,
  lockHidden: false
};

export interface SendOptions {
  /** Self-destruct timer of this message alone, seconds, 0 = none; without it, the conversation's. */
  readonly ttl?: number;
  readonly replyTo?: MessageId;
  /** To be viewed once: the timer does not matter, and it answers nothing. */
  readonly once?: boolean;
  /** The words were said to somebody else first; nobody is named. */
  readonly forwarded?: boolean;
}

export interface SearchHit {
  readonly conversation: ConversationId;
  readonly message: MessageId;
  readonly mine: boolean;
  readonly at: number;
  readonly text: string;
  /** When it goes: it must not be shown any longer. */
  readonly deadline: number | null;
}

export interface SearchOptions {
  /** Without it, everywhere. */
  readonly conversation?: ConversationId;
  /** At most so many, the newest. */
  readonly limit?: number;
  /** Aborted, the search rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Hears all that was found so far, newest first, whenever there is more. */
  readonly listener?: (hits: readonly SearchHit[]) => void;
}

export interface InvitationView {
  readonly id: InvitationId;
  readonly url: string;
  readonly expiresAt: number;
  /** Nobody comes in through it before the user has said yes. */
  readonly askFirst: boolean;
}

/** Somebody has opened a link whose maker wants to be asked, and waits for the answer. */
export interface Knock {
  readonly id: KnockId;
  readonly invitation: InvitationId;
  /** What they call themselves; null: nothing. */
  readonly name: string | null;
}

export interface InvitationChange {
  readonly askFirst?: boolean;
  /** From now on. */
  readonly minutes?: number;
}

/** What two people compare who want to know for certain: either of the two is enough. It takes a moment to compute. */
export interface Safety {
  /** 60 digits. */
  readonly digits: string;
  /** What this side's QR code holds: upper-case hexadecimal (alphanumeric mode). */
  readonly code: string;
}

/** What joining an invitation does, step by step. */
export type JoinState =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'connecting' }
  /** They are there, and are being asked whether to let this side in. */
  | { readonly kind: 'asking' }
  | { readonly kind: 'joined'; readonly conversation: ConversationId }
  | { readonly kind: 'failed'; readonly problem: ProblemCode };

export interface Snapshot {
  /**
   * `starting`: nothing is known yet. `active`: this tab holds the lease. `elsewhere`: another tab does.
   * `locked`: nothing is known before it is unlocked. `broken`: storage cannot be used; `problem` says why.
   * `moved`: everything is on another device now; `handed-over`: perhaps. It is here still, and rests.
   */
  readonly phase: 'starting' | 'active' | 'elsewhere' | 'locked' | 'broken' | 'handed-over' | 'moved';
  readonly problem: ProblemCode | null;
  /** How what is kept is locked, also while it is open. */
  readonly lock: LockFacts;
  /** True while the signaling server is reached. */
  readonly online: boolean;
  /** The own name, sent encrypted to every new contact; '' = none. */
  readonly name: string;
  readonly settings: Settings;
  /** Whether the server has a relay; null: it has not said so yet. */
  readonly relay: boolean | null;
  /** Those that are pinned first, then newest first; archived ones are among them. */
  readonly conversations: readonly ConversationSummary[];
  readonly forgetting: readonly Forgetting[];
  /** What the other side has ended, and erased on both, since this page was opened. On no disk. */
  readonly ended: readonly Pick<ConversationSummary, 'id' | 'title'>[];
  readonly invitations: readonly InvitationView[];
  /** Who waits to be let in. */
  readonly knocks: readonly Knock[];
  /** False in a private window or where the browser has no database: messages vanish with the tab. */
  readonly durable: boolean;
  /** Things kept here that were found damaged; everything else works. */
  readonly damaged: number;
  /** Keys of what was deleted are still on the disk: they could not be overwritten, and that is tried again. */
  readonly undestroyed: boolean;
}

/** What the browser says of the space it gives. null: it does not say. */
export interface StorageFacts {
  /** It has promised not to clear anything by itself. */
  readonly persisted: boolean | null;
  /** Bytes. */
  readonly used: number | null;
  readonly available: number | null;
  /** Where the keys of messages lie; null: there are none yet. */
  readonly keys: 'file' | 'database' | null;
}

export interface ReadableMessage {
  readonly mine: boolean;
  readonly at: number;
  readonly text: string;
}

/** One conversation as it goes into a file. */
export interface ReadableConversation {
  readonly title: string | null;
  /** Oldest first. */
  readonly messages: readonly ReadableMessage[];
}

/** What has become of a backup's conversations. */
export interface Restored {
  /** So many are here now that were not. */
  readonly conversations: number;
  /** So many were here already, and are as they were. */
  readonly skipped: number;
}

/** Everything the user interface may ask for. A promise resolves when the change is on disk, or rejects with Problem. */
export interface Engine extends Locking, MovingBetween {
  readonly snapshot: Snapshot;
  /** Calls back after every change, never synchronously. Returns the unsubscriber. */
  subscribe(listener: (snapshot: Snapshot) => void): () => void;

  /** Opens one conversation's history and keeps the listener up to date until the returned handle is closed. */
  openTimeline(id: ConversationId, listener: (timeline: Timeline) => void): TimelineHandle;
  send(id: ConversationId, text: string, options?: SendOptions): Promise<void>;
  /** Own messages only. @throws Problem `message-gone` */
  edit(id: ConversationId, message: MessageId, text: string): Promise<void>;
  /** One emoji a person and message; '' takes it back. @throws Problem `message-gone` */
  react(id: ConversationId, message: MessageId, emoji: string): Promise<void>;
  /**
   * Destroys a message that is to be viewed once, on the disk and for ever, and resolves to its words: hold them only
   * while they are on the screen. @throws Problem `message-gone`
   */
  viewOnce(id: ConversationId, message: MessageId): Promise<string>;
  /**
   * Texts that may be shown now and hold the query, whatever its case and accents, newest first. Nothing that is to be
   * viewed once, and no timed message before it was read.
   */
  search(query: string, options?: SearchOptions): Promise<readonly SearchHit[]>;
  setDraft(id: ConversationId, text: string): void;
  setTimer(id: ConversationId, seconds: number): Promise<void>;
  setTitle(id: ConversationId, title: string): Promise<void>;
  safety(id: ConversationId): Promise<Safety>;
  /** A scanned QR code: resolves to whether it is this contact's. @throws Problem `code-unknown` for any other code. */
  scanned(id: ConversationId, code: string): Promise<boolean>;
  setTrust(id: ConversationId, trust: ConversationSummary['trust']): Promise<void>;
  /** Goes on after a reset or a fork, with somebody who is not verified any more. */
  acceptReset(id: ConversationId): Promise<void>;
  /** Hides the own IP address from them, from the next connection on, which begins at once; or does so no longer. */
  setRelayOnly(id: ConversationId, relayOnly: boolean): Promise<void>;
  examine(id: ConversationId): Promise<Diagnosis>;
  /** How long until the server is tried again, milliseconds; null: it is reached, or being tried. */
  nextAttempt(): Promise<number | null>;
  /** Begins the connection anew; through the relay alone, until it is tried again or the page is closed. */
  reconnect(id: ConversationId, throughRelay: boolean): Promise<void>;
  deleteForMe(id: ConversationId, message: MessageId): Promise<void>;
  /** Own messages only: erased here at once, on the other device when it is reached. */
  deleteForEveryone(id: ConversationId, message: MessageId): Promise<void>;
  /** Here alone. Of a conversation that is being forgotten: the other device is not waited for any more. */
  deleteConversation(id: ConversationId): Promise<void>;
  /**
   * Erases everything of it on both devices, and ends it: here at once, there when it is reached (see
   * {@link Snapshot.forgetting}).
   */
  forgetConversation(id: ConversationId): Promise<void>;
  setPinned(id: ConversationId, pinned: boolean): Promise<void>;
  /** Infinity: for ever; null: not any more. */
  setMuted(id: ConversationId, until: number | null): Promise<void>;
  setArchived(id: ConversationId, archived: boolean): Promise<void>;
  markUnread(id: ConversationId): Promise<void>;
  /** Takes the mark away, and tells the writer as if all of it had been seen; timed messages stay unread. */
  markRead(id: ConversationId): Promise<void>;

  setName(name: string): Promise<void>;
  /** Changes these of the settings. */
  setSettings(settings: Partial<Settings>): Promise<void>;
  createInvitation(): Promise<InvitationView>;
  /** Its link changes with it; one that was given away before goes on working, under the new rules. */
  changeInvitation(id: InvitationId, change: InvitationChange): Promise<InvitationView>;
  revokeInvitation(id: InvitationId): Promise<void>;
  /** Lets somebody in who has knocked, or does not. */
  answerKnock(id: KnockId, yes: boolean): Promise<void>;
  /** Parses a link's fragment without consuming anything. Rejects with Problem when it can not be used. */
  inspectLink(fragment: string): Promise<void>;
  /** Joins: nothing happens before this call. The listener hears every step; the handle gives up. */
  join(fragment: string, listener: (state: JoinState) => void): { close(): void };

  /** Tries to reach the server and every waiting contact now. */
  retry(): void;
  /** Takes the lease from the other tab. */
  takeOver(): Promise<void>;
  storageFacts(): Promise<StorageFacts>;
  /** Asks the browser not to clear anything by itself. Some ask the user in turn. Resolves to its answer. */
  persist(): Promise<boolean>;
  /** Everything untimed that can still be read, whatever the phase. @throws Problem `nothing-readable` */
  readable(): Promise<readonly ReadableConversation[]>;
  /**
   * The bytes of a file that only these words open, with everything untimed: texts, keys, name and settings; nothing to be
   * viewed once, no draft. Resolves to null when the proof was wrong: whoever holds an open device cannot take everything
   * away in a file. @throws Problem `backup-large`, and as {@link Locking.unlock}
   */
  backup(passphrase: string, proof: Proof): Promise<Uint8Array | null>;
  /** All of a backup that is not here yet, or nothing. @throws Problem `backup-…` */
  restore(file: Blob, passphrase: string): Promise<Restored>;
  /** Erases every database, cache and key of this browser. */
  deleteEverything(): Promise<void>;
}

export interface TimelineHandle {
  /** Loads one more page of older entries, or of newer ones; what is far from it may be let go. */
  loadOlder(): Promise<void>;
  loadNewer(): Promise<void>;
  /** Goes to the newest entries. */
  loadNewest(): Promise<void>;
  /** Goes to where this message is; false: there is no such message any more. */
  jumpTo(message: MessageId): Promise<boolean>;
  /** The first message of that time or later; null: there is none. */
  firstSince(at: number): Promise<MessageId | null>;
  /** The reader is at the newest message, and what comes pushes older ones out. */
  follow(following: boolean): void;
  /** These messages were really on a visible, focused screen: their timers start, read receipts go out. */
  seen(messages: readonly MessageId[]): void;
  /** The user is typing; sent at most every few seconds. */
  typing(): void;
  close(): void;
}
