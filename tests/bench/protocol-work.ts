/** What protocol.mjs measures: each case does one unit of work, and beside it the primitives of that work alone. */
import {
  chachaOpen,
  chachaSeal,
  dh,
  generateKeyPair,
  hmacSha256,
  kemDecapsulate,
  kemEncapsulate,
  kemKeyPair,
  sha256
} from '../../src/lib/crypto/primitives.ts';
import { openFrame, sealFrame, type Session } from '../../src/lib/protocol/session.ts';
import { completeFirstContact } from '../support/handshakes.ts';
import { contacts, reunite, sessions } from '../support/sessions.ts';

const TEXT = new Uint8Array(200).fill(0x61);
const message = { kind: 'message', data: TEXT } as const;

/** Fast and no secret: what a real generator costs is not the protocol's. */
let counter = 0;
function random(length: number): Uint8Array {
  const out = new Uint8Array(length);
  new DataView(out.buffer).setUint32(0, ++counter);
  return out;
}

const one = begin('one way');
const ping = begin('ping-pong');
const pair = contacts('bench');

function begin(seed: string): { a: Session; b: Session } {
  const { initiator, responder } = sessions(seed);
  return { a: initiator.session, b: responder.session };
}

export const cases = {
  'message one way, 200 bytes': () => {
    const sent = sealFrame(one.a, message);
    one.a = sent.session;
    one.b = openFrame(one.b, sent.frame, random).session;
  },
  'message ping-pong, 200 bytes': () => {
    const sent = sealFrame(ping.a, message);
    const got = openFrame(ping.b, sent.frame, random);
    // The other one is next.
    [ping.a, ping.b] = [got.session, sent.session];
  },
  'first contact (XKpsk0+hfs)': () => {
    completeFirstContact(`bench ${(++counter).toString()}`);
  },
  'reunion (KKpsk0+hfs)': () => {
    reunite(pair, random);
  }
};

const key = random(32);
const nonce = random(12);
const ad = random(72);
const none = new Uint8Array(0);
const inner = chachaSeal(key, nonce, ad, TEXT);
const outer = chachaSeal(key, nonce, none, new Uint8Array(512));
const info = new Uint8Array(8);
const x = generateKeyPair(random);
const y = generateKeyPair(random);
const kem = kemKeyPair(new Uint8Array(64).fill(7));
const { cipherText } = kemEncapsulate(kem.publicKey, random(32));

function hmacs(count: number): void {
  for (let i = 0; i < count; i++) hmacSha256(key, info);
}

function oneMessage(): void {
  hmacs(8);
  chachaSeal(key, nonce, ad, TEXT);
  chachaOpen(key, nonce, ad, inner);
  chachaSeal(key, nonce, none, new Uint8Array(512));
  chachaOpen(key, nonce, none, outer);
}

function handshake(keyPairs: number, dhs: number, hashes: number, seals: readonly number[]): void {
  for (let i = 0; i < keyPairs; i++) generateKeyPair(random);
  for (let i = 0; i < dhs; i++) dh(x.secretKey, y.publicKey);
  kemKeyPair(new Uint8Array(64).fill(7));
  kemEncapsulate(kem.publicKey, random(32));
  kemDecapsulate(cipherText, kem.secretKey);
  for (const length of seals) {
    const text = new Uint8Array(length);
    // Both sides hash the ciphertext; one seals, one opens.
    const sealed = chachaSeal(key, nonce, key, text);
    chachaOpen(key, nonce, key, sealed);
    sha256(key, sealed);
    sha256(key, sealed);
  }
  hmacs(hashes);
}

export const primitives: Readonly<Record<keyof typeof cases, () => void>> = {
  'message one way, 200 bytes': oneMessage,
  'message ping-pong, 200 bytes': () => {
    oneMessage();
    generateKeyPair(random);
    dh(x.secretKey, y.publicKey);
    dh(x.secretKey, y.publicKey);
    hmacs(6);
  },
  // Key pairs: three static ones (S_inv, guest, host's for the contact), two ephemeral, dr_pub. DH each side: es, ee, se.
  'first contact (XKpsk0+hfs)': () => {
    handshake(6, 6, 60, [1_184, 36, 1_088, 53, 32, 240, 250]);
  },
  // Two ephemeral key pairs and dr_pub. DH each side: es, ss, ee, se.
  'reunion (KKpsk0+hfs)': () => {
    handshake(3, 8, 70, [1_184, 13, 1_088, 200]);
  }
};
