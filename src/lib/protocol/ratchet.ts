/**
 * The Double Ratchet (Signal, "The Double Ratchet Algorithm", revision 1, sections 2-3) with the functions of
 * protocol, section 6, and MAX_SKIP = 0: the channel below is ordered and reliable, so a message that is not the next
 * one is an attack or a bug, and there are no skipped keys to keep. Names are the specification's.
 *
 * State is a value. What a step has used up is returned as `consumed`; the caller overwrites it when the new state has
 * taken the old one's place.
 */
import { concat, equalBytes, Reader, Writer } from '../bytes.ts';
import { H, KDF } from '../crypto/kdf.ts';
import {
  chachaOpen,
  chachaSeal,
  dh,
  generateKeyPair,
  hmacSha256,
  KEY_BYTES,
  type KeyPair
} from '../crypto/primitives.ts';
import type { Random } from '../crypto/random.ts';
import { AuthError, UsageError } from '../errors.ts';
import type { RatchetMessage } from '../wire/frame.ts';

export interface Ratchet {
  /** DHs, DHr: the own ratchet key pair, and the peer's public key. */
  readonly dhs: KeyPair;
  readonly dhr: Uint8Array | null;
  /** RK: the 32-byte root key. */
  readonly rk: Uint8Array;
  /** CKs, CKr: chain keys; null before the first ratchet step of that direction. */
  readonly cks: Uint8Array | null;
  readonly ckr: Uint8Array | null;
  /** Ns, Nr: numbers of the next message of each direction. PN: length of the sending chain before this one. */
  readonly ns: number;
  readonly nr: number;
  readonly pn: number;
}

/** RatchetInitAlice: the Noise initiator, who has the responder's dr_pub and sends first. */
export function ratchetInitInitiator(rootKey: Uint8Array, peer: Uint8Array, random: Random): Ratchet {
  const dhs = generateKeyPair(random);
  const { rk, ck } = kdfRk(rootKey, dh(dhs.secretKey, peer));
  return { dhs, dhr: peer, rk, cks: ck, ckr: null, ns: 0, nr: 0, pn: 0 };
}

/** RatchetInitBob: the responder, who can send when the initiator's first message has come. */
export function ratchetInitResponder(rootKey: Uint8Array, own: KeyPair): Ratchet {
  return { dhs: own, dhr: null, rk: rootKey, cks: null, ckr: null, ns: 0, nr: 0, pn: 0 };
}

/** RatchetEncrypt. @throws UsageError for a responder that has not heard anything yet. */
export function ratchetEncrypt(
  state: Ratchet,
  ad: Uint8Array,
  plaintext: Uint8Array
): { readonly state: Ratchet; readonly message: RatchetMessage; readonly consumed: readonly Uint8Array[] } {
  if (state.cks === null) throw new UsageError('the initiator sends first');
  const { ck, mk } = kdfCk(state.cks);
  const header = new Writer().bytes(state.dhs.publicKey).u32(state.pn).u32(state.ns).done();
  const { key, nonce } = messageKey(mk);
  const sealed = chachaSeal(key, nonce, concat(ad, header), plaintext);
  return {
    state: { ...state, cks: ck, ns: state.ns + 1 },
    message: { header, sealed },
    consumed: [state.cks, mk, key]
  };
}

/** RatchetDecrypt. @throws AuthError for everything but the peer's next message; the given state stays usable. */
export function ratchetDecrypt(
  state: Ratchet,
  ad: Uint8Array,
  { header, sealed }: RatchetMessage,
  random: Random
): { readonly state: Ratchet; readonly plaintext: Uint8Array; readonly consumed: readonly Uint8Array[] } {
  const reader = new Reader(header);
  const dhPublic = reader.take(KEY_BYTES);
  const pn = reader.u32();
  const n = reader.u32();
  const isNew = state.dhr === null || !equalBytes(dhPublic, state.dhr);
  // Nothing of the chain that ends may be missing (MAX_SKIP = 0).
  if (isNew && pn !== state.nr) throw new AuthError();
  const stepped = isNew ? dhRatchet(state, dhPublic, random) : { state, consumed: [] };
  const { ckr, nr } = stepped.state;
  if (ckr === null || n !== nr) throw new AuthError();
  const { ck, mk } = kdfCk(ckr);
  const { key, nonce } = messageKey(mk);
  const plaintext = chachaOpen(key, nonce, concat(ad, header), sealed);
  return {
    state: { ...stepped.state, ckr: ck, nr: nr + 1 },
    plaintext,
    consumed: [...stepped.consumed, ckr, mk, key]
  };
}

/** DHRatchet: a receiving chain from the peer's new key, and a sending chain from a new one of ours. */
function dhRatchet(
  state: Ratchet,
  peer: Uint8Array,
  random: Random
): { readonly state: Ratchet; readonly consumed: readonly Uint8Array[] } {
  const received = dh(state.dhs.secretKey, peer);
  const receiving = kdfRk(state.rk, received);
  const dhs = generateKeyPair(random);
  const sent = dh(dhs.secretKey, peer);
  const sending = kdfRk(receiving.rk, sent);
  return {
    state: { dhs, dhr: peer, rk: sending.rk, cks: sending.ck, ckr: receiving.ck, ns: 0, nr: 0, pn: state.ns },
    consumed: [
      ...[state.rk, state.dhs.secretKey, received, receiving.rk, sent],
      ...[state.cks, state.ckr].filter((key) => key !== null)
    ]
  };
}

/** KDF_RK(rk, dh) = HKDF(salt rk, ikm dh, info "AP1/rk", 64). */
function kdfRk(rk: Uint8Array, ikm: Uint8Array): { readonly rk: Uint8Array; readonly ck: Uint8Array } {
  const out = KDF(rk, ikm, 'rk', 64);
  return { rk: out.slice(0, 32), ck: out.slice(32) };
}

/** KDF_CK(ck): mk = HMAC(ck, 0x01), ck' = HMAC(ck, 0x02). */
function kdfCk(ck: Uint8Array): { readonly ck: Uint8Array; readonly mk: Uint8Array } {
  return { mk: hmacSha256(ck, Uint8Array.of(1)), ck: hmacSha256(ck, Uint8Array.of(2)) };
}

/** message key 32 ‖ nonce 12 = H(mk, "msg", 44). */
function messageKey(mk: Uint8Array): { readonly key: Uint8Array; readonly nonce: Uint8Array } {
  const out = H(mk, 'msg', 44);
  return { key: out.slice(0, 32), nonce: out.slice(32) };
}
