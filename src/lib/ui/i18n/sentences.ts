import type { ConversationSummary, ProblemCode } from '../../engine/api.ts';
import { m } from './compiled/messages.js';

/** The one table from codes to sentences: what happened, and what to do next. */
const problems: Record<ProblemCode, () => string> = {
  'link-malformed': m.problem_link_malformed,
  'link-newer': m.problem_link_newer,
  'link-expired': m.problem_link_expired,
  'link-used': m.problem_link_used,
  'link-revoked': m.problem_link_revoked,
  'link-own': m.problem_link_own,
  'link-refused': m.problem_link_refused,
  'too-many-invitations': m.problem_too_many_invitations,
  'too-many-conversations': m.problem_too_many_conversations,
  'text-too-long': m.problem_text_too_long,
  'outbox-full': m.problem_outbox_full,
  'message-gone': m.problem_message_gone,
  'no-storage': m.problem_no_storage,
  'storage-full': m.problem_storage_full,
  'storage-broken': m.problem_storage_broken,
  'storage-newer': m.problem_storage_newer,
  'storage-damaged': m.problem_storage_damaged,
  'storage-deleted': m.problem_storage_deleted,
  'storage-keyless': m.problem_storage_keyless,
  'storage-blocked': m.problem_storage_blocked,
  'storage-locked': m.problem_storage_locked,
  'lock-wait': m.problem_lock_wait,
  'lock-same': m.problem_lock_same,
  'lock-old': m.problem_lock_old,
  'passkey-failed': m.problem_passkey_failed,
  'nothing-readable': m.problem_nothing_readable,
  'backup-unknown': m.problem_backup_unknown,
  'backup-passphrase': m.problem_backup_passphrase,
  'backup-damaged': m.problem_backup_damaged,
  'backup-large': m.problem_backup_large,
  'backup-newer': m.problem_backup_newer,
  'no-websocket': m.problem_no_websocket,
  'no-webrtc': m.problem_no_webrtc,
  'code-unknown': m.problem_code_unknown,
  'not-loaded': m.problem_not_loaded,
  'not-active': m.problem_not_active
};

export function problemSentence(code: ProblemCode | null): string {
  return code === null ? m.problem_unknown() : problems[code]();
}

type Trust = Pick<ConversationSummary, 'trust' | 'reset' | 'forked'>;

/** What is wrong with somebody's keys or log: what was compared differs, it contradicts itself, its keys are new. */
export type Alarm = 'differs' | 'forked' | 'reset';

export const alarms = {
  differs: {
    word: m.trust_differs,
    title: m.differs_banner,
    text: m.differs_banner_text,
    paused: () => m.paused_differs()
  },
  forked: {
    word: m.trust_forked,
    title: m.forked_banner,
    text: m.forked_banner_text,
    paused: m.paused_forked
  },
  reset: { word: m.trust_reset, title: m.reset_banner, text: m.reset_banner_text, paused: m.paused_reset }
} satisfies Readonly<Record<Alarm, Readonly<Record<string, (inputs: { name: string }) => string>>>>;

export function alarmOf({ trust, reset, forked }: Trust): Alarm | null {
  if (trust === 'differs') return 'differs';
  if (forked) return 'forked';
  return reset ? 'reset' : null;
}

/** The one thing that a list or a header says about somebody's keys; null: nothing is known of them. */
export function trustWord(conversation: Trust): string | null {
  const alarm = alarmOf(conversation);
  if (alarm) return alarms[alarm].word();
  return conversation.trust === 'verified' ? m.verified() : null;
}
