/** Every byte of a folder, searched: as after a theft. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Needles } from './needles.ts';

/** Which of them lie in which file. */
export function found(folder: string, needles: Needles): string[] {
  const hits: string[] = [];
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    for (const name of needles.in(contentOf(path))) hits.push(`${name} in ${path.slice(folder.length)}`);
  }
  return hits;
}

/** A browser that runs clears its caches away while they are looked at: what is gone is not on the disk. */
function contentOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}
