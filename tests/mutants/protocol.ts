/** Faults in the protocol and its primitives. */
import type { Mutant } from './mutants.ts';

const P = 'src/lib/protocol';
const U = 'tests/unit/protocol';

export const PROTOCOL: readonly Mutant[] = [
  {
    name: 'constant nonce',
    patches: [
      [
        `${P}/session.ts`,
        'chachaSeal(session.sendKey, nonce(session.sent)',
        'chachaSeal(session.sendKey, nonce(0)'
      ],
      [
        `${P}/session.ts`,
        'chachaOpen(session.receiveKey, nonce(session.received)',
        'chachaOpen(session.receiveKey, nonce(0)'
      ]
    ],
    tests: [`${U}/session.test.ts`]
  },
  {
    name: 'nonce not incremented (session)',
    patches: [
      [`${P}/session.ts`, 'sent: session.sent + 1', 'sent: session.sent'],
      [`${P}/session.ts`, 'received: session.received + 1', 'received: session.received']
    ],
    tests: [`${U}/session.test.ts`]
  },
  {
    name: 'nonce not incremented (Noise)',
    patches: [
      [`${P}/cipher.ts`, '{ key, n: n + 1 }, text: chachaSeal', '{ key, n }, text: chachaSeal'],
      [`${P}/cipher.ts`, '{ key, n: n + 1 }, text: chachaOpen', '{ key, n }, text: chachaOpen']
    ],
    tests: [`${U}/session.test.ts`]
  },
  {
    name: 'AD omitted (Noise)',
    patches: [
      [
        `${P}/symmetric.ts`,
        'encryptWithAd(state.cipher, state.h, plaintext)',
        'encryptWithAd(state.cipher, EMPTY, plaintext)'
      ],
      [
        `${P}/symmetric.ts`,
        'decryptWithAd(state.cipher, state.h, sealed)',
        'decryptWithAd(state.cipher, EMPTY, sealed)'
      ]
    ],
    tests: [`${U}/known-contact.test.ts`, `${U}/first-contact.test.ts`, `${U}/tampering.test.ts`]
  },
  {
    name: 'AD omitted (ratchet)',
    patches: [
      [
        `${P}/ratchet.ts`,
        'chachaSeal(key, nonce, concat(ad, header), plaintext)',
        'chachaSeal(key, nonce, header, plaintext)'
      ],
      [
        `${P}/ratchet.ts`,
        'chachaOpen(key, nonce, concat(ad, header), sealed)',
        'chachaOpen(key, nonce, header, sealed)'
      ]
    ],
    tests: [`${U}/ratchet.test.ts`]
  },
  {
    name: 'header not in AD',
    patches: [
      [
        `${P}/ratchet.ts`,
        'chachaSeal(key, nonce, concat(ad, header), plaintext)',
        'chachaSeal(key, nonce, ad, plaintext)'
      ],
      [
        `${P}/ratchet.ts`,
        'chachaOpen(key, nonce, concat(ad, header), sealed)',
        'chachaOpen(key, nonce, ad, sealed)'
      ]
    ],
    tests: [`${U}/ratchet.test.ts`]
  },
  {
    name: 'swapped k_dir',
    patches: [
      [`${P}/schedule.ts`, 'sendKey: initiator ? i2r : r2i', 'sendKey: initiator ? r2i : i2r'],
      [`${P}/schedule.ts`, 'receiveKey: initiator ? r2i : i2r', 'receiveKey: initiator ? i2r : r2i']
    ],
    tests: [`${U}/schedule.test.ts`]
  },
  {
    name: 'MAC compared on a prefix',
    patches: [
      [
        'src/lib/crypto/primitives.ts',
        'return authentic(() => chacha20poly1305(key, nonce, ad).decrypt(sealed));',
        `return authentic(() => {
    if (sealed.length < TAG_BYTES) throw new AuthError();
    const body = sealed.slice(0, -TAG_BYTES);
    const text = chacha20poly1305(key, nonce, ad).encrypt(body).slice(0, -TAG_BYTES);
    const again = chacha20poly1305(key, nonce, ad).encrypt(text);
    for (let i = 0; i < 8; i++) if (again[body.length + i] !== sealed[body.length + i]) throw new AuthError();
    return text;
  });`
      ]
    ],
    tests: ['tests/unit/crypto/primitives.test.ts']
  },
  {
    name: 'h not mixed',
    patches: [
      [
        `${P}/symmetric.ts`,
        'symmetric: mixHash({ ...state, cipher }, text), text',
        'symmetric: { ...state, cipher }, text'
      ],
      [
        `${P}/symmetric.ts`,
        'symmetric: mixHash({ ...state, cipher }, sealed), text',
        'symmetric: { ...state, cipher }, text'
      ]
    ],
    tests: [`${U}/noise.test.ts`]
  },
  {
    name: 'psk skipped',
    patches: [
      [
        `${P}/noise.ts`,
        'return { ...state, psks, symmetric: mixKeyAndHash(state.symmetric, need(psk ?? null)) };',
        'return { ...state, psks, symmetric: mixKeyAndHash(state.symmetric, need(psk ?? null).map(() => 0)) };'
      ]
    ],
    tests: [`${U}/known-contact.test.ts`]
  },
  {
    name: 'ekem1 mixed before encrypt',
    patches: [
      [
        `${P}/noise.ts`,
        `const sealed = writeSealed(state, cipherText);
      return { ...sealed, state: mixSecret(sealed.state, sharedSecret) };`,
        'return writeSealed(mixSecret(state, sharedSecret), cipherText);'
      ]
    ],
    tests: [`${U}/noise.test.ts`]
  },
  {
    name: 'ML-KEM result ignored',
    patches: [
      [
        `${P}/noise.ts`,
        'return { ...sealed, state: mixSecret(sealed.state, sharedSecret) };',
        'return { ...sealed, state: mixSecret(sealed.state, sharedSecret.fill(0)) };'
      ],
      [
        `${P}/noise.ts`,
        'return mixSecret({ ...state, symmetric }, kemDecapsulate(text, need(state.e1).secretKey));',
        'return mixSecret({ ...state, symmetric }, kemDecapsulate(text, need(state.e1).secretKey).fill(0));'
      ]
    ],
    tests: [`${U}/noise.test.ts`]
  },
  {
    name: 'all-zero DH accepted',
    patches: [
      [
        'src/lib/crypto/primitives.ts',
        'return authentic(() => x25519.getSharedSecret(secretKey, publicKey));',
        `try {
    return x25519.getSharedSecret(secretKey, publicKey);
  } catch {
    return new Uint8Array(KEY_BYTES);
  }`
      ]
    ],
    tests: ['tests/unit/crypto/primitives.test.ts']
  },
  {
    name: 'n check >= instead of ==',
    patches: [[`${P}/ratchet.ts`, 'if (ckr === null || n !== nr)', 'if (ckr === null || n < nr)']],
    tests: [`${U}/ratchet.test.ts`]
  },
  {
    name: 'pn not checked',
    patches: [[`${P}/ratchet.ts`, 'if (isNew && pn !== state.nr)', 'if (isNew && pn < 0)']],
    tests: [`${U}/ratchet.test.ts`]
  },
  {
    name: 'state committed before AEAD success (session)',
    patches: [
      [
        `${P}/session.ts`,
        'const body = decodeBody(chachaOpen(session.receiveKey, nonce(session.received), EMPTY, frame));',
        `const at = nonce(session.received);
  session.received++;
  const body = decodeBody(chachaOpen(session.receiveKey, at, EMPTY, frame));
  session.received--;`
      ]
    ],
    tests: [`${U}/session.test.ts`, `${U}/tampering.test.ts`]
  },
  {
    name: 'state committed before AEAD success (ratchet)',
    patches: [
      [
        `${P}/ratchet.ts`,
        'const { ck, mk } = kdfCk(ckr);\n',
        'const { ck, mk } = kdfCk(ckr);\n  Object.assign(state, stepped.state);\n'
      ]
    ],
    tests: [`${U}/ratchet.test.ts`]
  },
  {
    name: 'rs2 := old rs1',
    patches: [
      [
        `${P}/known-contact.ts`,
        'state: { handshake, matched, match, hadSecrets: retained.length > 0 }',
        'state: { handshake, matched, match, hadSecrets: retained.length > 0, old: retained[0] }'
      ],
      [
        `${P}/known-contact.ts`,
        'const established = establish(handshake, { own, peer: null }, state.matched, state.hadSecrets);\n  return { established, message };',
        'const established = establish(handshake, { own, peer: null }, state.matched, state.hadSecrets);\n  return { established: { ...established, retained: [established.keys.retained, state.old].filter(Boolean) }, message };'
      ],
      [
        `${P}/known-contact.ts`,
        'const established = establish(handshake, { own: null, peer }, matched, state.retained.length > 0);\n  return { established, ice };',
        'const established = establish(handshake, { own: null, peer }, matched, state.retained.length > 0);\n  return { established: { ...established, retained: [established.keys.retained, state.retained[0]].filter(Boolean) }, ice };'
      ]
    ],
    tests: [`${U}/retained.test.ts`]
  },
  {
    name: 'used keys not returned',
    patches: [
      [
        `${P}/ratchet.ts`,
        'consumed: [...stepped.consumed, ckr, mk, key]',
        'consumed: [...stepped.consumed, ckr]'
      ]
    ],
    tests: [`${U}/ratchet.test.ts`]
  },
  {
    name: 'root key kept beside the ratchet',
    patches: [[`${P}/session.ts`, 'keys: { ...keys, rootKey: EMPTY }', 'keys: { ...keys }']],
    tests: [`${U}/session.test.ts`, `${U}/secrecy.test.ts`]
  },
  {
    name: 'commitment of the short string not compared',
    patches: [
      [`${P}/first-contact.ts`, 'if (!equalBytes(sasCommitment(nI), commitment)) throw new AuthError();', '']
    ],
    tests: [`${U}/first-contact.test.ts`]
  }
];
