/**
 * Whoever has taken the disk, with our own code, in a page of the app's address in which the app itself does not run.
 * `reader.ts` makes a script of it.
 */
import { fromHex, utf8 } from '../../src/lib/bytes.ts';
import { openRecord, slotKey } from '../../src/lib/crypto/record.ts';
import { slotsLeft } from '../../src/lib/engine/key-file.ts';
import { KEYRING } from '../../src/lib/engine/kept.ts';
import { masterFrom, recordKeyOf } from '../../src/lib/engine/keyring.ts';
import { readable, rowContext } from '../../src/lib/engine/places.ts';
import { readableOf } from '../../src/lib/engine/salvage.ts';
import { readRemains } from '../../src/lib/storage/indexeddb.ts';
import { SLOT_BYTES } from '../../src/lib/storage/key-file.ts';
import { KEY_FILE_NAME, openOpfsKeyFile } from '../../src/lib/storage/key-file-opfs.ts';
import { openSecrets } from '../../src/lib/storage/secrets.ts';
import type { Sealed } from './ledger.ts';

export interface Opened {
  /** Texts of the database, as the app saves what is left of a damaged one. */
  readonly saved: readonly string[];
  /** Where it lay, and what it says: everything that any key opens of anything that was ever there. */
  readonly words: readonly string[];
  readonly tried: number;
}

declare global {
  interface Window {
    openRemains: (ever: readonly Sealed[], slots: readonly string[]) => Promise<Opened>;
  }
}

/** `slots`: keys that are not on this disk. */
window.openRemains = async (ever, slots) => {
  const fileOf = (name: string) =>
    openOpfsKeyFile(() => {
      throw new Error('nothing is written here');
    }, name);
  const keyFile = fileOf(KEY_FILE_NAME);
  const remains = await readRemains();
  const left = { meta: (key: string) => Promise.resolve(remains.meta.get(key)) };
  const secrets = openSecrets(fileOf('aparte-lock'), left, (length) => new Uint8Array(length));
  const master = recordKeyOf(await masterFrom(remains.meta.get(KEYRING), secrets));
  const file = await slotsLeft(remains.meta, keyFile);
  const inFile = Array.from({ length: file.length / SLOT_BYTES }, (_, i) =>
    file.slice(i * SLOT_BYTES, (i + 1) * SLOT_BYTES)
  );
  const keys = [master, ...[...inFile, ...slots.map(fromHex)].map((slot) => slotKey(master, slot))];
  const records = [
    ...remains.rows.map((row) => ({ context: rowContext(row), sealed: row.sealed })),
    ...remains.conversations.map(({ id, sealed }) => ({ context: `conversations/${id}`, sealed })),
    ...ever.map(({ context, sealed }) => ({ context, sealed: fromHex(sealed) }))
  ];
  /** What has opened one version of a record opens the next one. */
  const last = new Map<string, Uint8Array>();
  const words: string[] = [];
  let tried = 0;
  for (const { context, sealed } of records) {
    const before = last.get(context);
    for (const key of before ? [before, ...keys] : keys) {
      tried++;
      const text = readable(() => openRecord(key, utf8(context), sealed));
      if (!text) continue;
      words.push(`${context}: ${new TextDecoder('latin1').decode(text)}`);
      last.set(context, key);
      break;
    }
  }
  const saved = await readableOf(remains, { secrets, unlocked: master, keyFile });
  const texts = saved.flatMap(({ messages }) => messages.map(({ text }) => text));
  return { saved: texts, words, tried };
};
