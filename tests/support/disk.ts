/** Disks in memory: an image of one, an image put back, the moments between its transactions, what is on it. */
import { Lifetime } from '../../src/lib/engine/lifetime.ts';
import { Vault } from '../../src/lib/engine/vault.ts';
import { openMemoryStore, type MemoryState } from '../../src/lib/storage/memory.ts';
import { BESIDE_THE_STORE } from './beside.ts';
import type { World } from './people.ts';

export function imageOf({ meta, tables, rows }: MemoryState): MemoryState {
  return { meta: new Map(meta), tables: structuredClone(tables), rows: structuredClone(rows) };
}

/** The disk is as the image is: the fence too, which a restored file has as well. */
export function putBack(disk: MemoryState, image: MemoryState): void {
  const from = imageOf(image);
  for (const [to, source] of [
    [disk.meta, from.meta],
    [disk.rows, from.rows],
    [disk.tables.conversations, from.tables.conversations],
    [disk.tables.invitations, from.tables.invitations],
    [disk.tables.joins, from.tables.joins]
  ] as const) {
    const target = to as Map<string, unknown>;
    target.clear();
    for (const [key, value] of source) target.set(key, value);
  }
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
export function vaultOn(disk: MemoryState, { clock, random }: World): Promise<Vault> {
  return Vault.open({
    ...{ store: openMemoryStore(imageOf(disk)), slots: BESIDE_THE_STORE.slots },
    random,
    lifetime: new Lifetime(clock, 0),
    onFailure: () => undefined,
    onDamaged: () => undefined,
    onWritten: () => undefined
  });
}
