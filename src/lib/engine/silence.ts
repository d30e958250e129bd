/** What waits for delivery and speaks of a text dies with it: an edit of it, a reaction to it. */
import { hex } from '../bytes.ts';
import { silenced } from '../conversation/erase.ts';
import { logsOf, type Change } from '../conversation/state.ts';
import type { Vault } from './vault.ts';

/** `change`, completed with what dies of the entries that wait. */
export async function withSilence(vault: Vault, change: Change): Promise<Change> {
  if (!change.died?.length) return change;
  const waiting = logsOf(change.conversation)
    .filter(({ acked, seq }) => seq > acked)
    .map(({ id, acked, seq }) => ({ log: hex(id), from: acked + 1, to: seq }));
  // They are in no timeline: nobody sees them.
  const isUnplaced = ({ order }: { order: number | null }): boolean => order === null;
  return silenced(change, await vault.rows(change.conversation.id, waiting, isUnplaced));
}
