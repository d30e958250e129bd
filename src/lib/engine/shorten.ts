import { utf8 } from '../bytes.ts';
import { MAX_NAME_BYTES } from '../wire/content.ts';

/** At most {@link MAX_NAME_BYTES} bytes, cut between characters. */
export function shorten(name: string): string {
  let out = '';
  for (const character of name) {
    if (utf8(out + character).length > MAX_NAME_BYTES) break;
    out += character;
  }
  return out;
}
