/**
 * Two secrets that can be destroyed, one that holds and one that the next goes to. What a database deletes lies on the
 * disk until it is compacted; these are overwritten in place, in a key file of their own, so that whatever was sealed with
 * their help opens never again, wherever copies of it lie. Where a browser has no such file they lie in the database, and
 * the settings say so. Writing names the epoch that this tab has claimed: one that stood still is fenced off.
 */
import { FILE_ID_BYTES, SLOT_BYTES, type KeyFile } from './key-file.ts';
import { StoreError, type Store } from './store.ts';

export interface Secrets {
  /** A new secret in another slot than this one, on the disk when this resolves. */
  take(epoch: number, not: number | null): Promise<{ readonly slot: number; readonly bytes: Uint8Array }>;
  /** null: there is none. */
  read(slot: number): Promise<Uint8Array | null>;
  /** Overwritten when this resolves. */
  destroy(epoch: number, slot: number): Promise<void>;
}

/** Those from this one on lie in the database. */
const IN_DATABASE = 2;

type Place = Pick<Store, 'meta'> & Partial<Pick<Store, 'commit'>>;

/** @param file null: this browser has none */
export function openSecrets(
  file: KeyFile | null,
  store: Place,
  random: (length: number) => Uint8Array
): Secrets {
  const overwrite = async (epoch: number, slot: number): Promise<Uint8Array> => {
    const bytes = random(SLOT_BYTES);
    if (slot < IN_DATABASE) await file?.write(epoch, [{ at: slot, bytes }]);
    else await store.commit?.(epoch, [{ kind: 'put-meta', key: nameOf(slot), value: bytes }]);
    return bytes;
  };
  /** What a database that is gone has left there is of no use to this one. */
  const create = async (epoch: number, slot: number): Promise<Uint8Array> => {
    const slots = random(IN_DATABASE * SLOT_BYTES);
    await file?.create(epoch, { id: random(FILE_ID_BYTES), slots });
    return slots.slice(slot * SLOT_BYTES, (slot + 1) * SLOT_BYTES);
  };
  return {
    async take(epoch, not) {
      const slot = not === null ? 0 : 1 - (not % IN_DATABASE);
      const isThere = not !== null && not < IN_DATABASE;
      try {
        if (file) return { slot, bytes: await (isThere ? overwrite : create)(epoch, slot) };
      } catch (error) {
        if (!(error instanceof StoreError) || error.code !== 'unavailable') throw error;
      }
      return { slot: slot + IN_DATABASE, bytes: await overwrite(epoch, slot + IN_DATABASE) };
    },
    async read(slot) {
      const found =
        slot < IN_DATABASE
          ? (await file?.read())?.slots.slice(slot * SLOT_BYTES, (slot + 1) * SLOT_BYTES)
          : await store.meta(nameOf(slot));
      return found instanceof Uint8Array && found.length === SLOT_BYTES ? found : null;
    },
    async destroy(epoch, slot) {
      await overwrite(epoch, slot);
    }
  };
}

function nameOf(slot: number): string {
  return `slot ${slot.toString()}`;
}
