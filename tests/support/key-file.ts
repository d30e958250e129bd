/** What a real browser has of keys. */
import type { Person } from './person.ts';

/** Slots of 32 bytes in hexadecimal, behind the header of 64 bytes. */
export function slots({ page }: Person): Promise<string[]> {
  return page.evaluate(async () => {
    const folder = await navigator.storage.getDirectory();
    const file = await (await folder.getFileHandle('aparte-keys')).getFile();
    const bytes = new Uint8Array(await file.arrayBuffer());
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    return hex.slice(128).match(/.{64}/g) ?? [];
  });
}

/** How much is still to be overwritten. */
export async function doomed(person: Person): Promise<number> {
  return (await person.database()).filter(({ store }) => store === 'doomed').length;
}
