/** Where the list's last line goes, the one before it comes back. */
import { restoreLast } from '../conversation/log.ts';
import { refOf, type Change, type Conversation } from '../conversation/state.ts';
import type { Vault } from './vault.ts';

/** It is looked for among so many rows. */
const SEARCHED = 30;

export async function withLastLine(vault: Vault, before: Conversation, change: Change): Promise<Change> {
  const { conversation } = change;
  if (conversation.last !== null || before.last === null) return change;
  const gone = new Set([...change.put, ...change.remove].map(refOf));
  const { rows } = await vault.page(conversation.id, null, SEARCHED);
  const left = rows.filter((row) => !gone.has(refOf(row)));
  return { ...change, conversation: restoreLast(conversation, left) };
}
