/** What a browser still holds of Aparté after everything was deleted. Each number should be 0; null: it does not say. */
export interface Remains {
  readonly databases: number | null;
  /** In the private file system. */
  readonly files: number | null;
  readonly caches: number | null;
  readonly workers: number | null;
  /** Words in localStorage and sessionStorage. */
  readonly words: number | null;
}

/** The router keeps the scroll position for as long as the tab is open: that says nothing of anybody. */
const ofTheRouter = 'sveltekit:';

/** Asks the browser itself, and believes nothing that this page remembers. Loads nothing: that would fill a cache. */
export async function lookForRemains(): Promise<Remains> {
  const [databases, files, names, workers, words] = await Promise.all([
    told(() => (indexedDB as Partial<IDBFactory>).databases?.call(indexedDB)),
    told(filesLeft),
    told(() => caches.keys()),
    told(() => navigator.serviceWorker.getRegistrations()),
    told(() => [localStorage, sessionStorage].flatMap((storage) => Object.keys(storage)))
  ]);
  return {
    databases: databases?.length ?? null,
    files: files?.length ?? null,
    caches: names?.length ?? null,
    workers: workers?.length ?? null,
    words: words?.filter((word) => !word.startsWith(ofTheRouter)).length ?? null
  };
}

/** null: it has no such thing, or refuses to be asked, as where site data is blocked. */
async function told<T>(ask: () => T | Promise<T>): Promise<Awaited<T> | null> {
  try {
    return (await ask()) ?? null;
  } catch {
    return null;
  }
}

async function filesLeft(): Promise<readonly string[] | null> {
  const root = await (navigator.storage as Partial<StorageManager> | undefined)?.getDirectory?.();
  if (!root) return null;
  const names: string[] = [];
  for await (const name of root.keys()) names.push(name);
  return names;
}
