/** What a real browser has of keys. */
import { PAGE_SLOTS } from '../../src/lib/engine/slots.ts';
import type { StoredPage, StoredRow } from '../../src/lib/storage/store.ts';
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

/** Of each row that has a key of its own, where it lies and its slot. */
export async function keysOfRows(person: Person): Promise<Map<string, string>> {
  const [stored, file] = [await person.database(), await slots(person)];
  const of = <T>(table: string): T[] =>
    stored.filter(({ store }) => store === table).map(({ value }) => JSON.parse(value) as T);
  const pages = of<StoredPage>('pages');
  const keys = new Map<string, string>();
  for (const { conversation, log, seq, key } of of<StoredRow>('rows')) {
    if (key !== 'row') continue;
    const block = Math.floor(seq / PAGE_SLOTS);
    const page = pages.find((one) => one.owner === conversation && one.log === log && one.block === block);
    const slot = page && file[page.page * PAGE_SLOTS + (seq % PAGE_SLOTS)];
    keys.set(`${conversation}/${log}/${String(seq)}`, slot ?? '');
  }
  return keys;
}

/** How much is still to be overwritten. */
export async function doomed(person: Person): Promise<number> {
  return (await person.database()).filter(({ store }) => store === 'doomed').length;
}
