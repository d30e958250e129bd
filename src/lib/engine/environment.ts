/** What a session stands on, and what it shows before it knows anything. */
import type { BackupCipher } from '../backup/cipher.ts';
import type { Clock } from '../clock.ts';
import type { Random } from '../crypto/random.ts';
import type { KeyFile } from '../storage/key-file.ts';
import type { Remains, Store } from '../storage/store.ts';
import type { ConnectPeer, ConnectSignaling } from '../transport/ports.ts';
import { NO_SETTINGS, type ProblemCode, type Snapshot } from './api.ts';
import type { Passkeys, Stretch } from './app-lock.ts';
import type { IceOffer } from './diagnosis.ts';
import type { Durability } from './durability.ts';
import { NO_LOCK } from './lock-api.ts';

/** Everything of a browser that the engine needs; boot.ts names the real ones. */
export interface Environment {
  readonly clock: Clock;
  readonly random: Random;
  readonly locks: LockManager | undefined;
  /** Opens the database. `durable`: what is written survives the window. @throws StoreError */
  readonly openStore: (onClosed: () => void) => Promise<{ store: Store; durable: boolean }>;
  readonly connectSignaling: ConnectSignaling;
  readonly connectPeer: ConnectPeer;
  readonly joinUrl: string;
  /** STUN and TURN servers, as far as they are known. */
  readonly iceOffer: () => IceOffer;
  /** What this browser lacks, if anything. */
  readonly problem: ProblemCode | null;
  /** What is left of a damaged database. @throws StoreError */
  readonly readRemains: () => Promise<Remains>;
  readonly durability: Durability;
  /** What seals and opens backups. */
  readonly backupCipher: () => Promise<BackupCipher>;
  /** Where keys are overwritten in place: those of records, those of the lock. null: nowhere here. */
  readonly keyFile: KeyFile | null;
  readonly lockFile: KeyFile | null;
  readonly stretch: Stretch;
  readonly passkeys: Passkeys;
  /** Begins this page anew: nothing of its memory remains. */
  readonly reload: () => void;
  /** Erases what was ever written, the database and its keys first; the app itself stays, to be opened without a network. */
  readonly eraseData: () => Promise<void>;
  /** Erases what lies outside the store as well: the database itself, caches, the service worker. */
  readonly erase: () => Promise<void>;
}

export const STARTING: Snapshot = {
  phase: 'starting',
  problem: null,
  lock: NO_LOCK,
  online: false,
  name: '',
  settings: NO_SETTINGS,
  relay: null,
  conversations: [],
  forgetting: [],
  ended: [],
  invitations: [],
  knocks: [],
  durable: true,
  damaged: 0,
  undestroyed: false
};
