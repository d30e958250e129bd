/** Why a file is not restored. Nothing has changed when it is thrown. */
import { WireError } from '../errors.ts';

/**
 * `unknown`: no backup of Aparté. `passphrase`: it does not open under these words. `damaged`: it does, and is not whole.
 * `large`: more than one file may hold. `newer`: written by a newer version. `no-worker`: what opens it could not be loaded.
 */
export type BackupErrorCode = 'unknown' | 'passphrase' | 'damaged' | 'large' | 'newer' | 'no-worker';

export class BackupError extends WireError {
  readonly code: BackupErrorCode;
  constructor(code: BackupErrorCode) {
    super(code);
    this.code = code;
  }
}
