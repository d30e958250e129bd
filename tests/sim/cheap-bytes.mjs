/**
 * Makes small arrays of bytes cheap in the thread that runs the simulator: they are cut from larger pieces of memory, each
 * byte of which is handed out once, and ASCII is encoded by hand. An array of its own costs ten times as much, and half of
 * what a seed does is making them.
 */
const PIECE = 1 << 16;
const LARGEST = 1 << 12;

const Bytes = globalThis.Uint8Array;
let piece = new ArrayBuffer(PIECE);
let used = 0;

function cut(length) {
  if (!(length <= LARGEST) || length < 0) return new Bytes(length);
  if (used + length > PIECE) {
    piece = new ArrayBuffer(PIECE);
    used = 0;
  }
  const bytes = new Bytes(piece, used, length);
  used = (used + length + 7) & ~7;
  return bytes;
}

function CheapBytes(source, offset, length) {
  if (typeof source === 'number') return cut(source);
  if (source instanceof ArrayBuffer) return new Bytes(source, offset, length);
  return source === undefined ? cut(0) : new Bytes(source);
}

CheapBytes.prototype = Bytes.prototype;
Object.setPrototypeOf(CheapBytes, Bytes);
CheapBytes.from = (source, ...map) => {
  if (!(source instanceof Bytes) || map.length > 0) return Bytes.from(source, ...map);
  const bytes = cut(source.length);
  bytes.set(source);
  return bytes;
};
globalThis.Uint8Array = CheapBytes;

const { subarray } = Bytes.prototype;
Object.defineProperty(Bytes.prototype, 'slice', {
  writable: true,
  configurable: true,
  value: function slice(start, end) {
    const part = subarray.call(this, start, end);
    const bytes = cut(part.length);
    bytes.set(part);
    return bytes;
  }
});

const encoder = new TextEncoder();
globalThis.TextEncoder = class {
  encode(text = '') {
    const { length } = text;
    const bytes = cut(length);
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) return encoder.encode(text);
      bytes[i] = code;
    }
    return bytes;
  }
};
