/** What the user interface sees of the app lock. */

/** How what is kept here is locked. */
export interface LockFacts {
  /** What opens it; neither: there is no lock. */
  readonly passphrase: boolean;
  readonly passkey: boolean;
  /** After wrong passphrases: before this time none is listened to. Milliseconds; 0: now. */
  readonly notBefore: number;
}

export const NO_LOCK: LockFacts = { passphrase: false, passkey: false, notBefore: 0 };

/** What somebody shows who may open or change the lock. `nothing`: there is none yet. */
export type Proof =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'passphrase'; readonly passphrase: string }
  | { readonly kind: 'passkey' };

export type LockChange =
  /** null: none any more. */
  | { readonly kind: 'passphrase'; readonly passphrase: string | null }
  | { readonly kind: 'passkey'; readonly on: boolean }
  /** The passphrase that opens an empty app and destroys everything else; null: none any more. */
  | { readonly kind: 'panic'; readonly passphrase: string | null };

export interface Locking {
  /** Forgets every key and everything else, at once. Without a lock nothing happens. */
  lock(): Promise<void>;
  /** Resolves to false when it was wrong. @throws Problem `lock-wait`, `passkey-failed` */
  unlock(proof: Proof): Promise<boolean>;
  /**
   * Resolves to false when the proof was wrong: then nothing has changed.
   * @throws Problem `lock-wait`, `lock-same`, `passkey-failed`
   */
  changeLock(proof: Proof, change: LockChange): Promise<boolean>;
  /** Whether this browser has passkeys that can open something. */
  passkeysWork(): Promise<boolean>;
}
