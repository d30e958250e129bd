// ML-KEM-768 as FIPS 203 writes it: plain, slow, not in constant time, for tests only.
import { createHash } from 'node:crypto';
import { join, refuse, same } from './bytes.ts';

const Q = 3329;
const K = 3;
const DU = 10;
const DV = 4;

type Poly = number[];

const mod = (x: number): number => ((x % Q) + Q) % Q;
const shake = (name: 'shake128' | 'shake256', length: number, ...parts: Uint8Array[]): Uint8Array =>
  join(
    createHash(name, { outputLength: length })
      .update(join(...parts))
      .digest()
  );
const sha3 = (name: 'sha3-256' | 'sha3-512', ...parts: Uint8Array[]): Uint8Array =>
  join(
    createHash(name)
      .update(join(...parts))
      .digest()
  );

/** The seven bits of i in the other order (section 4.3). */
const reversed = (i: number): number =>
  parseInt(i.toString(2).padStart(7, '0').split('').reverse().join(''), 2);

function power(exponent: number): number {
  let result = 1;
  for (let i = 0; i < exponent; i++) result = (result * 17) % Q;
  return result;
}
const ZETA = Array.from({ length: 128 }, (_, i) => power(reversed(i)));
const GAMMA = Array.from({ length: 128 }, (_, i) => power(2 * reversed(i) + 1));

const at = (list: ArrayLike<number>, i: number): number => list[i] ?? 0;
const zero = (): Poly => new Array<number>(256).fill(0);
const add = (a: Poly, b: Poly): Poly => a.map((x, i) => mod(x + at(b, i)));
const subtract = (a: Poly, b: Poly): Poly => a.map((x, i) => mod(x - at(b, i)));

/** Algorithm 9. */
function ntt(poly: Poly): Poly {
  const f = [...poly];
  let i = 1;
  for (let length = 128; length >= 2; length /= 2) {
    for (let start = 0; start < 256; start += 2 * length) {
      const zeta = at(ZETA, i++);
      for (let j = start; j < start + length; j++) {
        const t = mod(zeta * at(f, j + length));
        f[j + length] = mod(at(f, j) - t);
        f[j] = mod(at(f, j) + t);
      }
    }
  }
  return f;
}

/** Algorithm 10. */
function inverseNtt(poly: Poly): Poly {
  const f = [...poly];
  let i = 127;
  for (let length = 2; length <= 128; length *= 2) {
    for (let start = 0; start < 256; start += 2 * length) {
      const zeta = at(ZETA, i--);
      for (let j = start; j < start + length; j++) {
        const t = at(f, j);
        f[j] = mod(t + at(f, j + length));
        f[j + length] = mod(zeta * (at(f, j + length) - t));
      }
    }
  }
  return f.map((x) => mod(x * 3303));
}

/** Algorithms 11 and 12. */
function multiply(a: Poly, b: Poly): Poly {
  const out = zero();
  for (let i = 0; i < 128; i++) {
    const [a0, a1, b0, b1] = [at(a, 2 * i), at(a, 2 * i + 1), at(b, 2 * i), at(b, 2 * i + 1)];
    out[2 * i] = mod(a0 * b0 + mod(a1 * b1) * at(GAMMA, i));
    out[2 * i + 1] = mod(a0 * b1 + a1 * b0);
  }
  return out;
}

const dot = (a: Poly[], b: Poly[]): Poly =>
  a.reduce((sum, p, i) => add(sum, multiply(p, b[i] ?? zero())), zero());

/** Algorithm 7: a uniform polynomial from a stream. */
function sampleNtt(seed: Uint8Array, column: number, row: number): Poly {
  for (let length = 840; ; length *= 2) {
    const stream = shake('shake128', length, seed, Uint8Array.of(column, row));
    const out: Poly = [];
    for (let i = 0; i + 2 < length && out.length < 256; i += 3) {
      const d1 = at(stream, i) + 256 * (at(stream, i + 1) % 16);
      const d2 = Math.floor(at(stream, i + 1) / 16) + 16 * at(stream, i + 2);
      if (d1 < Q) out.push(d1);
      if (d2 < Q && out.length < 256) out.push(d2);
    }
    if (out.length === 256) return out;
  }
}

/** Algorithm 8 with eta = 2, over PRF(seed, n). */
function sampleCbd(seed: Uint8Array, n: number): Poly {
  const stream = shake('shake256', 128, seed, Uint8Array.of(n));
  const bit = (i: number): number => (at(stream, i >> 3) >> (i & 7)) & 1;
  return zero().map((_, i) => mod(bit(4 * i) + bit(4 * i + 1) - bit(4 * i + 2) - bit(4 * i + 3)));
}

/** Algorithm 5: d bits a coefficient, the low ones first. */
function encode(poly: Poly, d: number): Uint8Array {
  const out = new Uint8Array(32 * d);
  poly.forEach((value, i) => {
    for (let j = 0; j < d; j++) {
      const bit = i * d + j;
      out[bit >> 3] = at(out, bit >> 3) | (((value >> j) & 1) << (bit & 7));
    }
  });
  return out;
}

/** Algorithm 6. */
function decode(bytes: Uint8Array, d: number): Poly {
  return zero().map((_, i) => {
    let value = 0;
    for (let j = 0; j < d; j++) value |= ((at(bytes, (i * d + j) >> 3) >> ((i * d + j) & 7)) & 1) << j;
    return value;
  });
}

const compress = (poly: Poly, d: number): Poly =>
  poly.map((x) => Math.floor((x * 2 ** d + 1664) / Q) % 2 ** d);
const decompress = (poly: Poly, d: number): Poly =>
  poly.map((x) => Math.floor((x * Q + 2 ** (d - 1)) / 2 ** d));

const times = <T>(make: (i: number) => T): T[] => Array.from({ length: K }, (_, i) => make(i));
const pieces = (bytes: Uint8Array, d: number): Poly[] =>
  times((i) => decode(bytes.slice(32 * d * i, 32 * d * (i + 1)), d));
const matrix = (rho: Uint8Array): Poly[][] => times((i) => times((j) => sampleNtt(rho, j, i)));

/** Algorithm 14. */
function encrypt(ek: Uint8Array, m: Uint8Array, r: Uint8Array): Uint8Array {
  const t = pieces(ek, 12);
  const a = matrix(ek.slice(384 * K));
  const y = times((i) => ntt(sampleCbd(r, i)));
  const u = times((i) =>
    add(
      inverseNtt(
        dot(
          times((j) => a[j]?.[i] ?? zero()),
          y
        )
      ),
      sampleCbd(r, K + i)
    )
  );
  const v = add(add(inverseNtt(dot(t, y)), sampleCbd(r, 2 * K)), decompress(decode(m, 1), 1));
  return join(...u.map((p) => encode(compress(p, DU), DU)), encode(compress(v, DV), DV));
}

/** Algorithms 13 and 16, from the seed d ‖ z of 64 bytes. */
export function kemKeys(seed: Uint8Array): { readonly public: Uint8Array; readonly secret: Uint8Array } {
  const g = sha3('sha3-512', seed.slice(0, 32), Uint8Array.of(K));
  const [rho, sigma] = [g.slice(0, 32), g.slice(32)];
  const s = times((i) => ntt(sampleCbd(sigma, i)));
  const e = times((i) => ntt(sampleCbd(sigma, K + i)));
  const t = matrix(rho).map((row, i) => add(dot(row, s), e[i] ?? zero()));
  const ek = join(...t.map((p) => encode(p, 12)), rho);
  const dk = join(...s.map((p) => encode(p, 12)), ek, sha3('sha3-256', ek), seed.slice(32));
  return { public: ek, secret: dk };
}

/** Algorithm 17, after the checks of section 7.2. */
export function encapsulate(ek: Uint8Array, m: Uint8Array): { ciphertext: Uint8Array; shared: Uint8Array } {
  if (ek.length !== 1184) refuse('length of an ML-KEM key');
  if (pieces(ek, 12).some((p) => p.some((x) => x >= Q))) refuse('ML-KEM key not reduced');
  const g = sha3('sha3-512', m, sha3('sha3-256', ek));
  return { ciphertext: encrypt(ek, m, g.slice(32)), shared: g.slice(0, 32) };
}

/** Algorithm 18: a wrong ciphertext gives a secret that nobody knows, and no error. */
export function decapsulate(dk: Uint8Array, c: Uint8Array): Uint8Array {
  if (c.length !== 1088) refuse('length of an ML-KEM ciphertext');
  const [s, ek, h, z] = [dk.slice(0, 1152), dk.slice(1152, 2336), dk.slice(2336, 2368), dk.slice(2368)];
  const u = pieces(c, DU).map((p) => ntt(decompress(p, DU)));
  const v = decompress(decode(c.slice(32 * DU * K), DV), DV);
  const m = encode(compress(subtract(v, inverseNtt(dot(pieces(s, 12), u))), 1), 1);
  const g = sha3('sha3-512', m, h);
  return same(encrypt(ek, m, g.slice(32)), c) ? g.slice(0, 32) : shake('shake256', 32, z, c);
}
