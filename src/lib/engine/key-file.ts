/** Which key file is this database's: its name in the database, and the same name in the file. */
import { equalBytes } from '../bytes.ts';
import type { Random } from '../crypto/random.ts';
import { FILE_ID_BYTES, type KeyFile, type KeyFileContents } from '../storage/key-file.ts';
import { keyFileIn } from '../storage/key-file-in-store.ts';
import { StoreError, type Store, type Write } from '../storage/store.ts';
import { Problem } from './api.ts';
import { isUsed } from './kept.ts';

/** Where the database keeps it. */
export const KEY_FILE = 'key file';

/** `file`: of its own, overwritten in place. `database`: where a browser has no such files. */
export type KeyPlace = 'file' | 'database';

interface Anchor {
  readonly id: Uint8Array;
  readonly place: KeyPlace;
}

interface Options {
  readonly store: Store;
  readonly keyFile: KeyFile | null;
  readonly random: Random;
  readonly epoch: number;
  readonly write: (writes: readonly Write[]) => Promise<void>;
}

/**
 * The file that the database names, or a new one for a database that names none.
 * @throws Problem `storage-keyless` where something is kept whose keys are gone: new ones would hide that.
 */
export async function openKeyFile(
  options: Options
): Promise<{ readonly file: KeyFile; readonly contents: KeyFileContents }> {
  const { store, keyFile } = options;
  const anchor = parse(await store.meta(KEY_FILE));
  if (!anchor) return create(options);
  const file = anchor.place === 'file' ? keyFile : keyFileIn(store);
  const contents = await file?.read();
  if (file && contents && equalBytes(contents.id, anchor.id)) return { file, contents };
  if (await isUsed(store)) throw new Problem('storage-keyless');
  return create(options);
}

/** What of the keys is left, for whoever only reads. */
export async function slotsLeft(
  meta: ReadonlyMap<string, unknown>,
  keyFile: KeyFile | null
): Promise<Uint8Array> {
  const anchor = parse(meta.get(KEY_FILE));
  const inDatabase = keyFileIn({ meta: (key) => Promise.resolve(meta.get(key)) });
  const contents = await (anchor?.place === 'file' ? keyFile : inDatabase)?.read().catch(() => null);
  return contents && anchor && equalBytes(contents.id, anchor.id) ? contents.slots : new Uint8Array(0);
}

/** null: there are no keys yet. */
export async function keyPlaceOf(store: Store): Promise<KeyPlace | null> {
  return parse(await store.meta(KEY_FILE))?.place ?? null;
}

/** Empty at first: it grows with the first need for it. */
async function create({
  store,
  keyFile,
  random,
  epoch,
  write
}: Options): Promise<{ readonly file: KeyFile; readonly contents: KeyFileContents }> {
  const contents = { id: random(FILE_ID_BYTES), slots: new Uint8Array(0) };
  const anchored = async (file: KeyFile, place: KeyPlace): Promise<KeyFile> => {
    await file.create(epoch, contents);
    const anchor: Anchor = { id: contents.id, place };
    await write([{ kind: 'put-meta', key: KEY_FILE, value: anchor }]);
    return file;
  };
  try {
    if (keyFile) return { file: await anchored(keyFile, 'file'), contents };
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'unavailable') throw error;
  }
  return { file: await anchored(keyFileIn(store), 'database'), contents };
}

function parse(value: unknown): Anchor | null {
  if (typeof value !== 'object' || value === null) return null;
  const { id, place } = value as Partial<Record<string, unknown>>;
  const isPlace = place === 'file' || place === 'database';
  return id instanceof Uint8Array && id.length === FILE_ID_BYTES && isPlace ? { id, place } : null;
}
