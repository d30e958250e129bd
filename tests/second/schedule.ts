// Protocol page, section 6: the keys that come out of a handshake, what people compare; section 7: retained secrets.
import { hex, join, same } from './bytes.ts';
import type { Noise } from './noise.ts';
import { derive, extract, hmac, sha256, sha512 } from './primitives.ts';

export interface Keys {
  /** The handshake hash at the end. */
  readonly h: Uint8Array;
  readonly rootKey: Uint8Array;
  readonly i2r: Uint8Array;
  readonly r2i: Uint8Array;
  /** RS', the next retained secret. */
  readonly retained: Uint8Array;
  /** Of a first contact only. */
  readonly rdv: Uint8Array;
  readonly pskPair: Uint8Array;
}

export function schedule(h: Uint8Array, secret: Uint8Array, matched?: Uint8Array): Keys {
  const prk = extract(matched ?? new Uint8Array(32), secret);
  return {
    h,
    rootKey: derive(prk, 'root', 32, h),
    i2r: derive(prk, 'chan i2r', 32, h),
    r2i: derive(prk, 'chan r2i', 32, h),
    retained: derive(prk, 'rs', 32, h),
    rdv: derive(prk, 'rdv', 32),
    pskPair: derive(prk, 'psk pair', 32)
  };
}

export const keysOf = (noise: Noise, matched?: Uint8Array): Keys =>
  schedule(noise.hash, noise.split().secret, matched);

/** Four numbers below 64. */
export function shortAuthentication(hashAfterB: Uint8Array, nI: Uint8Array, nR: Uint8Array): number[] {
  const bits = Buffer.from(sha256('AP1/sas', hashAfterB, nI, nR)).readUIntBE(0, 3);
  return [18, 12, 6, 0].map((shift) => (bits >> shift) & 63);
}

/** Half of a safety number: the 30 bytes that the digits are made of. */
function half(key: Uint8Array, id: Uint8Array): Uint8Array {
  const typed = join(Uint8Array.of(5), key);
  let d: Uint8Array = join(new Uint8Array(2), typed, id);
  for (let i = 0; i < 5200; i++) d = sha512(d, typed);
  return d.slice(0, 30);
}

function digits(bytes: Uint8Array): string {
  const numbers = Array.from({ length: 6 }, (_, i) => Buffer.from(bytes).readUIntBE(5 * i, 5) % 100_000);
  return numbers.map((number) => String(number).padStart(5, '0')).join('');
}

export interface SafetyNumber {
  readonly digits: string;
  readonly qr: string;
}

export function safetyNumber(own: Uint8Array, peer: Uint8Array, rdv: Uint8Array): SafetyNumber {
  const id = sha256(rdv);
  const [mine, theirs] = [half(own, id), half(peer, id)];
  return {
    digits: [digits(mine), digits(theirs)].sort().join(''),
    qr: hex(join('AP', Uint8Array.of(1), mine, theirs)).toUpperCase()
  };
}

/** Section 5: how a retained secret is named in a known contact's first message. */
export const retainedName = (secret: Uint8Array, ephemeral: Uint8Array): Uint8Array =>
  hmac(secret, 'AP1/rsid', Uint8Array.of(0), ephemeral).slice(0, 8);

/** The commit rule: what a contact keeps once the peer's first frame has opened. */
export const commit = (next: Uint8Array, matched?: Uint8Array): Uint8Array[] =>
  matched === undefined ? [next] : [next, matched];

export const holds = (secrets: readonly Uint8Array[], name: Uint8Array, ephemeral: Uint8Array) =>
  secrets.find((secret) => same(retainedName(secret, ephemeral), name));
