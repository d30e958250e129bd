/**
 * The container: an age file (age-encryption.org/v1) under a passphrase, so that the file can be opened without this app
 * as well. It computes for a second on purpose: only the worker and tests run it.
 */
import { Decrypter, Encrypter } from 'age-encryption';
import { BackupError } from './error.ts';
import { MAX_FILE_BYTES } from './frames.ts';

/** scrypt's N is two to this: 128 MiB, as much as a phone gives. */
const WORK_FACTOR = 17;
/** What is believed of a file: age's own tool writes 18 and takes 256 MiB. */
const MAX_WORK_FACTOR = 18;
const MAX_HEADER_BYTES = 256;

/** A header with one passphrase and nothing else: what is not written so was not written here. */
const HEADER =
  /^age-encryption\.org\/v1\n-> scrypt [A-Za-z0-9+/]{22} ([1-9][0-9]?)\n[A-Za-z0-9+/]{43}\n--- [A-Za-z0-9+/]{43}\n/;

export async function sealBackup(
  plain: Uint8Array,
  passphrase: string,
  workFactor = WORK_FACTOR
): Promise<Uint8Array> {
  const encrypter = new Encrypter();
  encrypter.setPassphrase(spelled(passphrase));
  encrypter.setScryptWorkFactor(workFactor);
  return encrypter.encrypt(plain);
}

/** @throws BackupError */
export async function openBackup(file: Uint8Array, passphrase: string): Promise<Uint8Array> {
  if (file.length > MAX_FILE_BYTES) throw new BackupError('large');
  const header = headerOf(file);
  const byPassphrase = new Decrypter();
  byPassphrase.addPassphrase(spelled(passphrase));
  const fileKey = await byPassphrase.decryptHeader(header).catch(failed('passphrase'));
  const byKey = new Decrypter();
  byKey.addIdentity({ unwrapFileKey: () => fileKey });
  return byKey.decrypt(file).catch(failed('damaged'));
}

/** Looked at before anything is computed. */
function headerOf(file: Uint8Array): Uint8Array {
  const head = [...file.subarray(0, MAX_HEADER_BYTES)].map((byte) => String.fromCharCode(byte)).join('');
  const [header, workFactor] = HEADER.exec(head) ?? [];
  if (header === undefined || Number(workFactor) > MAX_WORK_FACTOR) throw new BackupError('unknown');
  return file.subarray(0, header.length);
}

/** One spelling of what looks the same. */
function spelled(passphrase: string): string {
  return passphrase.normalize('NFC');
}

/** Whatever the library says of it; where there is no memory, the file is not to blame. */
function failed(code: 'passphrase' | 'damaged'): (reason: unknown) => never {
  return (reason) => {
    throw reason instanceof RangeError ? reason : new BackupError(code);
  };
}
