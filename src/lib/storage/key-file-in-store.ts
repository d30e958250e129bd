/**
 * The key file inside the database, where a browser has no private file system for workers: the same, but for one thing.
 * A database writes a new version beside the old one, and gives no word on when it clears that away.
 */
import { FILE_ID_BYTES, SLOT_BYTES, type KeyFile, type KeyFileContents, type Run } from './key-file.ts';
import { StoreError, type Store, type Write } from './store.ts';

/** Slots of one value: as many as are written anew where one is destroyed. */
const CHUNK = 256;
const CHUNK_BYTES = CHUNK * SLOT_BYTES;
const HEADER = 'key file: header';

interface Header {
  readonly id: Uint8Array;
  readonly slots: number;
}

export function keyFileIn(store: Pick<Store, 'meta'> & Partial<Pick<Store, 'commit'>>): KeyFile {
  const header = async (): Promise<Header | null> => parse(await store.meta(HEADER));
  const chunk = async (n: number): Promise<Uint8Array> => {
    const value = await store.meta(nameOf(n));
    return value instanceof Uint8Array ? value : new Uint8Array(0);
  };
  const save = (
    epoch: number,
    { id, slots }: Header,
    chunks: Iterable<[number, Uint8Array]>
  ): Promise<void> => {
    const writes = [...chunks].map(([n, value]): Write => ({ kind: 'put-meta', key: nameOf(n), value }));
    if (!store.commit) throw new StoreError('unavailable');
    return store.commit(epoch, [...writes, { kind: 'put-meta', key: HEADER, value: { id, slots } }]);
  };
  return {
    async read() {
      const found = await header();
      if (!found) return null;
      const slots = new Uint8Array(found.slots * SLOT_BYTES);
      const count = Math.ceil(found.slots / CHUNK);
      const chunks = await Promise.all(Array.from({ length: count }, (_, n) => chunk(n)));
      for (const [n, bytes] of chunks.entries())
        slots.set(bytes.subarray(0, slots.length - n * CHUNK_BYTES), n * CHUNK_BYTES);
      return { id: found.id, slots };
    },
    create: (epoch, { id, slots }) =>
      save(epoch, { id, slots: slots.length / SLOT_BYTES }, chunksOf({ id, slots })),
    async write(epoch, given) {
      const runs = given.map(({ at, bytes }) => ({ at, bytes: bytes.slice() }));
      const found = await header();
      if (!found) throw new StoreError('damaged');
      const changed = new Map<number, Uint8Array>();
      let slots = found.slots;
      for (const [at, bytes] of slotsOf(runs)) {
        const n = Math.floor(at / CHUNK);
        const before = changed.get(n) ?? (await chunk(n));
        const end = ((at % CHUNK) + 1) * SLOT_BYTES;
        const after = before.length >= end ? before : grown(before, end);
        after.set(bytes, end - SLOT_BYTES);
        changed.set(n, after);
        slots = Math.max(slots, at + 1);
      }
      await save(epoch, { id: found.id, slots }, changed);
    },
    // It goes with the database.
    destroy: () => Promise.resolve()
  };
}

function nameOf(n: number): string {
  return `key file: ${n.toString()}`;
}

function* slotsOf(runs: readonly Run[]): Iterable<[number, Uint8Array]> {
  for (const { at, bytes } of runs)
    for (let i = 0; i * SLOT_BYTES < bytes.length; i++)
      yield [at + i, bytes.subarray(i * SLOT_BYTES, (i + 1) * SLOT_BYTES)];
}

function* chunksOf({ slots }: KeyFileContents): Iterable<[number, Uint8Array]> {
  for (let n = 0; n * CHUNK_BYTES < slots.length; n++)
    yield [n, slots.slice(n * CHUNK_BYTES, (n + 1) * CHUNK_BYTES)];
}

function grown(bytes: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  out.set(bytes);
  return out;
}

function parse(value: unknown): Header | null {
  if (typeof value !== 'object' || value === null) return null;
  const { id, slots } = value as Partial<Record<string, unknown>>;
  const isId = id instanceof Uint8Array && id.length === FILE_ID_BYTES;
  return isId && Number.isSafeInteger(slots) ? { id, slots: Number(slots) } : null;
}
