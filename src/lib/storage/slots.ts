/**
 * The port to secrets that can be destroyed. What a database deletes lies on the disk until it is compacted; a slot is
 * overwritten in place, so that whatever was sealed with its help opens never again, wherever copies of it lie. Writing
 * names the epoch that this tab has claimed (store.ts): one that was frozen while another took over is fenced off.
 */

export interface Slots {
  /** A new secret of 32 random bytes in another slot than this one, on the disk when this resolves. */
  take(epoch: number, not: number | null): Promise<{ readonly slot: number; readonly bytes: Uint8Array }>;
  /** null: there is none. */
  read(slot: number): Promise<Uint8Array | null>;
  /** Overwritten when this resolves. */
  destroy(epoch: number, slot: number): Promise<void>;
}

/** In memory: for tests. Those on one map are those of one disk. */
export function memorySlots(
  random: (length: number) => Uint8Array,
  disk = new Map<number, Uint8Array>()
): Slots {
  return {
    take() {
      const slot = disk.size;
      const bytes = random(32);
      disk.set(slot, bytes.slice());
      return Promise.resolve({ slot, bytes });
    },
    read: (slot) => Promise.resolve(disk.get(slot)?.slice() ?? null),
    destroy(_epoch, slot) {
      disk.set(slot, random(32));
      return Promise.resolve();
    }
  };
}
