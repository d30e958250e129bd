/** What waits for delivery and speaks of a text dies with it: an edit of it, a reaction to it. */
import { hex } from '../bytes.ts';
import { silenced } from '../conversation/erase.ts';
import { logsOf, type Change, type Row } from '../conversation/state.ts';
import type { Vault } from './vault.ts';

/** `change`, completed with what dies of the entries that wait. */
export async function withSilence(vault: Vault, change: Change): Promise<Change> {
  if (!change.died?.length) return change;
  const waiting: Row[] = [];
  for (const { id, acked, seq } of logsOf(change.conversation)) {
    if (seq === acked) continue;
    // They are in no timeline: nobody sees them.
    const isUnplaced = ({ order }: { order: number | null }): boolean => order === null;
    waiting.push(...(await vault.rows(change.conversation.id, hex(id), acked + 1, seq, isUnplaced)));
  }
  return silenced(change, waiting);
}
