/** What the browser promises to keep, as far as it says; and a trace that outlives the database. */
import type { StorageFacts } from './api.ts';

const ASKED = 'aparte: asked to keep';
const TRACE = 'aparte: something is kept';

export interface Durability {
  readonly facts: () => Promise<Omit<StorageFacts, 'keys'>>;
  /** Asks the browser to keep everything. Some ask the user in turn. */
  readonly persist: () => Promise<boolean>;
  /** There is something worth keeping: asks for that by itself, once in the life of this profile. */
  readonly askOnce: () => void;
  /** Something is kept from now on. Where that is known and the database is empty, it was deleted. */
  readonly leaveTrace: () => void;
  readonly wasKept: () => boolean;
}

/** Neither exists outside of secure contexts. */
type Storage = Partial<StorageManager>;

export function durabilityOf({ storage }: { readonly storage?: Storage }): Durability {
  let asked = false;
  const persisted = async (): Promise<boolean | null> =>
    (await storage?.persisted?.().catch(() => null)) ?? null;
  const persist = async (): Promise<boolean> => (await storage?.persist?.().catch(() => false)) ?? false;
  return {
    persist,
    async facts() {
      const { usage, quota } = (await storage?.estimate?.().catch(() => undefined)) ?? {};
      return {
        persisted: await persisted(),
        used: usage ?? null,
        available: usage === undefined || quota === undefined ? null : Math.max(0, quota - usage)
      };
    },
    askOnce() {
      if (asked || remembered(ASKED) !== null) return;
      asked = true;
      remember(ASKED);
      void persisted().then((already) => (already === false ? persist() : already));
    },
    leaveTrace() {
      remember(TRACE);
    },
    wasKept: () => remembered(TRACE) !== null
  };
}

function remembered(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    // Storage is refused to this page: nothing is kept at all.
    return null;
  }
}

function remember(key: string): void {
  try {
    localStorage.setItem(key, '1');
  } catch {
    // Then it is asked again the next time.
  }
}
