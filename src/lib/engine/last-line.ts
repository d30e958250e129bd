/** The last line that a list shows of a conversation. */
import { restoreLast } from '../conversation/log.ts';
import { refOf, type Change } from '../conversation/state.ts';
import type { Vault } from './vault.ts';

/** Where it went, the one before it is looked for among so many rows. */
const SEARCHED_ROWS = 30;

/** Where a change takes the last line away, the one before it comes back. */
export async function withLastLine(vault: Vault, hadOne: boolean, change: Change): Promise<Change> {
  const { conversation } = change;
  if (conversation.last !== null || !hadOne) return change;
  const gone = new Set([...change.put, ...change.remove].map(refOf));
  const rows = await vault.page(conversation.id, null, SEARCHED_ROWS);
  const left = rows.filter((row) => !gone.has(refOf(row)));
  return { ...change, conversation: restoreLast(conversation, left) };
}
