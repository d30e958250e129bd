import { createHmac, createPrivateKey, createPublicKey, diffieHellman, hkdfSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concat, equalBytes, fromHex, hex, Reader, utf8, wipe, Writer } from '../../../src/lib/bytes.ts';
import { chachaOpen, chachaSeal, generateKeyPair, type KeyPair } from '../../../src/lib/crypto/primitives.ts';
import { AuthError, UsageError } from '../../../src/lib/errors.ts';
import {
  ratchetDecrypt,
  ratchetEncrypt,
  ratchetInitInitiator,
  ratchetInitResponder,
  type Ratchet
} from '../../../src/lib/protocol/ratchet.ts';
import type { RatchetMessage } from '../../../src/lib/wire/frame.ts';
import { flipped, snapshot } from '../../support/bytes.ts';
import { seeded } from '../../support/random.ts';
import { bytesIn } from '../../support/sessions.ts';

const AD = utf8('associated data');

function pair(seed: string): { alice: Ratchet; bob: Ratchet; random: (length: number) => Uint8Array } {
  const random = seeded(`ratchet ${seed}`);
  const [root, own] = [random(32), generateKeyPair(random)];
  const alice = ratchetInitInitiator(root, own.publicKey, random);
  return { alice, bob: ratchetInitResponder(root.slice(), own), random };
}

function headerOf({ header }: RatchetMessage): { dh: Uint8Array; pn: number; n: number } {
  const reader = new Reader(header);
  return { dh: reader.take(32), pn: reader.u32(), n: reader.u32() };
}

/** n texts in a row. */
function say(state: Ratchet, ...texts: string[]): { state: Ratchet; messages: RatchetMessage[] } {
  const messages: RatchetMessage[] = [];
  let now = state;
  for (const text of texts) {
    const step = ratchetEncrypt(now, AD, utf8(text));
    messages.push(step.message);
    now = step.state;
  }
  return { state: now, messages };
}

/**
 * Sections 2.2 to 3.5 of Signal's specification once more, with assignments as it has them, on another implementation
 * of X25519, HMAC and HKDF. MAX_SKIP = 0, so SkipMessageKeys only compares.
 */
class Reference {
  dhs: KeyPair;
  dhr: Uint8Array | null = null;
  rk: Uint8Array;
  cks: Uint8Array | null = null;
  ckr: Uint8Array | null = null;
  ns = 0;
  nr = 0;
  pn = 0;
  readonly random: (length: number) => Uint8Array;

  constructor(rk: Uint8Array, dhs: KeyPair, random: (length: number) => Uint8Array) {
    [this.rk, this.dhs, this.random] = [rk, dhs, random];
  }

  initAlice(peer: Uint8Array): void {
    this.dhr = peer;
    this.cks = this.kdfRk(peer);
  }

  encrypt(plaintext: Uint8Array): RatchetMessage {
    const mk = this.chain('cks');
    const header = new Writer().bytes(this.dhs.publicKey).u32(this.pn).u32(this.ns).done();
    this.ns++;
    const { key, nonce } = derive(mk);
    return { header, sealed: chachaSeal(key, nonce, concat(AD, header), plaintext) };
  }

  decrypt(message: RatchetMessage): Uint8Array {
    const { dh, pn, n } = headerOf(message);
    if (this.dhr === null || !equalBytes(dh, this.dhr)) {
      if (pn !== this.nr) throw new Error('skipped');
      [this.pn, this.ns, this.nr, this.dhr] = [this.ns, 0, 0, dh];
      this.ckr = this.kdfRk(dh);
      this.dhs = generateKeyPair(this.random);
      this.cks = this.kdfRk(dh);
    }
    if (n !== this.nr) throw new Error('skipped');
    this.nr++;
    const { key, nonce } = derive(this.chain('ckr'));
    return chachaOpen(key, nonce, concat(AD, message.header), message.sealed);
  }

  kdfRk(peer: Uint8Array): Uint8Array {
    const out = new Uint8Array(hkdfSync('sha256', x25519(this.dhs.secretKey, peer), this.rk, 'AP1/rk', 64));
    this.rk = out.slice(0, 32);
    return out.slice(32);
  }

  chain(which: 'cks' | 'ckr'): Uint8Array {
    const ck = this[which];
    if (ck === null) throw new Error('no chain');
    this[which] = new Uint8Array(createHmac('sha256', ck).update(Uint8Array.of(2)).digest());
    return new Uint8Array(createHmac('sha256', ck).update(Uint8Array.of(1)).digest());
  }
}

function x25519(secret: Uint8Array, peer: Uint8Array): Buffer {
  const der = (prefix: string, key: Uint8Array): Buffer => Buffer.concat([fromHex(prefix), key]);
  return diffieHellman({
    privateKey: createPrivateKey({
      key: der('302e020100300506032b656e04220420', secret),
      format: 'der',
      type: 'pkcs8'
    }),
    publicKey: createPublicKey({ key: der('302a300506032b656e032100', peer), format: 'der', type: 'spki' })
  });
}

/** message key ‖ nonce: HKDF-Expand alone, here as one block and the beginning of a second. */
function derive(mk: Uint8Array): { key: Uint8Array; nonce: Uint8Array } {
  const info = Buffer.from('AP1/msg');
  const key = createHmac('sha256', mk).update(info).update(Uint8Array.of(1)).digest();
  const second = createHmac('sha256', mk).update(key).update(info).update(Uint8Array.of(2)).digest();
  return { key: new Uint8Array(key), nonce: new Uint8Array(second.subarray(0, 12)) };
}

describe('chains, by the specification', () => {
  test('numbers count within a chain; pn is the length of the one before; a reply brings a new key', () => {
    const { alice, bob, random } = pair('numbers');
    const there = say(alice, 'a0', 'a1', 'a2');
    expect(there.messages.map(headerOf).map(({ pn, n }) => [pn, n])).toEqual([
      [0, 0],
      [0, 1],
      [0, 2]
    ]);
    let now = bob;
    for (const message of there.messages) now = ratchetDecrypt(now, AD, message, random).state;
    const back = say(now, 'b0', 'b1');
    const [first = there.messages[0], second] = back.messages;
    if (!first || !second) throw new Error('no reply');
    expect([headerOf(first), headerOf(second)].map(({ pn, n }) => [pn, n])).toEqual([
      [0, 0],
      [0, 1]
    ]);
    let then = there.state;
    for (const message of back.messages) then = ratchetDecrypt(then, AD, message, random).state;
    const again = say(then, 'a3').messages[0];
    if (!again) throw new Error('no answer');
    expect(headerOf(again)).toMatchObject({ pn: 3, n: 0 });
    const keys = [there.messages[0], first, again].map((message) => message && hex(headerOf(message).dh));
    expect(new Set(keys).size).toBe(3);
  });

  test('a responder can not send before it has heard something', () => {
    const { bob } = pair('silent');
    expect(() => ratchetEncrypt(bob, AD, utf8('too early'))).toThrow(UsageError);
  });

  test.each(['ours', 'reference'])('random schedules against a second implementation; Alice is %s', (who) => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.array(fc.constantFrom('a', 'b', 'A', 'B'), { maxLength: 30 }),
        (seed, steps) => {
          const { alice, bob, random } = pair(seed.toString());
          let ours = who === 'ours' ? alice : bob;
          const root = seeded(`ratchet ${seed.toString()}`)(32);
          const other = new Reference(root, who === 'ours' ? bob.dhs : alice.dhs, random);
          if (who !== 'ours') other.initAlice(bob.dhs.publicKey);
          const queues = { a: [] as [RatchetMessage, string][], b: [] as [RatchetMessage, string][] };
          steps.forEach((step, at) => {
            const text = `${step} ${at.toString()}`;
            if (step === 'a' || step === 'b') {
              if ((step === 'a') === (who === 'ours')) {
                if (ours.cks === null) return;
                const sent = ratchetEncrypt(ours, AD, utf8(text));
                ours = sent.state;
                queues[step].push([sent.message, text]);
              } else if (other.cks !== null) queues[step].push([other.encrypt(utf8(text)), text]);
              return;
            }
            const next = (step === 'A' ? queues.b : queues.a).shift();
            if (!next) return;
            if ((step === 'A') === (who === 'ours')) {
              const opened = ratchetDecrypt(ours, AD, next[0], random);
              ours = opened.state;
              wipe(...opened.consumed);
              expect(opened.plaintext).toEqual(utf8(next[1]));
            } else expect(other.decrypt(next[0])).toEqual(utf8(next[1]));
          });
          expect(hex(ours.rk)).toMatch(/^(?!0{64})/);
        }
      ),
      { numRuns: 40 }
    );
  });
});

describe('MAX_SKIP = 0', () => {
  const { alice, bob, random } = pair('skip');
  const there = say(alice, 'a0', 'a1', 'a2');
  const [a0, a1, a2] = there.messages;
  if (!a0 || !a1 || !a2) throw new Error('three messages');
  const heard = ratchetDecrypt(bob, AD, a0, random).state;
  /** What only the peer can make: its own keys under numbers that are not theirs. */
  const forged = (numbers: Partial<Ratchet>, from = there.state): RatchetMessage =>
    ratchetEncrypt({ ...from, ...numbers }, AD, utf8('forged')).message;

  test.each([
    ['the second message first', bob, a1],
    ['one left out', heard, a2],
    ['one repeated', heard, a0],
    ['a number too high under the right key', bob, forged({ ns: 1 }, alice)],
    ['the highest number under the right key', bob, forged({ ns: 0xffffffff }, alice)],
    ['a number too low under the right key', heard, forged({ ns: 0, cks: say(alice, '').state.cks })],
    ['a first chain that says it is not the first', bob, forged({ pn: 1 }, alice)]
  ])('%s', (_, state, message) => {
    const before = snapshot(state);
    expect(() => ratchetDecrypt(state, AD, message, random)).toThrow(AuthError);
    expect(snapshot(state)).toBe(before);
  });

  test('a new chain while messages of the one before are missing, and one that claims them', () => {
    const reply = say(heard, 'b0').messages[0];
    if (!reply) throw new Error('no reply');
    const then = ratchetDecrypt(there.state, AD, reply, random).state;
    const next = say(then, 'a3').messages[0];
    if (!next) throw new Error('no answer');
    expect(headerOf(next).pn).toBe(3);
    // Bob has had one of three.
    expect(() => ratchetDecrypt(heard, AD, next, random)).toThrow(AuthError);
    expect(() => ratchetDecrypt(heard, AD, forged({ pn: 1 }, then), random)).not.toThrow();
    const all = [a1, a2].reduce((state, message) => ratchetDecrypt(state, AD, message, random).state, heard);
    for (const pn of [0, 1, 2, 4, 0xffffffff])
      expect(() => ratchetDecrypt(all, AD, forged({ pn }, then), random)).toThrow(AuthError);
    // A chain begins with message 0.
    expect(() => ratchetDecrypt(all, AD, forged({ ns: 1 }, then), random)).toThrow(AuthError);
    expect(ratchetDecrypt(all, AD, next, random).plaintext).toEqual(utf8('a3'));
    // And nothing of a chain that is over opens again.
    const over = ratchetDecrypt(all, AD, next, random).state;
    for (const message of there.messages)
      expect(() => ratchetDecrypt(over, AD, message, random)).toThrow(AuthError);
  });

  test('each byte of header and ciphertext, and the associated data', () => {
    const before = snapshot(bob);
    for (let i = 0; i < a0.header.length; i++)
      expect(() => ratchetDecrypt(bob, AD, { ...a0, header: flipped(a0.header, i) }, random)).toThrow(
        AuthError
      );
    for (let i = 0; i < a0.sealed.length; i++)
      expect(() => ratchetDecrypt(bob, AD, { ...a0, sealed: flipped(a0.sealed, i) }, random)).toThrow(
        AuthError
      );
    expect(() => ratchetDecrypt(bob, utf8('associated dat'), a0, random)).toThrow(AuthError);
    expect(snapshot(bob)).toBe(before);
  });

  test('a header key of small order is refused', () => {
    const header = concat(new Uint8Array(32), a0.header.slice(32));
    expect(() => ratchetDecrypt(bob, AD, { ...a0, header }, random)).toThrow(AuthError);
  });

  // The top bit of a public key does not count (RFC 7748, section 5): two spellings of one key must not be two keys.
  test('another spelling of the header key is refused', () => {
    expect(() => ratchetDecrypt(heard, AD, { ...a1, header: flipped(a1.header, 31, 0x80) }, random)).toThrow(
      AuthError
    );
  });
});

describe('what is consumed', () => {
  const secrets = ({ dhs, rk, cks, ckr }: Ratchet): Uint8Array[] =>
    [dhs.secretKey, rk, cks, ckr].filter((secret) => secret !== null);

  test('is every secret that the new state does not hold, with the message key; nothing that it does hold', () => {
    const { alice, bob, random } = pair('consumed');
    const states: [Ratchet, Ratchet, readonly Uint8Array[], RatchetMessage][] = [];
    let [one, other] = [alice, bob];
    for (let turn = 0; turn < 6; turn++) {
      const sent = ratchetEncrypt(one, AD, utf8(turn.toString()));
      states.push([one, sent.state, sent.consumed, sent.message]);
      const got = ratchetDecrypt(other, AD, sent.message, random);
      states.push([other, got.state, got.consumed, sent.message]);
      [one, other] = [got.state, sent.state];
    }
    for (const [before, after, consumed, message] of states) {
      const kept = secrets(after);
      for (const secret of secrets(before).filter((old) => !kept.includes(old)))
        expect(consumed).toContain(secret);
      for (const secret of consumed) {
        expect(kept.some((other) => other.buffer === secret.buffer)).toBe(false);
        expect(bytesIn(after)).not.toContain(hex(secret));
      }
      // The used message key is among them: with it the message opens, so it must go.
      const opens = consumed.some((mk) => {
        const { key, nonce } = derive(mk);
        try {
          chachaOpen(key, nonce, concat(AD, message.header), message.sealed);
          return consumed.some((other) => equalBytes(other, key));
        } catch {
          return false;
        }
      });
      expect(opens).toBe(true);
    }
  });

  test('and overwritten, whatever the schedule, nothing is missed', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.array(fc.constantFrom('a', 'b', 'A', 'B'), { maxLength: 40 }),
        (seed, steps) => {
          const { alice, bob, random } = pair(`schedule ${seed.toString()}`);
          const state = { a: alice, b: bob };
          const queue = { a: [] as [RatchetMessage, Uint8Array][], b: [] as [RatchetMessage, Uint8Array][] };
          for (const step of [
            ...steps,
            ...Array.from({ length: 80 }, (_, at) => (at % 2 === 0 ? 'A' : 'B'))
          ]) {
            if (step === 'a' || step === 'b') {
              if (state[step].cks === null) continue;
              const text = random(1 + (random(1)[0] ?? 0));
              const sent = ratchetEncrypt(state[step], AD, text);
              state[step] = sent.state;
              wipe(...sent.consumed);
              queue[step].push([sent.message, text]);
            } else {
              const [to, from] = step === 'A' ? (['a', 'b'] as const) : (['b', 'a'] as const);
              const next = queue[from].shift();
              if (!next) continue;
              const got = ratchetDecrypt(state[to], AD, next[0], random);
              state[to] = got.state;
              wipe(...got.consumed);
              expect(got.plaintext).toEqual(next[1]);
            }
          }
          expect([queue.a.length, queue.b.length]).toEqual([0, 0]);
        }
      ),
      { numRuns: 40 }
    );
  });
});
