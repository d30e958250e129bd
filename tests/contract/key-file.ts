/** The contract of storage/key-file.ts: what every adapter does. */
import { SLOT_BYTES, type KeyFile, type KeyFileContents } from '../../src/lib/storage/key-file.ts';
import { ensure, same, type Clause } from './check.ts';
import { refused } from './store.ts';

/** One disk, without a key file at first. */
export interface KeyDisk {
  /** Opens it in one more tab. */
  readonly open: () => Promise<KeyFile>;
  /** The epoch of a tab that takes over: 1, 2, … */
  readonly claim: () => Promise<number>;
}

const id = Uint8Array.from({ length: 16 }, (_, i) => i + 1);

function slots(count: number, from = 1): Uint8Array {
  return Uint8Array.from({ length: count * SLOT_BYTES }, (_, i) => (from + i) % 251);
}

async function created(disk: KeyDisk, contents: KeyFileContents): Promise<{ file: KeyFile; epoch: number }> {
  const file = await disk.open();
  const epoch = await disk.claim();
  await file.create(epoch, contents);
  return { file, epoch };
}

export const keyFileContract: readonly Clause<KeyDisk>[] = [
  {
    name: 'there is none at first, and reading makes none',
    async run(disk) {
      const file = await disk.open();
      same(await file.read(), null, 'at first');
      same(await (await disk.open()).read(), null, 'after that');
    }
  },
  {
    name: 'what was created is there, also for another tab',
    async run(disk) {
      await created(disk, { id, slots: slots(3) });
      same(await (await disk.open()).read(), { id, slots: slots(3) }, 'the file');
    }
  },
  {
    name: 'a new one takes the place of a longer one',
    async run(disk) {
      const { file } = await created(disk, { id, slots: slots(900) });
      const other = id.map((byte) => byte ^ 0xff);
      await file.create(await disk.claim(), { id: other, slots: slots(1, 9) });
      same(await file.read(), { id: other, slots: slots(1, 9) }, 'the file');
    }
  },
  {
    name: 'slots are overwritten where they are, and nothing beside them',
    async run(disk) {
      const { file, epoch } = await created(disk, { id, slots: slots(700) });
      const expected = slots(700);
      const runs = [0, 5, 6, 255, 256, 699].map((at) => ({ at, bytes: slots(1, at + 7) }));
      for (const { at, bytes } of runs) expected.set(bytes, at * SLOT_BYTES);
      await file.write(epoch, runs);
      same(await file.read(), { id, slots: expected }, 'the file');
    }
  },
  {
    name: 'it grows at its end',
    async run(disk) {
      const { file, epoch } = await created(disk, { id, slots: new Uint8Array(0) });
      await file.write(epoch, [{ at: 0, bytes: slots(600).slice(0, 300 * SLOT_BYTES) }]);
      await file.write(epoch, [{ at: 300, bytes: slots(600).slice(300 * SLOT_BYTES) }]);
      same(await file.read(), { id, slots: slots(600) }, 'the file');
    }
  },
  {
    name: 'keeps copies: what was handed over may change before it is written',
    async run(disk) {
      const { file, epoch } = await created(disk, { id, slots: slots(2) });
      const bytes = slots(1, 9);
      const written = file.write(epoch, [{ at: 1, bytes }]);
      bytes.fill(0);
      await written;
      same((await file.read())?.slots.slice(SLOT_BYTES), slots(1, 9), 'the slot');
    }
  },
  {
    name: 'a tab that another has taken over from writes nothing any more',
    async run(disk) {
      const { file, epoch } = await created(disk, { id, slots: slots(2) });
      const later = await disk.open();
      const next = await disk.claim();
      await later.write(next, [{ at: 0, bytes: slots(1, 50) }]);
      await refused(file.write(epoch, [{ at: 1, bytes: slots(1, 60) }]), 'fenced');
      await later.write(next, []);
      const contents = await file.read();
      same(contents?.slots.slice(SLOT_BYTES), slots(2).slice(SLOT_BYTES), 'the slot');
    }
  },
  {
    name: 'several who write at the same time: all of it is written',
    async run(disk) {
      const { file, epoch } = await created(disk, { id, slots: slots(300) });
      const other = await disk.open();
      const expected = slots(300);
      for (let at = 0; at < 20; at++) expected.set(slots(1, at), at * SLOT_BYTES);
      for (let at = 0; at < 20; at++)
        await Promise.all([
          file.write(epoch, [{ at, bytes: slots(1, at) }]),
          // Somebody who only looks.
          other.read()
        ]);
      same(await file.read(), { id, slots: expected }, 'the file');
    }
  },
  {
    name: 'where there is none, nothing can be written',
    async run(disk) {
      const file = await disk.open();
      await refused(file.write(await disk.claim(), [{ at: 0, bytes: slots(1) }]), 'damaged');
      same(await file.read(), null, 'the file');
    }
  }
];

/** Of a file of its own. */
export const ownFileContract: readonly Clause<KeyDisk>[] = [
  {
    name: 'destroyed, it is gone; again, it is no harm',
    async run(disk) {
      const { file, epoch } = await created(disk, { id, slots: slots(3_000) });
      await file.destroy();
      same(await file.read(), null, 'the file');
      await file.destroy();
      await file.create(epoch, { id, slots: slots(1) });
      ensure((await file.read()) !== null, 'there is no new one');
    }
  }
];
