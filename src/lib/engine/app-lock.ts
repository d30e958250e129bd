/**
 * What is done with a lock: opening it with what somebody shows, and changing it, which asks for that again. A change
 * writes the new keyring with a new slot, and then destroys the slot of the one before: between the two both open, and
 * what was not destroyed when the page went is destroyed before anything else is done (keyring.ts, `finish`).
 */
import { equalBytes, wipe } from '../bytes.ts';
import type { Clock } from '../clock.ts';
import type { Random } from '../crypto/random.ts';
import { unreachable } from '../errors.ts';
import type { Secrets } from '../storage/secrets.ts';
import { Problem, type LockChange, type LockFacts, type Proof } from './api.ts';
import { another, attemptsFrom, NO_ATTEMPTS, notBefore } from './attempts.ts';
import { isLocked, KEYRING } from './kept.ts';
import { finish, KEY_BYTES, masterFrom, newPlace, placeOf, saveUnlocked, type Disk } from './keyring.ts';
import {
  COST,
  keysOf,
  locked,
  lockedFrom,
  newStretching,
  openWay,
  randomKeys,
  type Locked,
  type Stretching,
  type WayKeys
} from './lock.ts';
import { NO_LOCK } from './lock-api.ts';

/** Where wrong attempts are counted. */
const ATTEMPTS = 'attempts';

/** Passkeys as far as this browser has them. The key is what the authenticator makes of the salt. */
export interface Passkeys {
  work(): Promise<boolean>;
  /** @throws Problem `passkey-failed` */
  create(salt: Uint8Array): Promise<{ readonly id: Uint8Array; readonly key: Uint8Array }>;
  /** @throws Problem `passkey-failed` */
  use(id: Uint8Array, salt: Uint8Array): Promise<Uint8Array>;
}

/** Stretches a passphrase, on another thread. @throws where there is not enough memory. */
export type Stretch = (passphrase: string, stretching: Stretching) => Promise<Uint8Array>;

export interface AppLockOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly secrets: Secrets;
  readonly stretch: Stretch;
  readonly passkeys: Passkeys;
}

export type Shown =
  | { readonly kind: 'wrong' }
  | { readonly kind: 'open'; readonly master: Uint8Array }
  /** The second passphrase: everything is to be destroyed. */
  | { readonly kind: 'panic'; readonly key: Uint8Array; readonly stretching: Stretching };

const WRONG: Shown = { kind: 'wrong' };

export class AppLock {
  readonly #options: AppLockOptions;

  constructor(options: AppLockOptions) {
    this.#options = options;
  }

  async facts({ store }: Pick<Disk, 'store'>): Promise<LockFacts> {
    const stored = await store.meta(KEYRING);
    if (!isLocked(stored)) return NO_LOCK;
    // Of garbage no more is said than that it is locked: whoever tries is told.
    const { passphrase, passkey } = lockedFrom(stored) ?? { passphrase: true, passkey: null };
    const attempts = attemptsFrom(await store.meta(ATTEMPTS), this.#options.clock.now());
    return { passphrase, passkey: passkey !== null, notBefore: notBefore(attempts) };
  }

  /** @throws Problem `lock-wait`, `passkey-failed`, `storage-keyless` */
  async show({ store, epoch, write }: Disk, proof: Proof): Promise<Shown> {
    const { secrets, stretch, passkeys, clock } = this.#options;
    const stored = await store.meta(KEYRING);
    if (!isLocked(stored)) {
      return proof.kind === 'nothing' ? { kind: 'open', master: await masterFrom(stored, secrets) } : WRONG;
    }
    const keyring = lockedFrom(stored);
    if (!keyring) throw new Problem('storage-keyless');
    await finish(keyring, epoch, secrets);
    const secret = await secrets.read(keyring.slot);
    if (!secret) throw new Problem('storage-keyless');
    const { stretching } = keyring;
    if (proof.kind === 'passkey') {
      if (!keyring.passkey) return WRONG;
      const key = await passkeys.use(keyring.passkey, stretching.salt);
      const master = openWay(keyring, 'passkey', key, secret);
      wipe(key);
      return master ? { kind: 'open', master } : WRONG;
    }
    if (proof.kind === 'nothing') return WRONG;
    const attempts = attemptsFrom(await store.meta(ATTEMPTS), clock.now());
    if (clock.now() < notBefore(attempts)) throw new Problem('lock-wait');
    await write([{ kind: 'put-meta', key: ATTEMPTS, value: another(attempts, clock.now()) }]);
    const key = await stretch(proof.passphrase, stretching);
    // Both are tried, whatever comes of the first: the same work, whichever it was.
    const master = openWay(keyring, 'passphrase', key, secret);
    const panic = openWay(keyring, 'panic', key, secret);
    if (master) {
      await write([{ kind: 'put-meta', key: ATTEMPTS, value: NO_ATTEMPTS }]);
      return { kind: 'open', master };
    }
    return panic ? { kind: 'panic', key, stretching } : WRONG;
  }

  /**
   * Resolves to false when what was shown was wrong: nothing has changed then.
   * @throws Problem as {@link show}, `lock-same` and `lock-old`
   */
  async change(disk: Disk, proof: Proof, change: LockChange): Promise<boolean> {
    const shown = await this.show(disk, proof);
    if (shown.kind !== 'open') return false;
    const { master } = shown;
    try {
      const stored = await disk.store.meta(KEYRING);
      // Of the first version: its master key lies on the disk without a slot, whatever is written in its place.
      if (!placeOf(stored)) throw new Problem('lock-old');
      const before = lockedFrom(stored);
      const after = await this.#changed(before, before ? keysOf(before, master) : null, change);
      if (after.passphrase || after.passkey) await this.#save(disk, master, after);
      else await saveUnlocked(master, disk, this.#options);
    } finally {
      wipe(master);
    }
    return true;
  }

  /** For an empty app: a new master key, locked with the passphrase by which somebody came here. */
  async begin(disk: Disk, { key, stretching }: Extract<Shown, { kind: 'panic' }>): Promise<Uint8Array> {
    const { random } = this.#options;
    const master = random(KEY_BYTES);
    const keys = { ...randomKeys(random), passphrase: key };
    await this.#save(disk, master, { stretching, keys, passphrase: true, passkey: null });
    return master;
  }

  /** The slot without which no copy of this keyring opens anything. */
  async destroy({ store, epoch }: Disk): Promise<void> {
    const keyring = lockedFrom(await store.meta(KEYRING));
    if (!keyring) return;
    await finish(keyring, epoch, this.#options.secrets);
    await this.#options.secrets.destroy(epoch, keyring.slot);
  }

  async #changed(before: Locked | null, known: WayKeys | null, change: LockChange): Promise<Kept> {
    const { random, passkeys } = this.#options;
    const kept: Kept = before
      ? { ...before, keys: known ?? randomKeys(random) }
      : {
          stretching: newStretching(random),
          keys: randomKeys(random),
          passphrase: false,
          passkey: null
        };
    const { keys, stretching } = kept;
    switch (change.kind) {
      case 'passphrase': {
        // Nobody can type a second passphrase where none is asked for.
        if (change.passphrase === null)
          return { ...kept, passphrase: false, keys: { ...randomKeys(random), passkey: keys.passkey } };
        const made = await this.#stretched(change.passphrase, stretching, before === null);
        if (equalBytes(made.key, keys.panic)) throw new Problem('lock-same');
        return { ...kept, ...made, passphrase: true, keys: { ...keys, passphrase: made.key } };
      }
      case 'panic': {
        const key =
          change.passphrase === null
            ? random(KEY_BYTES)
            : (await this.#stretched(change.passphrase, stretching, false)).key;
        if (equalBytes(key, keys.passphrase)) throw new Problem('lock-same');
        return { ...kept, keys: { ...keys, panic: key } };
      }
      case 'passkey': {
        if (!change.on) return { ...kept, passkey: null, keys: { ...keys, passkey: random(KEY_BYTES) } };
        const { id, key } = await passkeys.create(stretching.salt);
        return { ...kept, passkey: id, keys: { ...keys, passkey: key } };
      }
      default:
        return unreachable(change);
    }
  }

  /** A device that has not the memory for a new lock gets one that costs a quarter. */
  async #stretched(
    passphrase: string,
    stretching: Stretching,
    adapt: boolean
  ): Promise<{ readonly key: Uint8Array; readonly stretching: Stretching }> {
    const { stretch } = this.#options;
    try {
      return { key: await stretch(passphrase, stretching), stretching };
    } catch (error) {
      if (!adapt || stretching.n !== COST.n) throw error;
      const cheaper = { ...stretching, n: COST.n / 4 };
      return { key: await stretch(passphrase, cheaper), stretching: cheaper };
    }
  }

  async #save(disk: Disk, master: Uint8Array, kept: Kept): Promise<void> {
    const { secrets, random } = this.#options;
    const { stretching, passphrase, passkey, keys } = kept;
    const place = await newPlace(disk, secrets);
    const value = locked({ stretching, passphrase, passkey }, { master, keys, place, random });
    await disk.write([{ kind: 'put-meta', key: KEYRING, value }]);
    await finish(value, disk.epoch, secrets);
  }
}

interface Kept extends Pick<Locked, 'stretching' | 'passphrase' | 'passkey'> {
  readonly keys: WayKeys;
}
