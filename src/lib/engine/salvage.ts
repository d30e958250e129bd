/**
 * What can still be read of a damaged disk, as plain words for a file that the user keeps. Timed messages are never in
 * it: they must not outlive their time. Nor is what was erased.
 */
import { utf8 } from '../bytes.ts';
import { textOf } from '../conversation/state.ts';
import { openRecord } from '../crypto/record.ts';
import type { Remains } from '../storage/store.ts';
import { Problem, type ReadableConversation, type ReadableMessage } from './api.ts';
import { KEYRING } from './kept.ts';
import { masterFrom, recordKeyOf, type KeyringOptions } from './keyring.ts';
import { decodeConversation, decodeRow } from './records.ts';
import { readable, rowContext } from './vault.ts';

interface Found {
  readonly title: string | null;
  readonly messages: (ReadableMessage & { readonly order: number })[];
}

/** @throws Problem `storage-keyless` where the key is gone as well: nothing can be read without it; `storage-locked` */
export async function readableOf(
  { meta, conversations, rows }: Remains,
  { slots, unlocked }: Pick<KeyringOptions, 'slots' | 'unlocked'>
): Promise<ReadableConversation[]> {
  const key = unlocked ?? recordKeyOf(await masterFrom(meta.get(KEYRING), slots));
  const found = new Map<string, Found>();
  for (const { id, sealed } of conversations) {
    const state = readable(() =>
      decodeConversation(id, openRecord(key, utf8(`conversations/${id}`), sealed))
    );
    if (state) found.set(id, { title: state.title ?? state.peerName, messages: [] });
  }
  for (const stored of rows) {
    const row = readable(() => decodeRow(stored, openRecord(key, utf8(rowContext(stored)), stored.sealed)));
    if (!row || row.ttl > 0 || row.deadline !== null || row.order === null) continue;
    const text = textOf(row);
    if (text === null) continue;
    const { mine, at, order } = row;
    const conversation = found.get(stored.conversation) ?? { title: null, messages: [] };
    // The record of its conversation may be lost, and the words not.
    found.set(stored.conversation, conversation);
    conversation.messages.push({ mine, at, order, text });
  }
  const out = [...found.values()].filter(({ messages }) => messages.length > 0);
  if (out.length === 0) throw new Problem('nothing-readable');
  return out.map(({ title, messages }) => ({
    title,
    messages: messages.sort((a, b) => a.order - b.order).map(({ mine, at, text }) => ({ mine, at, text }))
  }));
}
