/** What a session loads with the first need for it: whoever has no lock fetches nothing of one. */
import type { Secrets } from '../storage/secrets.ts';
import type { Store } from '../storage/store.ts';
import type { LockFacts } from './api.ts';
import type { AppLock } from './app-lock.ts';
import type { Environment } from './environment.ts';
import { isLocked, KEYRING, MOVE_MARK } from './kept.ts';
import type { Disk } from './keyring.ts';
import { NO_LOCK } from './lock-api.ts';
import { notLoaded } from './problem.ts';

export async function lockOf(environment: Environment, secrets: Secrets): Promise<AppLock> {
  const { AppLock: Lock } = await import('./app-lock.ts').catch(notLoaded);
  return new Lock({ ...environment, secrets });
}

export async function lockFactsOf(
  environment: Environment,
  store: Store,
  secrets: Secrets
): Promise<LockFacts> {
  if (!isLocked(await store.meta(KEYRING))) return NO_LOCK;
  return (await lockOf(environment, secrets)).facts({ store });
}

/** Of the master key that a lock gave, which is gone then. */
export async function recordKeyFrom(master: Uint8Array): Promise<Uint8Array> {
  const { recordKeyOf } = await import('./keyring.ts').catch(notLoaded);
  return recordKeyOf(master);
}

/** Who holds the lease, and is not working yet, writes like this. */
export async function diskOf(store: Store): Promise<Disk> {
  const epoch = await store.claim();
  return { store, epoch, write: (writes) => store.commit(epoch, writes) };
}

/** Nothing is kept, not even a key: but something was. */
export async function wasDeleted({ durability }: Environment, store: Store): Promise<boolean> {
  return durability.wasKept() && (await store.meta(KEYRING)) === undefined;
}

/** What was given to another device is used here again. */
export async function takeMarkAway(store: Store): Promise<void> {
  const { write } = await diskOf(store);
  await write([{ kind: 'put-meta', key: MOVE_MARK, value: null }]);
}
