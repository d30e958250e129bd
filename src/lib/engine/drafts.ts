/**
 * A draft lies in a row of its own, in a log that nobody exchanges: each version has the next number and a key that dies
 * with it, so that what was typed and thrown away is nowhere.
 */
import type { Change, Conversation } from '../conversation/state.ts';

export const DRAFT = 'draft';

/** `after`, with the number of the draft's version that it brings, if it brings one. */
export function withDraft(before: Conversation, { conversation, ...change }: Change): Change {
  const { draft, draftSeq } = before;
  // One of before drafts had rows lies in the record.
  const isNew = conversation.draft !== draft || (conversation.draft !== '' && draftSeq === 0);
  return { ...change, conversation: isNew ? { ...conversation, draftSeq: draftSeq + 1 } : conversation };
}
