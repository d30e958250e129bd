import type { Mutant } from './mutants.ts';

/**
 * The sources that a mutant changes, as they are with it: file and text.
 * @throws Error where a text to be replaced is not there exactly once: the source has moved on, the mutant must follow.
 */
export function patched(
  { name, patches }: Pick<Mutant, 'name' | 'patches'>,
  read: (file: string) => string
): Map<string, string> {
  const texts = new Map<string, string>();
  for (const [file, from, to] of patches) {
    const text = texts.get(file) ?? read(file);
    if (text.split(from).length !== 2)
      throw new Error(`mutant "${name}": not exactly once in ${file}: ${from}`);
    texts.set(
      file,
      text.replace(from, () => to)
    );
  }
  return texts;
}
