import type { ProblemCode } from '../../engine/api.ts';
import { m } from './compiled/messages.js';
import { problemSentence, type KeepingCode } from './sentences.ts';

const problems: Record<KeepingCode, () => string> = {
  'lock-wait': m.problem_lock_wait,
  'lock-same': m.problem_lock_same,
  'lock-old': m.problem_lock_old,
  'passkey-failed': m.problem_passkey_failed,
  'backup-unknown': m.problem_backup_unknown,
  'backup-passphrase': m.problem_backup_passphrase,
  'backup-damaged': m.problem_backup_damaged,
  'backup-large': m.problem_backup_large,
  'backup-newer': m.problem_backup_newer
};

/** As problemSentence, with those of locks and backups. Loaded with what needs it. */
export function keepingSentence(code: ProblemCode | null): string {
  return code !== null && code in problems ? problems[code as KeepingCode]() : problemSentence(code);
}
