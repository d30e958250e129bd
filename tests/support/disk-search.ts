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
    for (const name of needles.in(readFileSync(path))) hits.push(`${name} in ${path.slice(folder.length)}`);
  }
  return hits;
}
