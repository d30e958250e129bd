/** What the second implementation has written itself, against published values. */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { hex, join, Refused, unhex } from '../../second/bytes.ts';
import { decapsulate, encapsulate, kemKeys } from '../../second/mlkem.ts';
import { dh, hchacha, pair, xopen, xseal } from '../../second/primitives.ts';
import { kemDecapsulate, kemEncapsulate, kemKeyPair } from '../../../src/lib/crypto/primitives.ts';
import { seeded } from '../../support/random.ts';

/**
 * The accumulated test of C2SP's CCTV for ML-KEM: keys, ciphertexts, secrets and implicit rejections of 100 runs, over
 * the output of SHAKE128 of nothing, hashed into one value.
 */
test('ML-KEM-768: one hundred accumulated vectors', () => {
  const runs = 100;
  const stream = createHash('shake128', { outputLength: runs * (64 + 32 + 1088) }).digest();
  const out = createHash('shake128', { outputLength: 32 });
  let at = 0;
  const take = (length: number): Uint8Array => join(stream.subarray(at, (at += length)));
  for (let i = 0; i < runs; i++) {
    const keys = kemKeys(take(64));
    const { ciphertext, shared } = encapsulate(keys.public, take(32));
    out.update(keys.public).update(ciphertext).update(shared);
    expect(decapsulate(keys.secret, ciphertext)).toEqual(shared);
    out.update(decapsulate(keys.secret, take(1088)));
  }
  expect(out.digest('hex')).toBe('1114b1b6699ed191734fa339376afa7e285c9e6acf6ff0177d346696ce564415');
});

test('ML-KEM-768: each implementation opens what the other has encapsulated', () => {
  const random = seeded('kem');
  const [seed, m] = [random(64), random(32)];
  const [second, src] = [kemKeys(seed), kemKeyPair(seed)];
  expect(hex(second.public)).toBe(hex(src.publicKey));
  const [one, other] = [encapsulate(src.publicKey, m), kemEncapsulate(second.public, m)];
  expect(hex(one.ciphertext)).toBe(hex(other.cipherText));
  expect(hex(kemDecapsulate(one.ciphertext, src.secretKey))).toBe(hex(one.shared));
  expect(hex(decapsulate(second.secret, other.cipherText))).toBe(hex(one.shared));
});

test('ML-KEM-768: a key that is not reduced, or of another length, is refused', () => {
  const key = kemKeys(new Uint8Array(64)).public;
  const unreduced = Uint8Array.of(0xff, 0xff, ...key.slice(2));
  for (const wrong of [unreduced, key.slice(1), join(key, Uint8Array.of(0))]) {
    expect(() => encapsulate(wrong, new Uint8Array(32))).toThrow(Refused);
  }
});

/** draft-irtf-cfrg-xchacha-03, section 2.2.1. */
test('HChaCha20', () => {
  const key = unhex('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f');
  expect(hex(hchacha(key, unhex('000000090000004a0000000031415927')))).toBe(
    '82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc'
  );
});

/** draft-irtf-cfrg-xchacha-03, appendix A.3.1. */
test('XChaCha20-Poly1305', () => {
  const key = Uint8Array.from({ length: 32 }, (_, i) => 0x80 + i);
  const nonce = Uint8Array.from({ length: 24 }, (_, i) => 0x40 + i);
  const ad = unhex('50515253c0c1c2c3c4c5c6c7');
  const text = join(
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."
  );
  const sealed = xseal(key, nonce, ad, text);
  expect(hex(sealed.slice(0, 32))).toBe('bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb');
  expect(hex(sealed.slice(-16))).toBe('c0875924c1c7987947deafd8780acf49');
  expect(xopen(key, nonce, ad, sealed)).toEqual(text);
});

/** RFC 7748, section 6.1. */
test('X25519, and its results of zeros are refused', () => {
  const alice = pair(new Uint8Array(32).fill(7));
  const bob = pair(unhex('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb'));
  expect(hex(bob.public)).toBe('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f');
  expect(dh(alice, bob.public)).toEqual(dh(bob, alice.public));
  for (const order of ['00', '01']) {
    expect(() => dh(bob, unhex(order.padEnd(64, '0')))).toThrow(Refused);
  }
});
