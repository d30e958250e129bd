/** What a browser still holds of Aparté after everything was deleted. Each number should be 0. */
export interface Remains {
  /** null: this browser does not say which databases it has. */
  readonly databases: number | null;
  /** In the private file system; null: this browser has none, or does not say. */
  readonly files: number | null;
  readonly caches: number;
  readonly workers: number;
  /** Words in localStorage and sessionStorage. */
  readonly words: number;
}

/** The router keeps the scroll position for as long as the tab is open: that says nothing of anybody. */
const ofTheRouter = 'sveltekit:';

/** Asks the browser itself, and believes nothing that this page remembers. Loads nothing: that would fill a cache. */
export async function lookForRemains(): Promise<Remains> {
  const { databases } = indexedDB as Partial<IDBFactory>;
  const [found, files, names, workers] = await Promise.all([
    databases?.call(indexedDB) ?? null,
    filesLeft(),
    caches.keys(),
    navigator.serviceWorker.getRegistrations()
  ]);
  const words = [localStorage, sessionStorage].flatMap((storage) => Object.keys(storage));
  return {
    databases: found?.length ?? null,
    files,
    caches: names.length,
    workers: workers.length,
    words: words.filter((word) => !word.startsWith(ofTheRouter)).length
  };
}

async function filesLeft(): Promise<number | null> {
  const root = await (navigator.storage as Partial<StorageManager>).getDirectory?.().catch(() => null);
  if (!root) return null;
  let count = 0;
  for await (const _name of root.keys()) count++;
  return count;
}
