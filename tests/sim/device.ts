/** One person's device: a disk, a clock that may be set, locks, and the pages on it. */
import { memoryState, type MemoryState } from '../../src/lib/storage/memory.ts';
import { opensAgain, type Written } from './disk.ts';
import type { Line, Shown, Who } from './history.ts';
import { Locks } from './locks.ts';
import { Page } from './page.ts';
import type { World } from './world.ts';

type Told = Line extends infer L ? (L extends { who: Who } ? Omit<L, 't' | 'who'> : never) : never;

interface Image {
  readonly image: number;
  readonly disk: MemoryState;
  readonly written: Written;
}

/** What is over is destroyed within this time. */
const SWEPT_MS = 1_000;

export class Device {
  readonly who: Who;
  readonly world: World;
  readonly locks = new Locks();
  /** The keys of messages lie in a file of their own, not in the database. */
  readonly hasKeyFile: boolean;
  disk: MemoryState;
  /** All that was ever on it. */
  written: Written = { rows: [], pages: [] };
  /** While true no transaction finds space. */
  full = false;
  pages: Page[] = [];
  /** Copies of the disk that were made in the past of what lies on it now. */
  images: Image[] = [];
  #offset = 0;
  #stepped = false;
  #tabs = 0;

  constructor(world: World, who: Who, disk: MemoryState, hasKeyFile: boolean) {
    this.hasKeyFile = hasKeyFile;
    this.world = world;
    this.who = who;
    this.disk = disk;
  }

  now(): number {
    return this.world.clock.now() + this.#offset;
  }

  /** The page that a person uses: the one that works. */
  get active(): Page | null {
    return this.pages.find((page) => page.isActive && !page.isFrozen) ?? null;
  }

  /** The time by which its screen hides what is over: a clock that goes forth and back again shows it again. */
  get screenTime(): number {
    return this.#stepped ? -Infinity : this.now();
  }

  /** Its clock was set, rightly or wrongly. */
  get wasSet(): boolean {
    return this.#stepped;
  }

  tell(line: Told): void {
    this.world.write({ t: this.world.clock.elapsed(), who: this.who, ...line });
  }

  open(): Page {
    const tab = ++this.#tabs;
    this.tell({ op: 'open', tab });
    const page = new Page(this, tab);
    this.pages.push(page);
    return page;
  }

  kill(page: Page): void {
    this.tell({ op: 'kill', tab: page.tab });
    page.kill();
    this.pages = this.pages.filter((other) => other !== page);
  }

  /** What of its past the disk still tells. */
  opensAgain(): Promise<string[]> {
    return opensAgain(this.disk, this.written, this.now() - SWEPT_MS);
  }

  setClock(offset: number): void {
    this.#offset = offset;
    this.#stepped = true;
    this.tell({ op: 'clock', offset });
  }

  copy(items: readonly Shown[]): void {
    const image = (this.images.at(-1)?.image ?? 0) + 1;
    this.images.push({ image, disk: copyOf(this.disk), written: copyOfWritten(this.written) });
    this.tell({ op: 'image', image, items });
  }

  /** Everything stops, and the disk is as it was when the copy was made. */
  async restore({ image, disk, written }: Image, peer: readonly Shown[] | null): Promise<void> {
    for (const page of this.pages) this.kill(page);
    await this.world.clock.settle();
    this.disk = copyOf(disk);
    this.written = copyOfWritten(written);
    // Later copies are of a past that this disk does not have.
    this.images = this.images.filter((other) => other.image <= image);
    this.tell({ op: 'restore', image, peer });
  }
}

function copyOfWritten({ rows, pages }: Written): Written {
  return { rows: [...rows], pages: [...pages] };
}

/** Two disks with the same on them; what is on a disk is never changed, only replaced. */
export function copyOf({ meta, tables, rows, pages, doomed, keyFile }: MemoryState): MemoryState {
  const { conversations, invitations, joins } = tables;
  return {
    meta: new Map(meta),
    tables: {
      conversations: new Map(conversations),
      invitations: new Map(invitations),
      joins: new Map(joins)
    },
    rows: new Map(rows),
    pages: new Map(pages),
    doomed: new Map(doomed),
    keyFile: { ...keyFile }
  };
}

/** A disk whose key is there already, bare as in a browser that can store no CryptoKey: WebCrypto takes real time. */
export function freshDisk(bytes: (length: number) => Uint8Array): MemoryState {
  const disk = memoryState();
  disk.meta.set('keyring', { kind: 'bare', secret: bytes(32) });
  return disk;
}
