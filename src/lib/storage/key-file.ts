/**
 * The port to the key file: nothing but random slots of 32 bytes behind a small header. A record's key is made from the
 * master key and one slot; destroying the record for good is overwriting its slot in place (protocol, section 10). A slot
 * is always a fresh key or somebody's: so there is no state in the file that a crash could leave half-written. Every
 * adapter passes tests/contract/key-file.ts.
 *
 *   "APK1" 4 | zeros 4 | file id 16 | epoch of the last writer u64 | zeros 32 | slot 32, slot 32, ...
 */
import { StoreError } from './store.ts';

export const SLOT_BYTES = 32;
export const FILE_ID_BYTES = 16;

const MAGIC = Uint8Array.of(0x41, 0x50, 0x4b, 0x31);
const HEADER_BYTES = 64;
const ID_AT = 8;
const EPOCH_AT = 24;

/** Bytes of several slots one after the other, from slot `at` on. */
export interface Run {
  readonly at: number;
  readonly bytes: Uint8Array;
}

export interface KeyFileContents {
  readonly id: Uint8Array;
  readonly slots: Uint8Array;
}

/** @throws StoreError `not-loaded` from whatever writes, where what writes did not come. */
export interface KeyFile {
  /** null: there is none, or what is there is none. @throws StoreError `closed` where it cannot be read now. */
  read(): Promise<KeyFileContents | null>;
  /** A new file in the place of whatever was there. @throws StoreError `unavailable` where there can be none. */
  create(epoch: number, { id, slots }: KeyFileContents): Promise<void>;
  /**
   * Overwrites in place, or makes it grow at its end; on disk when it resolves.
   * @throws StoreError `fenced` when a tab with a later epoch has written; `full`; `damaged` where there is none.
   */
  write(epoch: number, runs: readonly Run[]): Promise<void>;
  /** Overwrites all of it, then removes it. */
  destroy(): Promise<void>;
}

/** A file that is open for this moment alone: the browser's FileSystemSyncAccessHandle, or memory. */
export interface OpenFile {
  getSize(): number;
  read(to: Uint8Array<ArrayBuffer>, options: { at: number }): number;
  write(from: Uint8Array<ArrayBuffer>, options: { at: number }): number;
  truncate(size: number): void;
  flush(): void;
}

export function parseFile(bytes: Uint8Array): KeyFileContents | null {
  if (bytes.length < HEADER_BYTES || MAGIC.some((byte, i) => bytes[i] !== byte)) return null;
  const whole = bytes.length - ((bytes.length - HEADER_BYTES) % SLOT_BYTES);
  return { id: bytes.slice(ID_AT, ID_AT + FILE_ID_BYTES), slots: bytes.slice(HEADER_BYTES, whole) };
}

export function createIn(file: OpenFile, epoch: number, { id, slots }: KeyFileContents): void {
  const header = new Uint8Array(HEADER_BYTES);
  header.set(MAGIC);
  header.set(id, ID_AT);
  file.truncate(0);
  writeAll(file, slots, HEADER_BYTES);
  setEpoch(header, epoch);
  writeAll(file, header, 0);
  file.flush();
}

export function writeIn(file: OpenFile, epoch: number, runs: readonly Run[]): void {
  const header = new Uint8Array(HEADER_BYTES);
  file.read(header, { at: 0 });
  if (parseFile(header) === null) throw new StoreError('damaged');
  const last = epochOf(header);
  // Fencing: whoever stood still while another tab took over must not write over its keys.
  if (last > epoch) throw new StoreError('fenced');
  if (last < epoch) {
    setEpoch(header, epoch);
    writeAll(file, header, 0);
  }
  for (const { at, bytes } of runs) writeAll(file, bytes, HEADER_BYTES + at * SLOT_BYTES);
  file.flush();
}

/** `noise`: as many random bytes as the file is long, at least. */
export function overwriteAll(file: OpenFile, noise: (length: number) => Uint8Array): void {
  writeAll(file, noise(file.getSize()), 0);
  file.flush();
  file.truncate(0);
  file.flush();
}

function writeAll(file: OpenFile, bytes: Uint8Array, at: number): void {
  if (file.write(Uint8Array.from(bytes), { at }) < bytes.length) throw new StoreError('full');
}

function epochOf(header: Uint8Array): number {
  return Number(new DataView(header.buffer, header.byteOffset).getBigUint64(EPOCH_AT));
}

function setEpoch(header: Uint8Array, epoch: number): void {
  new DataView(header.buffer, header.byteOffset).setBigUint64(EPOCH_AT, BigInt(epoch));
}
