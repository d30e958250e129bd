/** Disks in memory: an image of one, an image put back, the moments between its transactions, what is on it. */
import { Lifetime } from '../../src/lib/engine/lifetime.ts';
import { Vault } from '../../src/lib/engine/vault.ts';
import { openMemoryKeyFile } from '../../src/lib/storage/key-file-memory.ts';
import { openMemoryStore, type MemoryState } from '../../src/lib/storage/memory.ts';
import { openSecrets } from '../../src/lib/storage/secrets.ts';
import type { World } from './people.ts';

export function imageOf({ meta, ...kept }: MemoryState): MemoryState {
  // A CryptoKey stays what it is.
  return { meta: new Map(meta), ...structuredClone(kept) };
}

/** The disk is as the image is: the fence too, which a restored file has as well. */
export function putBack(disk: MemoryState, image: MemoryState): void {
  const from = imageOf(image);
  for (const [to, source] of [
    [disk.meta, from.meta],
    [disk.rows, from.rows],
    [disk.tables.conversations, from.tables.conversations],
    [disk.tables.invitations, from.tables.invitations],
    [disk.tables.joins, from.tables.joins],
    [disk.pages, from.pages],
    [disk.doomed, from.doomed]
  ] as const) {
    const target = to as Map<unknown, unknown>;
    target.clear();
    for (const [key, value] of source) target.set(key, value);
  }
  disk.keyFile.bytes = from.keyFile.bytes;
}

/** Calls back before each transaction: a commit looks at the epoch first, and is then done in the same turn. */
export function beforeCommits({ meta }: MemoryState, look: () => void): void {
  const get = meta.get.bind(meta);
  meta.get = (key) => {
    if (key === 'epoch') look();
    return get(key);
  };
}

/** A copy of a disk, opened as the app would. */
export function vaultOn(disk: MemoryState, world: World): Promise<Vault> {
  return vaultIn(imageOf(disk), world);
}

/** A disk that no page has open, opened as the app would. */
export function vaultIn(disk: MemoryState, { clock, random }: World): Promise<Vault> {
  const store = openMemoryStore(disk);
  return Vault.open({
    store,
    secrets: openSecrets(null, store, random),
    keyFile: openMemoryKeyFile(disk.keyFile),
    random,
    lifetime: new Lifetime(clock, 0),
    onFailure: () => undefined,
    onDamaged: () => undefined,
    onShredding: () => undefined,
    later: () => undefined,
    onWritten: () => undefined
  });
}
