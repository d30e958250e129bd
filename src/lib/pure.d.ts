/**
 * What the pure rooms may use beside the language itself: every browser and Node have it, no time or chance is in it.
 * Only tsconfig.pure.json reads this file.
 */
declare class TextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>;
}

declare class TextDecoder {
  constructor(label: 'utf-8', options: { fatal: true; ignoreBOM: true });
  decode(bytes: Uint8Array): string;
}
