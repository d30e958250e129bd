/** Reads a profile as a thief would who has our code (remains.ts), and nothing that is not on the disk. */
import { join } from 'node:path';
import { build } from 'vite';
import type { Sealed } from './ledger.ts';
import type { Person } from './person.ts';
import type { Opened } from './remains.ts';

let script: Promise<string> | null = null;

/** `person`: with a copy of the profile, in which the app was not opened yet: it would destroy what it finds doomed. */
export async function openRemains(
  person: Person,
  ever: readonly Sealed[],
  slots: readonly string[] = []
): Promise<Opened> {
  // A picture alone has no icon of its own, and a browser asks for one.
  person.expected.push(/status of 404/);
  await person.open('/favicon.svg');
  await person.page.evaluate(await (script ??= bundle()));
  return person.page.evaluate(([ever, slots]) => window.openRemains(ever, slots), [ever, slots] as const);
}

async function bundle(): Promise<string> {
  const [result] = (await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      lib: { entry: join(import.meta.dirname, 'remains.ts'), formats: ['iife'], name: 'remains' }
    }
  })) as unknown as { output: { code: string }[] }[];
  const code = result?.output[0]?.code;
  if (code === undefined) throw new Error('there is no reader');
  return code;
}
