import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

interface Icon {
  readonly src: string;
  readonly sizes: string;
  readonly purpose?: string;
}
interface Manifest {
  readonly icons: readonly Icon[];
  readonly shortcuts: readonly { readonly icons: readonly Icon[] }[];
}

const read = (path: string): Buffer => readFileSync(new URL(`../../static/${path}`, import.meta.url));
const manifest = JSON.parse(read('manifest.webmanifest').toString('utf8')) as Manifest;

it('has each icon in the size that it says', () => {
  for (const { src, sizes } of [...manifest.icons, ...manifest.shortcuts.flatMap(({ icons }) => icons)]) {
    const png = read(src.slice(1));
    // PNG, section 11.2.1: width and height follow the signature and the name of the first chunk.
    expect(`${String(png.readUInt32BE(16))}x${String(png.readUInt32BE(20))}`, src).toBe(sizes);
  }
});

it('has what installing asks for: any and maskable, 192 and 512 pixels', () => {
  const offered = manifest.icons.map(({ purpose, sizes }) => `${purpose ?? 'any'} ${sizes}`);
  expect(offered).toEqual(
    expect.arrayContaining(['any 192x192', 'any 512x512', 'maskable 192x192', 'maskable 512x512'])
  );
});
