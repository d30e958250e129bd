/** A conversation as a value, for tests of the pure rooms. */
import type { Conversation } from '../../src/lib/conversation/state.ts';
import type { ContactKeys } from '../../src/lib/protocol/known-contact.ts';

/** One in which nothing has been said, with a log of this number. */
export function conversation(log: number): Conversation {
  return {
    id: 'c',
    contact: {} as ContactKeys,
    sas: 0,
    trust: 'new',
    reset: false,
    restored: false,
    relayOnly: false,
    forked: false,
    createdAt: 0,
    invitation: null,
    title: null,
    peerName: null,
    draft: '',
    draftSeq: 0,
    timer: { ttl: 0, ts: 0 },
    own: { id: new Uint8Array(8).fill(log), seq: 0, head: new Uint8Array(8), acked: 0 },
    earlier: [],
    peers: new Map(),
    nextOrder: 1,
    unread: 0,
    last: null,
    lastAt: 0,
    metAt: null,
    pinned: false,
    mutedUntil: null,
    archived: false,
    markedUnread: false,
    forgotten: null
  };
}
