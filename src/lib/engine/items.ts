/** What one open conversation shows: a part of api.ts. */
import type { Reactions, Version } from '../conversation/state.ts';

export type { Reactions, Version };

export type ConversationId = string & { readonly brand: 'ConversationId' };
export type MessageId = string & { readonly brand: 'MessageId' };

export type DeliveryState = 'queued' | 'sent' | 'delivered' | 'read' | 'failed';

/** What a message answers, looked up whenever it is shown: the words die with the message that they are of. */
export interface Quote {
  readonly id: MessageId;
  readonly mine: boolean;
  /** As it reads now; null: it is gone, or was never to be quoted. */
  readonly text: string | null;
  /** When the words go, as far as that is known. */
  readonly deadline: number | null;
}

export interface TextItem {
  readonly kind: 'text';
  readonly id: MessageId;
  readonly mine: boolean;
  /** When it was written or arrived, by this device's clock. */
  readonly at: number;
  /** As it reads now. */
  readonly text: string;
  /** Earlier versions, oldest first; none: it was never edited. Of many only the newest are kept, and the first. */
  readonly edited: readonly Version[];
  readonly quote: Quote | null;
  readonly reactions: Reactions;
  /** The words were first said to somebody else. */
  readonly forwarded: boolean;
  /**
   * Of an own message; of a received one it is 'delivered' until it was seen here, then 'read'. With receipts off no own
   * message gets beyond 'delivered'.
   */
  readonly state: DeliveryState;
  /** Self-destruct timer of this message in seconds, 0 = none. */
  readonly ttl: number;
  /** When it was written or first seen, and when it goes: set once the timer runs. */
  readonly deadline: number | null;
  /** By the writer's clock. */
  readonly writtenAt: number;
  /** When its reader saw it; null: not yet, or receipts are off. */
  readonly seenAt: number | null;
}

/**
 * A message to be viewed once, before it is: its words are in no snapshot. Being on the screen does not open it, only
 * `viewOnce` does. The writer sees it go when the reader has opened it.
 */
export interface OnceItem {
  readonly kind: 'once';
  readonly id: MessageId;
  readonly mine: boolean;
  readonly at: number;
  /** Of a received one: 'delivered' until it was on the screen, then 'read'; never opened. */
  readonly state: DeliveryState;
}

export type TimelineItem =
  | TextItem
  | OnceItem
  /** A line of the narrator: a message to be viewed once was opened, by its reader, and is gone. */
  | {
      readonly kind: 'opened';
      readonly id: MessageId;
      readonly mine: boolean;
      readonly at: number;
      readonly openedAt: number;
    }
  /** A line of the narrator: somebody set the conversation's timer (seconds, 0 = off). */
  | {
      readonly kind: 'timer';
      readonly id: MessageId;
      readonly mine: boolean;
      readonly at: number;
      readonly ttl: number;
    }
  /** The own message was erased for everyone; `both` once the other device confirmed. */
  | { readonly kind: 'erased'; readonly id: MessageId; readonly at: number; readonly both: boolean }
  /** An entry of a kind this version does not know. */
  | { readonly kind: 'newer'; readonly id: MessageId; readonly mine: boolean; readonly at: number };

/** One open conversation: a part of its history, oldest first. */
export interface Timeline {
  readonly id: ConversationId;
  readonly items: readonly TimelineItem[];
  readonly hasOlder: boolean;
  /** It does not reach to the newest message. */
  readonly hasNewer: boolean;
  /** The first message that was unread when the conversation was opened, and how many were. */
  readonly firstUnread: MessageId | null;
  readonly unread: number;
  readonly typing: boolean;
}
