import {
  createCipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  scryptSync
} from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromHex, hex, utf8 } from '../../../src/lib/bytes.ts';
import { AuthError, UsageError } from '../../../src/lib/errors.ts';
import {
  BLAKE2S,
  chachaOpen,
  chachaSeal,
  dh,
  generateKeyPair,
  hmacSha256,
  KEM_CIPHERTEXT_BYTES,
  KEM_PUBLIC_KEY_BYTES,
  kemDecapsulate,
  kemEncapsulate,
  kemKeyPair,
  keyPairFrom,
  scrypt,
  sha256,
  sha512,
  xchachaOpen,
  xchachaSeal
} from '../../../src/lib/crypto/primitives.ts';
import { flipped } from '../../support/bytes.ts';
import { seeded } from '../../support/random.ts';

function bytes(length: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: length, maxLength: length });
}

describe('X25519 (RFC 7748)', () => {
  test.each([
    [
      'a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4',
      'e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c',
      'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552'
    ],
    // The top bit of the second u-coordinate is set, and does not count.
    [
      '4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d',
      'e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493',
      '95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957'
    ]
  ])('section 5.2, scalar %s', (scalar, u, expected) => {
    expect(hex(dh(fromHex(scalar), fromHex(u)))).toBe(expected);
  });

  test('section 6.1', () => {
    const alice = keyPairFrom(fromHex('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a'));
    const bob = keyPairFrom(fromHex('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb'));
    expect(hex(alice.publicKey)).toBe('8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a');
    expect(hex(bob.publicKey)).toBe('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f');
    const k = '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742';
    expect(hex(dh(alice.secretKey, bob.publicKey))).toBe(k);
    expect(hex(dh(bob.secretKey, alice.publicKey))).toBe(k);
  });

  test('section 5.2, iterated a thousand times', () => {
    const base = fromHex('09'.padEnd(64, '0'));
    let k = base;
    let u = base;
    for (let i = 1; i <= 1000; i++) {
      [k, u] = [dh(k, u), k];
      if (i === 1) expect(hex(k)).toBe('422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079');
    }
    expect(hex(k)).toBe('684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51');
  }, 60_000);

  test('agrees with another implementation', () => {
    const random = seeded('x25519');
    for (let i = 0; i < 10; i++) {
      const own = generateKeyPair(random);
      const peer = generateKeyPair(random);
      const expected = diffieHellman({
        privateKey: createPrivateKey({
          key: Buffer.concat([fromHex('302e020100300506032b656e04220420'), own.secretKey]),
          format: 'der',
          type: 'pkcs8'
        }),
        publicKey: createPublicKey({
          key: Buffer.concat([fromHex('302a300506032b656e032100'), peer.publicKey]),
          format: 'der',
          type: 'spki'
        })
      });
      expect(hex(dh(own.secretKey, peer.publicKey))).toBe(expected.toString('hex'));
    }
  });

  // All points of small order, with the encodings that are not reduced: the product is zero for every secret.
  test.each([
    '0000000000000000000000000000000000000000000000000000000000000000',
    '0100000000000000000000000000000000000000000000000000000000000000',
    'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
    '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'
  ])('refuses the point %s', (point) => {
    expect(() => dh(generateKeyPair(seeded(point)).secretKey, fromHex(point))).toThrow(AuthError);
  });

  test('a key of the wrong length is our bug', () => {
    expect(() => keyPairFrom(new Uint8Array(31))).toThrow(UsageError);
    expect(() => dh(new Uint8Array(32).fill(1), new Uint8Array(33))).toThrow(UsageError);
  });
});

describe('hashes', () => {
  test('agree with another implementation', () => {
    fc.assert(
      fc.property(
        bytes(32),
        fc.uint8Array({ maxLength: 300 }),
        fc.uint8Array({ maxLength: 300 }),
        (key, a, b) => {
          expect(hex(sha256(a, b))).toBe(createHash('sha256').update(a).update(b).digest('hex'));
          expect(hex(sha512(a, b))).toBe(createHash('sha512').update(a).update(b).digest('hex'));
          expect(hex(BLAKE2S.hash(a, b))).toBe(createHash('blake2s256').update(a).update(b).digest('hex'));
          expect(hex(hmacSha256(key, a, b))).toBe(
            createHmac('sha256', key).update(a).update(b).digest('hex')
          );
        }
      ),
      { numRuns: 50 }
    );
  });
});

describe('scrypt (RFC 7914)', () => {
  test('section 12, the second vector', () => {
    const made = scrypt(utf8('password'), utf8('NaCl'), { n: 1_024, r: 8, p: 16 }, 64);
    expect(hex(made)).toBe(
      'fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162' +
        '2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640'
    );
  });

  test('agrees with another implementation at what a lock costs', () => {
    const [n, r, p] = [2 ** 15, 8, 1];
    const expected = scryptSync('a quiet theatre', 'salt', 32, { N: n, r, p, maxmem: 2 ** 26 });
    expect(hex(scrypt(utf8('a quiet theatre'), utf8('salt'), { n, r, p }))).toBe(expected.toString('hex'));
  });
});

describe('ChaCha20-Poly1305 (RFC 8439) and its 24-byte nonce form', () => {
  test('agrees with another implementation', () => {
    fc.assert(
      fc.property(
        bytes(32),
        bytes(12),
        fc.uint8Array({ maxLength: 60 }),
        fc.uint8Array({ maxLength: 500 }),
        (key, nonce, ad, text) => {
          const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: 16 });
          cipher.setAAD(ad, { plaintextLength: text.length });
          const expected = Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()]);
          expect(hex(chachaSeal(key, nonce, ad, text))).toBe(expected.toString('hex'));
        }
      ),
      { numRuns: 50 }
    );
  });

  test('RFC 8439, section 2.8.2', () => {
    const sealed = chachaSeal(
      fromHex('808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f'),
      fromHex('070000004041424344454647'),
      fromHex('50515253c0c1c2c3c4c5c6c7'),
      utf8(
        "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."
      )
    );
    expect(hex(sealed)).toBe(
      'd31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6' +
        '3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36' +
        '92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc' +
        '3ff4def08e4b7a9de576d26586cec64b6116' +
        '1ae10b594f09e26a7e902ecbd0600691'
    );
  });

  test('draft-irtf-cfrg-xchacha-03, appendix A.3.1', () => {
    const sealed = xchachaSeal(
      fromHex('808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f'),
      fromHex('404142434445464748494a4b4c4d4e4f5051525354555657'),
      fromHex('50515253c0c1c2c3c4c5c6c7'),
      utf8(
        "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."
      )
    );
    expect(hex(sealed.slice(0, 16))).toBe('bd6d179d3e83d43b9576579493c0e939');
    expect(hex(sealed.slice(-16))).toBe('c0875924c1c7987947deafd8780acf49');
  });

  test('open inverts seal, and nothing else does', () => {
    const key = sha256(utf8('key'));
    const ad = utf8('ad');
    const text = utf8('text');
    for (const [seal, open, nonce] of [
      [chachaSeal, chachaOpen, new Uint8Array(12)],
      [xchachaSeal, xchachaOpen, new Uint8Array(24)]
    ] as const) {
      const sealed = seal(key, nonce, ad, text);
      expect(open(key, nonce, ad, sealed)).toEqual(text);
      expect(() => open(flipped(key, 0), nonce, ad, sealed)).toThrow(AuthError);
      expect(() => open(key, flipped(nonce, 5), ad, sealed)).toThrow(AuthError);
      expect(() => open(key, nonce, utf8('aD'), sealed)).toThrow(AuthError);
      for (let i = 0; i < sealed.length; i++) {
        expect(() => open(key, nonce, ad, flipped(sealed, i))).toThrow(AuthError);
        expect(() => open(key, nonce, ad, sealed.slice(0, i))).toThrow(AuthError);
      }
      expect(() => open(key.slice(1), nonce, ad, sealed)).toThrow(UsageError);
      expect(() => seal(key, nonce.slice(1), ad, text)).toThrow(UsageError);
    }
  });
});

describe('ML-KEM-768 (FIPS 203)', () => {
  const random = seeded('kem');
  const pair = kemKeyPair(random(64));

  test('both sides get the same secret', () => {
    const { cipherText, sharedSecret } = kemEncapsulate(pair.publicKey, random(32));
    expect(pair.publicKey.length).toBe(KEM_PUBLIC_KEY_BYTES);
    expect(cipherText.length).toBe(KEM_CIPHERTEXT_BYTES);
    expect(kemDecapsulate(cipherText, pair.secretKey)).toEqual(sharedSecret);
  });

  test('a wrong ciphertext gives another secret, without an error', () => {
    const { cipherText, sharedSecret } = kemEncapsulate(pair.publicKey, random(32));
    const other = kemDecapsulate(flipped(cipherText, 7), pair.secretKey);
    expect(other.length).toBe(32);
    expect(other).not.toEqual(sharedSecret);
  });

  test('a public key with a coefficient that is not reduced is refused', () => {
    // The first coefficient, twelve bits little-endian, becomes 4095 (the modulus is 3329).
    const bad = pair.publicKey.slice();
    bad[0] = 0xff;
    bad[1] = (bad[1] ?? 0) | 0x0f;
    expect(() => kemEncapsulate(bad, random(32))).toThrow(AuthError);
  });

  test('a wrong length is our bug: parsers take exact lengths', () => {
    expect(() => kemEncapsulate(pair.publicKey.slice(1), random(32))).toThrow(UsageError);
    expect(() => kemDecapsulate(new Uint8Array(1087), pair.secretKey)).toThrow(UsageError);
    expect(() => kemKeyPair(new Uint8Array(32))).toThrow(UsageError);
  });
});
