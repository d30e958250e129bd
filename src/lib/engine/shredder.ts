/**
 * Destroys for good: the key of what a commit removes is overwritten in the key file, so that what a database keeps of it
 * opens for nobody (protocol, section 10). Two places, one order that any crash may interrupt:
 *
 *   commit: the record goes, its slot is written down as doomed --> the slot is overwritten and flushed --> commit: it is
 *   doomed no more, and a page of which nothing is in use goes --> the page can be another block's
 *
 * A start finds what is doomed and overwrites it again. What could not be overwritten stays doomed, is tried again every
 * few seconds, and the user is told. On the way of a message that is only written or read nothing is
 * flushed: pages are there before they are needed.
 */
import type { Random } from '../crypto/random.ts';
import type { KeyFile } from '../storage/key-file.ts';
import {
  StoreError,
  type Doomed,
  type Range,
  type Store,
  type StoredPage,
  type Write
} from '../storage/store.ts';
import { openKeyFile } from './key-file.ts';
import { ownerOf } from './places.ts';
import { Serial } from './serial.ts';
import { PAGE_SLOTS, RECORD, Slots, type Place } from './slots.ts';

/** Blocks whose rows are read at once. */
const BLOCKS = 16;

export interface ShredderOptions {
  readonly store: Store;
  /** null: this browser has none, and the keys lie in the database. */
  readonly keyFile: KeyFile | null;
  readonly random: Random;
  readonly epoch: number;
  /** A commit of nothing but what is handed in. */
  readonly write: (writes: readonly Write[]) => Promise<void>;
  /** What could not be done now. */
  readonly later: (work: () => void) => void;
  /** `undestroyed` is another. */
  readonly onShredding: () => void;
}

/** What a commit has to carry, and what follows from it. */
export interface Shredding {
  readonly writes: readonly Write[];
  readonly pages: readonly StoredPage[];
  readonly doomed: Doomed | null;
}

export class Shredder {
  readonly #options: ShredderOptions;
  readonly #file: KeyFile;
  readonly slots: Slots;
  /** One thing after the other is written to the file. */
  readonly #writing = new Serial();
  /** Pages that are in the file. */
  #durable: number;
  #growing: Promise<void> | null = null;
  #doomed: Doomed[];
  #nextId: number;
  #overwriting: Promise<void> | null = null;
  #undestroyed = false;

  private constructor(options: ShredderOptions, file: KeyFile, slots: Slots, doomed: readonly Doomed[]) {
    this.#options = options;
    this.#file = file;
    this.slots = slots;
    this.#durable = slots.pages;
    this.#doomed = [...doomed];
    this.#nextId = doomed.reduce((next, { id }) => Math.max(next, id + 1), 1);
  }

  /** Reads the keys, and overwrites what a crash has left. @throws Problem `storage-keyless` where they are gone. */
  static async open(options: ShredderOptions): Promise<Shredder> {
    const { store, random } = options;
    const [{ file, contents }, pages, doomed] = await Promise.all([
      openKeyFile(options),
      store.pages(),
      store.doomed()
    ]);
    const slots = new Slots(random, contents.slots, pages);
    slots.destroy(doomed.flatMap((found) => found.slots));
    const shredder = new Shredder(options, file, slots, doomed);
    shredder.#overwrite();
    void shredder.growing([]);
    return shredder;
  }

  /** What has to go with these writes. */
  follow(writes: readonly Write[]): Shredding {
    const kept: Place[] = [];
    const doomed: number[] = [];
    for (const write of writes) {
      const place = placeOf(write);
      if (place?.sealed === true) kept.push(place);
      else if (place) doomed.push(...[this.slots.usedAt(place)].filter((slot) => slot !== null));
      else if (write.kind === 'remove-rows') doomed.push(...this.slots.usedBy(write.conversation));
      else if (write.kind === 'remove-record')
        doomed.push(...this.slots.usedBy(ownerOf(write.table, write.id)));
    }
    const staying = new Set(kept.map((place) => this.slots.usedAt(place)));
    const slots = [...new Set(doomed)].filter((slot) => !staying.has(slot));
    const unstored = kept.map((place) => this.slots.unstored(place)).filter((page) => page !== null);
    const pages = [...new Map(unstored.map((page) => [page.page, page])).values()];
    const dooming = slots.length === 0 ? null : { id: this.#nextId++, slots };
    return {
      pages,
      doomed: dooming,
      writes: [
        ...pages.map((page): Write => ({ kind: 'put-page', page })),
        ...(dooming ? [{ kind: 'doom', doomed: dooming } as const] : [])
      ]
    };
  }

  /** null: these pages are in the file; else that has to be waited for. It grows before it has to. */
  growing(pages: readonly StoredPage[]): Promise<void> | null {
    this.slots.grow();
    // Where nobody waits for it nobody hears that it failed: whoever needs it tries again.
    if (this.slots.pages > this.#durable) this.#begin().catch(() => undefined);
    const last = Math.max(-1, ...pages.map(({ page }) => page));
    return last < this.#durable ? null : this.#grown(last);
  }

  /** It is on disk. */
  committed({ pages, doomed }: Shredding): void {
    for (const page of pages) this.slots.stored(page);
    if (!doomed) return;
    this.slots.destroy(doomed.slots);
    this.#doomed.push(doomed);
    this.#overwrite();
  }

  /** Resolves when everything that was doomed by now is overwritten, as far as that can be done. */
  async settled(): Promise<void> {
    await this.#overwriting;
  }

  /** Keys are on the disk that should be gone: they could not be overwritten. */
  get undestroyed(): boolean {
    return this.#undestroyed;
  }

  wipe(): void {
    this.slots.wipe();
  }

  #begin(): Promise<void> {
    this.#growing ??= this.#grow().finally(() => {
      this.#growing = null;
    });
    return this.#growing;
  }

  /** What grows at this moment may have begun before there was this page. */
  async #grown(page: number): Promise<void> {
    while (page >= this.#durable) await this.#begin();
  }

  async #grow(): Promise<void> {
    const { pages } = this.slots;
    const run = this.slots.from(this.#durable);
    await this.#writing.run(() => this.#file.write(this.#options.epoch, [run]));
    this.#durable = pages;
  }

  /** Many that are doomed while the file is written are overwritten together. */
  #overwrite(): void {
    if (this.#doomed.length > 0) this.#overwriting ??= this.#overwriteAll();
  }

  #say(undestroyed: boolean): void {
    if (this.#undestroyed === undestroyed) return;
    this.#undestroyed = undestroyed;
    this.#options.onShredding();
  }

  async #overwriteAll(): Promise<void> {
    try {
      while (this.#doomed.length > 0) await this.#overwriteSome([...this.#doomed]);
      this.#say(false);
    } catch (error) {
      // Another tab writes now, and overwrites them.
      if (error instanceof StoreError && error.code === 'fenced') return;
      this.#say(true);
      this.#options.later(() => {
        this.#overwrite();
      });
    } finally {
      // In the same turn in which nothing was doomed any more: who dooms next begins anew.
      this.#overwriting = null;
    }
  }

  async #overwriteSome(batch: readonly Doomed[]): Promise<void> {
    const { epoch, write } = this.#options;
    const slots = batch.flatMap((doomed) => doomed.slots);
    await this.#writing.run(() => this.#file.write(epoch, this.slots.runs(slots)));
    await this.#learn(this.slots.unknown(slots));
    const done = new Set(batch);
    const waiting = this.#doomed.filter((doomed) => !done.has(doomed)).flatMap((doomed) => doomed.slots);
    const leaving = this.slots.leave(slots, waiting);
    const isOut = write([
      ...batch.map(({ id }): Write => ({ kind: 'forget-doomed', id })),
      ...leaving.map((page): Write => ({ kind: 'remove-page', page }))
    ]);
    try {
      await isOut;
      this.#doomed = this.#doomed.filter((doomed) => !done.has(doomed));
      this.slots.left(leaving, true);
    } catch (error) {
      this.slots.left(leaving, false);
      throw error;
    }
  }

  /** Which slots of these blocks are in use. */
  async #learn(unknown: readonly StoredPage[]): Promise<void> {
    const owners = new Map<string, StoredPage[]>();
    for (const page of unknown) owners.set(page.owner, [...(owners.get(page.owner) ?? []), page]);
    for (const [owner, pages] of owners) {
      for (let i = 0; i < pages.length; i += BLOCKS) {
        const some = pages.slice(i, i + BLOCKS);
        const rows = await this.#options.store.rows(owner, some.map(rangeOf));
        const used = rows.filter(({ key }) => key === 'row');
        for (const page of some)
          this.slots.known(page, new Set(used.filter(({ log }) => log === page.log).map(({ seq }) => seq)));
      }
    }
  }
}

/** Its rows. */
function rangeOf({ log, block }: StoredPage): Range {
  const from = block * PAGE_SLOTS;
  return { log, from, to: from + PAGE_SLOTS - 1 };
}

/** The slot that a write is about: what it puts is sealed with it, or it can have no use any more. */
function placeOf(write: Write): (Place & { readonly sealed: boolean }) | null {
  switch (write.kind) {
    case 'put-row': {
      const { conversation, log, seq, key } = write.row;
      return { owner: conversation, log, seq, sealed: key === 'row' };
    }
    case 'remove-row':
      return { owner: write.conversation, log: write.log, seq: write.seq, sealed: false };
    case 'put-record': {
      const { id, slot } = write.record;
      return slot === null ? null : { owner: ownerOf(write.table, id), log: RECORD, seq: slot, sealed: true };
    }
    default:
      return null;
  }
}
