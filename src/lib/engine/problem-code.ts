/** What can go wrong, as the user is told of it. */

/** What is wrong with a link, or with this browser, as the sentences of the user interface are keyed. */
export type ProblemCode =
  | 'link-malformed'
  | 'link-newer'
  | 'link-expired'
  | 'link-used'
  | 'link-revoked'
  | 'link-own'
  | 'link-refused'
  | 'too-many-invitations'
  | 'too-many-conversations'
  | 'text-too-long'
  | 'outbox-full'
  | 'message-gone'
  | 'no-storage'
  | 'storage-full'
  | 'storage-broken'
  | 'storage-newer'
  | 'storage-damaged'
  | 'storage-deleted'
  | 'storage-keyless'
  | 'storage-blocked'
  | 'storage-locked'
  | 'lock-wait'
  | 'lock-same'
  | 'lock-old'
  | 'passkey-failed'
  | 'nothing-readable'
  | 'backup-unknown'
  | 'backup-passphrase'
  | 'backup-damaged'
  | 'backup-large'
  | 'backup-newer'
  | 'no-websocket'
  | 'no-webrtc'
  | 'code-unknown'
  | 'not-loaded'
  | 'not-active';

/** A failure that has a sentence for the user. Its text holds nothing but the code. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  constructor(code: ProblemCode) {
    super(code);
    this.code = code;
  }
}

/** Null: a failure that has no name. */
export function codeOf(reason: unknown): ProblemCode | null {
  return reason instanceof Problem ? reason.code : null;
}
