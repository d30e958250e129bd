/**
 * Canonical CBOR (RFC 8949, section 4.2): one encoding a value, and no other is read. cborg replaces malformed UTF-8
 * and drops a leading U+FEFF; text is read again here from its bytes, as it was written or not at all.
 */
import { decode, encode, Tokenizer, type Token } from 'cborg';
import { equalBytes, fromUtf8 } from '../bytes.ts';
import { WireError } from '../errors.ts';

const OPTIONS = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  allowBigInt: false,
  // Maps, so that no key of a peer names a property.
  useMaps: true,
  rejectDuplicateMapKeys: true,
  retainStringBytes: true
} as const;

class TextTokenizer extends Tokenizer {
  override next(): Token {
    const token = super.next();
    if (token.type.name === 'string' && token.byteValue) token.value = fromUtf8(token.byteValue);
    return token;
  }
}

export function encodeCbor(value: unknown): Uint8Array {
  return encode(value);
}

/** The value, with a Map for every map. @throws WireError */
export function decodeCbor(bytes: Uint8Array): unknown {
  try {
    const value: unknown = decode(bytes, { ...OPTIONS, tokenizer: new TextTokenizer(bytes, OPTIONS) });
    if (equalBytes(encode(value), bytes)) return value;
  } catch {
    // Whatever it complains of.
  }
  throw new WireError('not canonical CBOR');
}
