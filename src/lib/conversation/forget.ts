/**
 * A conversation that is to leave no trace on either side (protocol, section 10). Pure.
 *
 *   user asks: everything is erased, FORGET is all that is written ---> FORGET arrives: everything is erased there,
 *   FORGET arrives: answered <------------------------------------------ and FORGET is the answer
 *   own FORGET acknowledged, too: nothing is left to say               the same
 *
 * The keys stay until nothing is left to say, because without them nothing can be said.
 */
import { append, NO_HASH } from './log.ts';
import { outboxOf, TOMBSTONE_MS, unlogged, type Change, type Conversation } from './state.ts';

/** Erases everything. What waited for delivery goes too: FORGET is the first entry of a new log. */
export function forget(conversation: Conversation, log: Uint8Array, now: number): Change {
  const { id, contact, sas, relayOnly, createdAt, draftSeq, peers, forgotten } = conversation;
  const left: Conversation = {
    ...{ id, contact, sas, relayOnly, createdAt, draftSeq, peers },
    // Nothing that a user could be asked holds it up.
    ...{ trust: 'new', reset: false, restored: false, forked: false },
    ...{ invitation: null, title: null, peerName: null, draft: '', last: null },
    timer: { ttl: 0, ts: 0 },
    own: { id: log, seq: 0, head: NO_HASH, acked: 0 },
    earlier: [],
    ...{ nextOrder: 1, unread: 0, lastAt: 0, metAt: null },
    ...{ pinned: false, mutedUntil: null, archived: false, markedUnread: false },
    forgotten: forgotten ?? { at: now, mine: true, answered: false }
  };
  return { ...append(left, { kind: 'forget' }, 0, now), clear: true };
}

/** The other side says that it has erased everything. */
export function forgottenByPeer(conversation: Conversation, now: number): Change {
  const forgotten = conversation.forgotten ?? { at: now, mine: false };
  return unlogged({ ...conversation, forgotten: { ...forgotten, answered: true } });
}

/** Nothing is left to say: what is left can go. The side that was asked does not wait for ever for the last word. */
export function isOver(conversation: Conversation, now: number): boolean {
  const { forgotten } = conversation;
  if (!forgotten?.answered) return false;
  return outboxOf(conversation) === 0 || now - forgotten.at >= TOMBSTONE_MS;
}
