/** A conversation when it begins, and as the user interface sees it. */
import { hex } from '../bytes.ts';
import type { Met } from '../conversation/meeting.ts';
import { FOREVER, isPaused, outboxOf, pairingOf, type Conversation } from '../conversation/state.ts';
import type { Random } from '../crypto/random.ts';
import { sasSymbols } from '../protocol/safety-number.ts';
import { cleanName, HASH_BYTES, LOG_ID_BYTES } from '../wire/content.ts';
import type { ConversationId, ConversationSummary } from './api.ts';
import type { Contact } from './contact.ts';

const CONVERSATION_ID_BYTES = 16;

/** What it begins as. */
export function firstState(
  met: Met,
  { joinedBy, relayOnly }: { readonly joinedBy: string | null; readonly relayOnly: boolean },
  random: Random,
  now: number
): Conversation {
  return {
    id: hex(random(CONVERSATION_ID_BYTES)),
    ...pairingOf(met),
    trust: 'new',
    reset: false,
    restored: false,
    forked: false,
    relayOnly,
    createdAt: now,
    invitation: joinedBy,
    title: null,
    peerName: met.peerName === '' ? null : cleanName(met.peerName),
    draft: '',
    draftSeq: 0,
    timer: { ttl: 0, ts: 0 },
    own: { id: random(LOG_ID_BYTES), seq: 0, head: new Uint8Array(HASH_BYTES), acked: 0 },
    earlier: [],
    peers: new Map(),
    nextOrder: 1,
    unread: 0,
    last: null,
    lastAt: now,
    metAt: null,
    ...{ pinned: false, mutedUntil: null, archived: false, markedUnread: false },
    forgotten: null
  };
}

/** What a list and a header show of it. */
export function summarise(contact: Contact): ConversationSummary {
  const { state, connection } = contact;
  return {
    id: state.id as ConversationId,
    title: state.title ?? state.peerName,
    lastText: state.last?.text ?? null,
    lastKind: state.last?.kind ?? null,
    lastAt: state.lastAt,
    unread: state.unread,
    markedUnread: state.markedUnread,
    pinned: state.pinned,
    mutedUntil: state.mutedUntil === FOREVER ? Infinity : state.mutedUntil,
    archived: state.archived,
    draft: state.draft,
    ttl: state.timer.ttl,
    connection,
    queued: outboxOf(state),
    trust: state.trust,
    reset: state.reset,
    restored: state.restored,
    forked: state.forked,
    paused: isPaused(state),
    relayOnly: state.relayOnly,
    symbols: sasSymbols(state.sas)
  };
}
