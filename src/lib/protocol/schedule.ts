/**
 * From a finished handshake to the keys of a session and of a contact (protocol, section 6).
 *
 *   PRK = X(salt = matched retained secret or 0^32, ikm = exp)
 */
import { EMPTY, wipe } from '../bytes.ts';
import { context, H, X } from '../crypto/kdf.ts';
import { sha256, type KeyPair } from '../crypto/primitives.ts';
import type { Split } from './noise.ts';
import type { Transport } from './transport.ts';

/** The salt where no retained secret matches: a first contact, or a broken continuity. */
export const NO_RETAINED_SECRET: Uint8Array = new Uint8Array(32);

export interface SessionKeys {
  readonly handshakeHash: Uint8Array;
  /** RK0, the Double Ratchet's first root key. */
  readonly rootKey: Uint8Array;
  readonly sendKey: Uint8Array;
  readonly receiveKey: Uint8Array;
  /** RS', for the next handshake of this contact. */
  readonly retained: Uint8Array;
}

/** What two people become contacts with. */
export interface Pairing {
  /** RDV and PSK_pair: the root of the contact's topics, and the psk of its handshakes. */
  readonly rdv: Uint8Array;
  readonly psk: Uint8Array;
  /** This side's static key pair for this one contact, and the other side's public key. */
  readonly own: KeyPair;
  readonly peer: Uint8Array;
  /** 24 bits that both read to each other. */
  readonly sas: number;
}

/** The first keys of the Double Ratchet: the responder's pair, of which the initiator has the public key. */
export interface RatchetStart {
  readonly own: KeyPair | null;
  readonly peer: Uint8Array | null;
}

export interface Established {
  readonly initiator: boolean;
  readonly transport: Transport;
  readonly keys: SessionKeys;
  readonly ratchet: RatchetStart;
  /** First contact only. */
  readonly pairing: Pairing | null;
  /**
   * What the contact keeps from now on, newest first: RS', and the secret that matched (section 7). To be stored when
   * the peer's first frame of the new session has opened, not before.
   */
  readonly retained: readonly Uint8Array[];
  /** False: both sides should have had a secret in common, and had none. Always true for a first contact. */
  readonly continuity: boolean;
}

export interface Schedule {
  readonly keys: SessionKeys;
  /** RDV and PSK_pair; only a first contact keeps them. */
  readonly rdv: Uint8Array;
  readonly psk: Uint8Array;
}

export function deriveKeys(
  { exporter, handshakeHash: h }: Split,
  initiator: boolean,
  retained: Uint8Array
): Schedule {
  const prk = X(retained, exporter);
  const i2r = H(prk, 'chan i2r', 32, h);
  const r2i = H(prk, 'chan r2i', 32, h);
  const schedule = {
    keys: {
      handshakeHash: h,
      rootKey: H(prk, 'root', 32, h),
      sendKey: initiator ? i2r : r2i,
      receiveKey: initiator ? r2i : i2r,
      retained: H(prk, 'rs', 32, h)
    },
    rdv: H(prk, 'rdv', 32),
    psk: H(prk, 'psk pair', 32)
  };
  wipe(prk);
  return schedule;
}

/** The psk of a first contact, from K_inv (section 5). */
export function invitationPsk(secret: Uint8Array): Uint8Array {
  return H(X(EMPTY, secret), 'psk', 32);
}

/** What the initiator promises before it sees nR: it cannot try numbers until the short string fits (section 6). */
export function sasCommitment(nI: Uint8Array): Uint8Array {
  return sha256(context('sas commit'), nI);
}

/** The short authentication string, over the handshake hash after message 2: 24 bits, 4 times 6. */
export function shortAuthenticationString(hash2: Uint8Array, nI: Uint8Array, nR: Uint8Array): number {
  const [a = 0, b = 0, c = 0] = sha256(context('sas'), hash2, nI, nR);
  return a * 65_536 + b * 256 + c;
}
