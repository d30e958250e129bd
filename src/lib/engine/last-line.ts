/** The one line that a list shows of a conversation: where the newest message goes, the one before it comes back. */
import { restoreLast } from '../conversation/last.ts';
import { refOf, type Change, type Conversation } from '../conversation/state.ts';
import type { Vault } from './vault.ts';

/** It is looked for among so many rows. */
const SEARCH = 30;

/** `change`, completed with the last line that it leaves. */
export async function withLastLine(vault: Vault, before: Conversation, change: Change): Promise<Change> {
  const { conversation } = change;
  if (conversation.last !== null || before.last === null || change.clear) return change;
  const gone = new Set([...change.put, ...change.remove].map(refOf));
  const { rows } = await vault.page(conversation.id, null, SEARCH);
  // Several changes may be one commit: what stays may have come with it.
  const kept = [...change.put, ...rows.filter((row) => !gone.has(refOf(row)))]
    .filter((row) => row.order !== null)
    .sort((a, b) => (b.order ?? 0) - (a.order ?? 0));
  return { ...change, conversation: restoreLast(conversation, kept) };
}
