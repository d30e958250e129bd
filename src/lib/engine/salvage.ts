/**
 * What can still be read of a damaged disk, as plain words for a file that the user keeps. Timed messages are never in
 * it: they must not outlive their time. Nor is what was erased.
 */
import { utf8 } from '../bytes.ts';
import { textOf } from '../conversation/state.ts';
import { openRecord, slotKey } from '../crypto/record.ts';
import { AuthError } from '../errors.ts';
import type { Remains } from '../storage/store.ts';
import { Problem, type ReadableConversation, type ReadableMessage } from './api.ts';
import { slotsLeft } from './key-file.ts';
import { KEYRING } from './kept.ts';
import { masterFrom, recordKeyOf, type KeyringOptions } from './keyring.ts';
import { decodeConversation, decodeRow } from './records.ts';
import { Slots, type Place } from './slots.ts';
import { placeOfRecord, placeOfRow, readable, rowContext } from './places.ts';
import type { VaultOptions } from './vault.ts';

interface Found {
  readonly title: string | null;
  readonly messages: (ReadableMessage & { readonly order: number })[];
}

/** @throws Problem `storage-keyless` where the key is gone as well: nothing can be read without it; `storage-locked` */
export async function readableOf(
  { meta, conversations, rows, pages }: Remains,
  { secrets, unlocked, keyFile }: Pick<KeyringOptions, 'secrets' | 'unlocked'> & Pick<VaultOptions, 'keyFile'>
): Promise<ReadableConversation[]> {
  const key = unlocked ?? recordKeyOf(await masterFrom(meta.get(KEYRING), secrets));
  const slots = new Slots((length) => new Uint8Array(length), await slotsLeft(meta, keyFile), pages);
  const open = (name: string, place: Place | null, sealed: Uint8Array): Uint8Array => {
    const slot = place && slots.opening(place);
    if (place && !slot) throw new AuthError();
    return openRecord(slot ? slotKey(key, slot) : key, utf8(name), sealed);
  };
  const found = new Map<string, Found>();
  for (const record of conversations) {
    const { id, sealed } = record;
    const place = placeOfRecord('conversations', record);
    const state = readable(() => decodeConversation(id, open(`conversations/${id}`, place, sealed)));
    if (state) found.set(id, { title: state.title ?? state.peerName, messages: [] });
  }
  for (const stored of rows) {
    const row = readable(() =>
      decodeRow(stored, open(rowContext(stored), placeOfRow(stored), stored.sealed))
    );
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
