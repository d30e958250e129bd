/**
 * The way of one page to the disk of its device: what is written takes its time, and is there, in part or not when the page
 * is gone, and the page may not hear of it. And a look at that disk by somebody who has kept all that was ever on it.
 */
import { utf8 } from '../../src/lib/bytes.ts';
import { openRecord, slotKey } from '../../src/lib/crypto/record.ts';
import { slotsLeft } from '../../src/lib/engine/key-file.ts';
import { recordKeyOf } from '../../src/lib/engine/keyring.ts';
import { readable, rowContext } from '../../src/lib/engine/places.ts';
import { decodeRow } from '../../src/lib/engine/records.ts';
import { PAGE_SLOTS } from '../../src/lib/engine/slots.ts';
import { openMemoryKeyFile } from '../../src/lib/storage/key-file-memory.ts';
import { SLOT_BYTES, type KeyFile, type Run } from '../../src/lib/storage/key-file.ts';
import { openMemoryStore, type MemoryState } from '../../src/lib/storage/memory.ts';
import {
  StoreError,
  type Store,
  type StoredPage,
  type StoredRow,
  type Write
} from '../../src/lib/storage/store.ts';
import type { Device } from './device.ts';

/** Everything that was ever written with a key of its own, and all pages of the key file that it may have been. */
export interface Written {
  readonly rows: StoredRow[];
  readonly pages: StoredPage[];
}

interface Asker {
  readonly tab: number;
  hear(callback: () => void): void;
}

/** What is under way: it comes to its end, or a part of it does. */
interface Writing {
  readonly complete: () => void;
  readonly tear?: () => void;
}

interface Queue {
  readonly waiting: Writing[];
  /** When the last one was heard of. */
  heardAt: number;
}

export class PageDisk {
  /** null: the keys lie in the store. */
  readonly keyFile: KeyFile | null;
  readonly #device: Device;
  readonly #page: Asker;
  readonly #disk: MemoryState;
  readonly #transactions: Queue = { waiting: [], heardAt: 0 };
  readonly #overwriting: Queue = { waiting: [], heardAt: 0 };
  #gone = false;

  constructor(device: Device, page: Asker) {
    this.#device = device;
    this.#page = page;
    this.#disk = device.disk;
    this.keyFile = device.hasKeyFile ? this.#keyFileOn(device.disk) : null;
  }

  /** A connection of its own each time. */
  openStore(): Store {
    const device = this.#device;
    const { tab } = this.#page;
    const store = openMemoryStore(this.#disk);
    return {
      claim: () => {
        device.tell({ op: 'claim', tab });
        return this.#heard(store.claim());
      },
      meta: (key) => this.#heard(store.meta(key)),
      records: (table) => this.#heard(store.records(table)),
      pages: () => this.#heard(store.pages()),
      doomed: () => this.#heard(store.doomed()),
      rows: (...args) => this.#heard(store.rows(...args)),
      page: (...args) => this.#heard(store.page(...args)),
      pageAfter: (...args) => this.#heard(store.pageAfter(...args)),
      earliest: (limit) => this.#heard(store.earliest(limit)),
      commit: (epoch, writes) =>
        this.#slowly(this.#transactions, async () => {
          if (device.full) throw new StoreError('full');
          await store.commit(epoch, writes);
          note(writes, device.written);
          device.tell({ op: 'commit', tab });
        }),
      close: () => {
        store.close();
      }
    };
  }

  /** The process is gone: of what was on its way to the disk something is there, in the order in which it was asked for. */
  crash(): void {
    const { world } = this.#device;
    for (const queue of [this.#transactions, this.#overwriting]) {
      for (const { complete, tear } of queue.waiting.splice(0)) {
        if (world.chance(0.5)) complete();
        else {
          tear?.();
          break;
        }
      }
    }
    this.#gone = true;
  }

  #heard<T>(result: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      result.then(
        (value) => {
          this.#page.hear(() => {
            resolve(value);
          });
        },
        (error: unknown) => {
          this.#page.hear(() => {
            reject(error instanceof Error ? error : new Error(String(error)));
          });
        }
      );
    });
  }

  /** Done some time from now, and heard of some time after that; both in the order in which it was asked for. */
  #slowly(queue: Queue, work: () => Promise<void>, tear?: () => void): Promise<void> {
    const { world } = this.#device;
    return this.#heard(
      new Promise<void>((resolve, reject) => {
        if (this.#gone) return;
        const writing: Writing = {
          complete: () => {
            work().then(() => {
              queue.heardAt = Math.max(world.clock.elapsed() + world.below(2), queue.heardAt);
              world.clock.after(queue.heardAt - world.clock.elapsed(), resolve);
            }, reject);
          },
          ...(tear && { tear })
        };
        queue.waiting.push(writing);
        world.clock.after(world.below(3), () => {
          queue.waiting.shift()?.complete();
        });
      })
    );
  }

  #keyFileOn({ keyFile: state }: MemoryState): KeyFile {
    const device = this.#device;
    const file = openMemoryKeyFile(state);
    return {
      read: () => this.#heard(file.read()),
      create: (epoch, contents) =>
        this.#slowly(
          this.#overwriting,
          () => file.create(epoch, contents),
          () => {
            state.bytes = new Uint8Array(0);
          }
        ),
      write: (epoch, runs) =>
        this.#slowly(
          this.#overwriting,
          () => {
            const end = Math.max(...runs.map(({ at, bytes }) => at * SLOT_BYTES + bytes.length));
            // What is there already is overwritten where it is: that needs no room.
            const isGrowing = end > (state.bytes?.length ?? 0);
            return device.full && isGrowing
              ? Promise.reject(new StoreError('full'))
              : file.write(epoch, runs);
          },
          () => {
            // A page that was fenced off has written nothing.
            file.write(epoch, beginningOf(runs, device)).catch(() => undefined);
          }
        ),
      destroy: () => this.#heard(file.destroy())
    };
  }
}

/** As far as it came: whole slots, one after the other. */
function beginningOf(runs: readonly Run[], { world }: Device): readonly Run[] {
  const slots = runs.flatMap(({ at, bytes }) =>
    Array.from({ length: bytes.length / SLOT_BYTES }, (_, i) => ({
      at: at + i,
      bytes: bytes.slice(i * SLOT_BYTES, (i + 1) * SLOT_BYTES)
    }))
  );
  return slots.slice(0, world.below(slots.length + 1));
}

function note(writes: readonly Write[], written: Written): void {
  for (const write of writes) {
    if (write.kind === 'put-row' && write.row.key === 'row') written.rows.push(write.row);
    else if (write.kind === 'put-page') written.pages.push(write.page);
  }
}

/**
 * Texts, of rows that are not on the disk any more, that who has kept all versions of the database opens with the key
 * file as it is now. What has ended this very moment may still be on its way.
 */
export async function opensAgain(
  { meta, rows, keyFile }: MemoryState,
  written: Written,
  since: number
): Promise<string[]> {
  const slots = await slotsLeft(meta, openMemoryKeyFile(keyFile));
  const { secret } = meta.get('keyring') as { secret: Uint8Array };
  const key = recordKeyOf(secret.slice());
  const pages = new Map<string, Set<number>>();
  for (const { owner, log, block, page } of written.pages) {
    const name = `${owner}/${log}/${block.toString()}`;
    pages.set(name, (pages.get(name) ?? new Set()).add(page));
  }
  const alive = new Set([...rows.values()].filter((row) => row.key === 'row').map(rowContext));
  const found = new Set<string>();
  for (const row of written.rows) {
    if (alive.has(rowContext(row)) || (row.deadline !== null && row.deadline > since)) continue;
    const block = Math.floor(row.seq / PAGE_SLOTS);
    for (const page of pages.get(`${row.conversation}/${row.log}/${block.toString()}`) ?? []) {
      const at = (page * PAGE_SLOTS + (row.seq % PAGE_SLOTS)) * SLOT_BYTES;
      const slot = slots.subarray(at, at + SLOT_BYTES);
      const opened = readable(() => openRecord(slotKey(key, slot), utf8(rowContext(row)), row.sealed));
      if (opened) found.add(textIn(row, opened));
    }
  }
  return [...found];
}

function textIn(row: StoredRow, opened: Uint8Array): string {
  const { content } = decodeRow(row, opened);
  return 'text' in content ? (content.text.split('/')[0] ?? '') : content.kind;
}
