// The primitives, from node:crypto alone; HChaCha20 by hand, because OpenSSL has no XChaCha20.
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman
} from 'node:crypto';
import { join, Refused, refuse, unhex } from './bytes.ts';

export interface Pair {
  readonly secret: Uint8Array;
  readonly public: Uint8Array;
}

export const sha256 = (...parts: (Uint8Array | string)[]): Uint8Array =>
  join(
    createHash('sha256')
      .update(join(...parts))
      .digest()
  );

export const sha512 = (...parts: (Uint8Array | string)[]): Uint8Array =>
  join(
    createHash('sha512')
      .update(join(...parts))
      .digest()
  );

export const hmac = (key: Uint8Array, ...parts: (Uint8Array | string)[]): Uint8Array<ArrayBuffer> =>
  join(
    createHmac('sha256', key)
      .update(join(...parts))
      .digest()
  );

/** `X(salt, ikm)` of the page: HKDF-Extract (RFC 5869, 2.2). */
export const extract = (salt: Uint8Array | string, ikm: Uint8Array): Uint8Array => hmac(join(salt), ikm);

/** `H(prk, label, length, suffix)` of the page: HKDF-Expand (RFC 5869, 2.3). */
export function derive(
  prk: Uint8Array,
  label: string,
  length: number,
  suffix: Uint8Array = new Uint8Array(0)
): Uint8Array {
  let out = new Uint8Array(0);
  let block = out;
  for (let i = 1; out.length < length; i++) {
    block = hmac(prk, block, 'AP1/', label, suffix, Uint8Array.of(i));
    out = join(out, block);
  }
  return out.slice(0, length);
}

// RFC 8410: the fixed beginnings of an X25519 key in PKCS #8 and in SubjectPublicKeyInfo.
const PKCS8 = unhex('302e020100300506032b656e04220420');
const SPKI = unhex('302a300506032b656e032100');

export function pair(secret: Uint8Array): Pair {
  const key = createPrivateKey({ key: Buffer.from(join(PKCS8, secret)), format: 'der', type: 'pkcs8' });
  const der = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return { secret, public: join(der).slice(SPKI.length) };
}

export function dh(own: Pair, peer: Uint8Array): Uint8Array {
  try {
    const shared = diffieHellman({
      privateKey: createPrivateKey({
        key: Buffer.from(join(PKCS8, own.secret)),
        format: 'der',
        type: 'pkcs8'
      }),
      publicKey: createPublicKey({ key: Buffer.from(join(SPKI, peer)), format: 'der', type: 'spki' })
    });
    return shared.some((byte) => byte !== 0) ? join(shared) : refuse('all-zero result');
  } catch (error) {
    // OpenSSL itself refuses a result of zeros.
    if (error instanceof Refused) throw error;
    return refuse('X25519');
  }
}

const CIPHER = 'chacha20-poly1305';
const TAG = { authTagLength: 16 };

/** ChaCha20-Poly1305 (RFC 8439). */
export function seal(key: Uint8Array, nonce: Uint8Array, ad: Uint8Array, plain: Uint8Array): Uint8Array {
  const cipher = createCipheriv(CIPHER, key, nonce, TAG);
  cipher.setAAD(ad, { plaintextLength: plain.length });
  return join(cipher.update(plain), cipher.final(), cipher.getAuthTag());
}

export function open(key: Uint8Array, nonce: Uint8Array, ad: Uint8Array, sealed: Uint8Array): Uint8Array {
  if (sealed.length < 16) refuse('no tag');
  const cipher = createDecipheriv(CIPHER, key, nonce, TAG);
  cipher.setAAD(ad, { plaintextLength: sealed.length - 16 });
  cipher.setAuthTag(sealed.slice(-16));
  try {
    return join(cipher.update(sealed.slice(0, -16)), cipher.final());
  } catch {
    return refuse('does not open');
  }
}

/** One quarter round of ChaCha20 (RFC 8439, 2.1) on four words of the state. */
function quarter(state: Uint32Array, a: number, b: number, c: number, d: number): void {
  const step = (x: number, y: number, z: number, bits: number): void => {
    state[x] = (state[x] ?? 0) + (state[y] ?? 0);
    const word = ((state[z] ?? 0) ^ (state[x] ?? 0)) >>> 0;
    state[z] = (word << bits) | (word >>> (32 - bits));
  };
  step(a, b, d, 16);
  step(c, d, b, 12);
  step(a, b, d, 8);
  step(c, d, b, 7);
}

/** HChaCha20 (draft-irtf-cfrg-xchacha-03, 2.2): the subkey from the key and the first 16 bytes of the nonce. */
export function hchacha(key: Uint8Array, nonce: Uint8Array): Uint8Array {
  const block = Buffer.from(join('expand 32-byte k', key, nonce));
  const state = Uint32Array.from({ length: 16 }, (_, i) => block.readUInt32LE(4 * i));
  for (let round = 0; round < 10; round++) {
    for (let i = 0; i < 4; i++) quarter(state, i, 4 + i, 8 + i, 12 + i);
    for (let i = 0; i < 4; i++) quarter(state, i, 4 + ((i + 1) % 4), 8 + ((i + 2) % 4), 12 + ((i + 3) % 4));
  }
  const out = Buffer.alloc(32);
  for (let i = 0; i < 8; i++) out.writeUInt32LE(state[i < 4 ? i : i + 8] ?? 0, 4 * i);
  return join(out);
}

const inner = (nonce: Uint8Array): Uint8Array => join(new Uint8Array(4), nonce.slice(16));

export const xseal = (key: Uint8Array, nonce: Uint8Array, ad: Uint8Array, plain: Uint8Array): Uint8Array =>
  seal(hchacha(key, nonce.slice(0, 16)), inner(nonce), ad, plain);

export const xopen = (key: Uint8Array, nonce: Uint8Array, ad: Uint8Array, sealed: Uint8Array): Uint8Array =>
  open(hchacha(key, nonce.slice(0, 16)), inner(nonce), ad, sealed);
