/** What a change brings with it, beside what was decided: what dies with it, the line of a list, the draft's version. */
import type { Change, Conversation } from '../conversation/state.ts';
import { withDraft } from './drafts.ts';
import { withLastLine } from './last-line.ts';
import { withSilence } from './silence.ts';
import type { Vault } from './vault.ts';

export async function completed(vault: Vault, before: Conversation, change: Change): Promise<Change> {
  return withDraft(before, await withLastLine(vault, before, await withSilence(vault, change)));
}
