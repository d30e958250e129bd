/** The catalogue of messages, as the tests read it: what the app says in each of its languages. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '../../src/lib/ui/i18n/messages');

interface Variants {
  readonly match: Readonly<Record<string, string>>;
}
type Table = Readonly<Record<string, string | readonly Variants[]>>;

export function catalogue(locale: string): ReadonlyMap<string, readonly string[]> {
  const { $schema: _, ...table } = JSON.parse(readFileSync(join(FOLDER, `${locale}.json`), 'utf8')) as Table;
  return new Map(
    Object.entries(table).map(([key, entry]) => [
      key,
      typeof entry === 'string' ? [entry] : entry.flatMap(({ match }) => Object.values(match))
    ])
  );
}

/** What a message says; of one that counts, its plural. */
export function speaking(locale: string) {
  const messages = catalogue(locale);
  return (key: string, inputs: Readonly<Record<string, string>> = {}): string => {
    const text = messages.get(key)?.at(-1);
    if (text === undefined) throw new Error(`There is no message ${key}`);
    return text.replace(/\{(\w+)\}/g, (_, name: string) => inputs[name] ?? '');
  };
}
