import type { ConversationSummary, ProblemCode } from '../../engine/api.ts';
import { m } from './compiled/messages.js';

/** What only a dialog about locks or backups is told: its sentences are loaded with it (keeping-sentences.ts). */
export type KeepingCode = Extract<ProblemCode, `lock-${string}` | `backup-${string}` | 'passkey-failed'>;

/** The table from codes to sentences: what happened, and what to do next. */
const problems: Record<Exclude<ProblemCode, KeepingCode>, () => string> = {
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
  'nothing-readable': m.problem_nothing_readable,
  'no-websocket': m.problem_no_websocket,
  'no-webrtc': m.problem_no_webrtc,
  'code-unknown': m.problem_code_unknown,
  'not-loaded': m.problem_not_loaded,
  'not-active': m.problem_not_active
};

export function problemSentence(code: ProblemCode | null): string {
  return code !== null && code in problems ? problems[code as keyof typeof problems]() : m.problem_unknown();
}

type Trust = Pick<ConversationSummary, 'trust' | 'reset' | 'forked'>;

/** What is wrong with somebody's keys or log: what was compared differs, it contradicts itself, its keys are new. */
export type Alarm = 'differs' | 'forked' | 'reset';

const alarmWords: Record<Alarm, () => string> = {
  differs: m.trust_differs,
  forked: m.trust_forked,
  reset: m.trust_reset
};

export function alarmOf({ trust, reset, forked }: Trust): Alarm | null {
  if (trust === 'differs') return 'differs';
  if (forked) return 'forked';
  return reset ? 'reset' : null;
}

/** The one thing that a list or a header says about somebody's keys; null: nothing is known of them. */
export function trustWord(conversation: Trust): string | null {
  const alarm = alarmOf(conversation);
  if (alarm) return alarmWords[alarm]();
  return conversation.trust === 'verified' ? m.verified() : null;
}
