/**
 * Which slot of the key file belongs to what: the table of pages, in memory. The n-th record of a log has the n-th slot of
 * the log's blocks, so that nothing but the page of each block has to be written down. A slot is used for one record in
 * its life, all versions of it; then it is overwritten, and a page whose slots are all fresh may be another block's.
 */
import type { Random } from '../crypto/random.ts';
import { SLOT_BYTES, type Run } from '../storage/key-file.ts';
import type { StoredPage } from '../storage/store.ts';

/** Slots of a page. Each page that writes begins a log of its own in each conversation: blocks are small. */
export const PAGE_SLOTS = 32;
const PAGE_BYTES = PAGE_SLOTS * SLOT_BYTES;
/** It grows by so many pages, or by a part of what there is, before there are fewer than these. */
const LEAST_GROWTH = 16;
const GROWTH_PART = 8;
const LOW_WATER = 8;
/** Random bytes of one call: a conversation that is destroyed has many slots, and the browser gives no more at once. */
const NOISE_BYTES = 1 << 16;

/** What has a key of its own: the `seq`-th record of a log of somebody. */
export interface Place {
  readonly owner: string;
  readonly log: string;
  readonly seq: number;
}

/** A log of nothing but the slots of its owner's record. */
export const RECORD = '';

/** Of a slot in a page that was found in the table it is not known at first whether anything is sealed with it. */
type Use = 'fresh' | 'used' | 'unknown';

interface Block extends StoredPage {
  readonly name: string;
  /** It is in the database's table. */
  stored: boolean;
  readonly uses: Use[];
}

export class Slots {
  readonly #random: Random;
  readonly #bytes: Uint8Array[] = [];
  readonly #blocks = new Map<string, Block>();
  readonly #byPage = new Map<number, Block>();
  #free: number[] = [];
  /** Destroyed in the life of this page: what was read before and opened after that is dead, not damaged. */
  readonly #destroyed = new Set<number>();
  readonly #freed = new Set<string>();

  constructor(random: Random, slots: Uint8Array, pages: readonly StoredPage[]) {
    this.#random = random;
    for (let at = 0; at + PAGE_BYTES <= slots.length; at += PAGE_BYTES)
      this.#bytes.push(slots.slice(at, at + PAGE_BYTES));
    for (const page of pages) {
      const uses = new Array<Use>(PAGE_SLOTS).fill('unknown');
      // A key that the file does not have any more: what is sealed with it can not be opened.
      if (page.page < this.#bytes.length) this.#set({ ...page, name: nameOf(page), stored: true, uses });
    }
    for (let page = this.#bytes.length - 1; page >= 0; page--)
      if (!this.#byPage.has(page)) this.#free.push(page);
  }

  get pages(): number {
    return this.#bytes.length;
  }

  /** The slot to seal with; its block gets a page if it has none. */
  sealing(place: Place): Uint8Array {
    const block = this.#blocks.get(nameOf(blockOf(place))) ?? this.#begin(place);
    const slot = slotIn(block, place);
    block.uses[slot % PAGE_SLOTS] = 'used';
    this.#destroyed.delete(slot);
    return this.#slot(slot);
  }

  /** The slot to open with; null: it has none any more. */
  opening(place: Place): Uint8Array | null {
    const block = this.#blocks.get(nameOf(blockOf(place)));
    return block ? this.#slot(slotIn(block, place)) : null;
  }

  /** It was destroyed since this page was loaded. */
  isDestroyed(place: Place): boolean {
    const name = nameOf(blockOf(place));
    const block = this.#blocks.get(name);
    return block ? this.#destroyed.has(slotIn(block, place)) : this.#freed.has(name);
  }

  /** The slot of this place, if anything may be sealed with it. */
  usedAt(place: Place): number | null {
    const block = this.#blocks.get(nameOf(blockOf(place)));
    if (!block) return null;
    const slot = slotIn(block, place);
    return block.uses[slot % PAGE_SLOTS] === 'fresh' ? null : slot;
  }

  /** All such slots of somebody. */
  usedBy(owner: string): number[] {
    return [...this.#blocks.values()]
      .filter((block) => block.owner === owner)
      .flatMap(({ page, uses }) =>
        uses.flatMap((use, i) => (use === 'fresh' ? [] : [page * PAGE_SLOTS + i]))
      );
  }

  /** The page of this place, where the table on the disk may not have it yet. */
  unstored(place: Place): StoredPage | null {
    const block = this.#blocks.get(nameOf(blockOf(place)));
    if (!block || block.stored) return null;
    const { page, owner, log } = block;
    return { page, owner, log, block: block.block };
  }

  stored({ page }: StoredPage): void {
    const block = this.#byPage.get(page);
    if (block) block.stored = true;
  }

  /** What was sealed with these is gone: from now on they are fresh keys in memory, and are to be so in the file. */
  destroy(slots: readonly number[]): void {
    let noise: Uint8Array = new Uint8Array(0);
    for (const [i, slot] of slots.entries()) {
      if (noise.length === 0) noise = this.#random(Math.min(NOISE_BYTES, (slots.length - i) * SLOT_BYTES));
      this.#slot(slot).set(noise.subarray(0, SLOT_BYTES));
      noise = noise.subarray(SLOT_BYTES);
      const block = this.#byPage.get(Math.floor(slot / PAGE_SLOTS));
      if (block) block.uses[slot % PAGE_SLOTS] = 'fresh';
      this.#destroyed.add(slot);
    }
  }

  /** Blocks of these slots of which it is not known what is in use. */
  unknown(slots: readonly number[]): readonly StoredPage[] {
    return this.#blocksOf(slots).filter(({ log, uses }) => log !== RECORD && uses.includes('unknown'));
  }

  /** These are the numbers of the records that there are in this block. */
  known({ page, block }: StoredPage, seqs: ReadonlySet<number>): void {
    const { uses } = this.#byPage.get(page) ?? { uses: [] };
    for (const [i, use] of uses.entries())
      if (use === 'unknown') uses[i] = seqs.has(block * PAGE_SLOTS + i) ? 'used' : 'fresh';
  }

  /** Pages of these slots in which nothing is in use, and nothing waits to be overwritten: they leave the table. */
  leave(slots: readonly number[], waiting: readonly number[]): readonly number[] {
    const busy = new Set(this.#blocksOf(waiting));
    const blocks = this.#blocksOf(slots).filter(
      (block) => !busy.has(block) && block.uses.every((use) => use === 'fresh')
    );
    // Whoever seals in one of them from now on writes it into the table again.
    for (const block of blocks) block.stored = false;
    return blocks.map(({ page }) => page);
  }

  /** They have left it, or not. Then those that nobody has come back to can be used again. */
  left(pages: readonly number[], done: boolean): void {
    for (const page of pages) {
      const block = this.#byPage.get(page);
      if (!block || block.uses.some((use) => use !== 'fresh')) continue;
      if (!done) block.stored = true;
      else {
        this.#blocks.delete(block.name);
        this.#byPage.delete(page);
        this.#freed.add(block.name);
        this.#free.push(page);
      }
    }
  }

  /** Grows in memory, before it has to. */
  grow(): void {
    if (this.#free.length >= LOW_WATER) return;
    const growth = Math.max(LEAST_GROWTH, Math.floor(this.pages / GROWTH_PART));
    const first = this.pages;
    for (let i = 0; i < growth; i++) this.#bytes.push(this.#random(PAGE_BYTES));
    this.#free = [...Array.from({ length: growth }, (_, i) => first + growth - 1 - i), ...this.#free];
  }

  /** The bytes of all pages from this one on. */
  from(page: number): Run {
    const pages = this.#bytes.slice(page);
    const bytes = new Uint8Array(pages.length * PAGE_BYTES);
    for (const [i, found] of pages.entries()) bytes.set(found, i * PAGE_BYTES);
    return { at: page * PAGE_SLOTS, bytes };
  }

  /** The bytes of these slots, in as few runs as they make. */
  runs(slots: readonly number[]): Run[] {
    const ends = new Map<number, number>();
    let at = -1;
    for (const slot of [...slots].sort((a, b) => a - b)) {
      if (ends.get(at) !== slot) at = slot;
      ends.set(at, slot + 1);
    }
    return [...ends].map(([at, end]) => {
      const bytes = new Uint8Array((end - at) * SLOT_BYTES);
      for (let slot = at; slot < end; slot++) bytes.set(this.#slot(slot), (slot - at) * SLOT_BYTES);
      return { at, bytes };
    });
  }

  wipe(): void {
    for (const bytes of this.#bytes) bytes.fill(0);
  }

  #begin(place: Place): Block {
    if (this.#free.length === 0) this.grow();
    const page = this.#free.pop() ?? 0;
    const uses = new Array<Use>(PAGE_SLOTS).fill('fresh');
    const stored = { page, ...blockOf(place) };
    const block = { ...stored, name: nameOf(stored), stored: false, uses };
    this.#set(block);
    return block;
  }

  #set(block: Block): void {
    this.#blocks.set(block.name, block);
    this.#byPage.set(block.page, block);
  }

  #blocksOf(slots: readonly number[]): Block[] {
    const pages = new Set(slots.map((slot) => Math.floor(slot / PAGE_SLOTS)));
    return [...pages].map((page) => this.#byPage.get(page)).filter((block) => block !== undefined);
  }

  #slot(slot: number): Uint8Array {
    const start = (slot % PAGE_SLOTS) * SLOT_BYTES;
    const page = this.#bytes[Math.floor(slot / PAGE_SLOTS)] ?? new Uint8Array(PAGE_BYTES);
    return page.subarray(start, start + SLOT_BYTES);
  }
}

function blockOf({ owner, log, seq }: Place): Omit<StoredPage, 'page'> {
  return { owner, log, block: Math.floor(seq / PAGE_SLOTS) };
}

function nameOf({ owner, log, block }: Omit<StoredPage, 'page'>): string {
  return `${owner}/${log}/${block.toString()}`;
}

function slotIn({ page }: StoredPage, { seq }: Place): number {
  return page * PAGE_SLOTS + (seq % PAGE_SLOTS);
}
