/** Every byte of a folder, searched: as after a theft. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Which of these byte strings lie in which file. */
export function found(folder: string, needles: ReadonlyMap<string, readonly Buffer[]>): string[] {
  const hits: string[] = [];
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = readFileSync(path);
    for (const [name, forms] of needles)
      if (forms.some((form) => bytes.includes(form))) hits.push(`${name} in ${path.slice(folder.length)}`);
  }
  return hits;
}

/** As text lies on disks. */
export function formsOf(text: string): Buffer[] {
  return [Buffer.from(text, 'utf8'), Buffer.from(text, 'utf16le')];
}
