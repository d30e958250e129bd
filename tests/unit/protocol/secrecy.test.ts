/**
 * R14. At time t the whole state of a side is copied, the ciphertext of all times is the attacker's, and so is our
 * code. Nothing from before t opens; nothing from after the next round trip, where the attacker breaks no X25519;
 * nothing from after the next re-handshake, where the attacker breaks X25519 but not ML-KEM-768.
 */
import { describe, expect, test } from 'vitest';
import { concat, EMPTY, fromHex, hex, Reader } from '../../../src/lib/bytes.ts';
import { H, KDF } from '../../../src/lib/crypto/kdf.ts';
import { chachaOpen, dh, hmacSha256, kemKeyPair } from '../../../src/lib/crypto/primitives.ts';
import { AuthError } from '../../../src/lib/errors.ts';
import { reunionReadB, type ReunionA } from '../../../src/lib/protocol/known-contact.ts';
import { decodeBody, type RatchetMessage } from '../../../src/lib/wire/frame.ts';
import { seeded } from '../../support/random.ts';
import { bytesIn, carry, channel, copyOf, deliver, type End } from '../../support/sessions.ts';

/** What the attacker has of a side: everything that it holds in memory, its keys on disk among it. */
interface Loot {
  readonly dial: End['dial'];
  readonly keys: End['keys'];
}

function loot({ dial, keys }: End): Loot {
  return copyOf({ dial, keys });
}

function nonceOf(counter: number): Uint8Array {
  const out = new Uint8Array(12);
  new DataView(out.buffer).setUint32(8, counter);
  return out;
}

function attempt<T>(run: () => T): T | null {
  try {
    return run();
  } catch {
    return null;
  }
}

/** Every 32-byte string in the loot, and what the key schedule's one-way functions make of it, two steps deep. */
function keysFrom(stolen: Loot): Uint8Array[] {
  const found = [...bytesIn(stolen)].filter((text) => text.length === 64).map((text) => fromHex(text));
  const derived = found.flatMap((key) => {
    const ck = hmacSha256(key, Uint8Array.of(2));
    return [hmacSha256(key, Uint8Array.of(1)), ck, hmacSha256(ck, Uint8Array.of(1))];
  });
  const h = stolen.dial.established.keys.handshakeHash;
  const labels = ['root', 'chan i2r', 'chan r2i', 'rs'] as const;
  const scheduled = found.flatMap((key) => labels.map((label) => H(key, label, 32, h)));
  return [...found, ...derived, ...scheduled];
}

/** The ratchet messages in frames, for whom the channel's own keys are no obstacle (they are the stolen ones). */
function peeled(stolen: Loot, frames: readonly Uint8Array[]): RatchetMessage[] {
  const { session } = stolen.dial;
  if (!session) throw new Error('no session');
  return frames.flatMap((frame) => {
    for (const key of [session.sendKey, session.receiveKey]) {
      for (let counter = 0; counter < 40; counter++) {
        const body = attempt(() => chachaOpen(key, nonceOf(counter), EMPTY, frame));
        if (!body) continue;
        const decoded = decodeBody(body);
        if (decoded.kind === 'message') return [decoded.message];
        return decoded.kind === 'bind' && decoded.message ? [decoded.message] : [];
      }
    }
    return [];
  });
}

/** Whether any of the keys, as chain key or as message key, opens the message. */
function opens(keys: readonly Uint8Array[], ad: Uint8Array, { header, sealed }: RatchetMessage): boolean {
  return keys.some((mk) => {
    const out = H(mk, 'msg', 44);
    return attempt(() => chachaOpen(out.slice(0, 32), out.slice(32), concat(ad, header), sealed)) !== null;
  });
}

/** All message keys that follow from the stolen root with the stolen X25519 secrets and the public keys on the wire. */
function ratchetWith({ dial: { session }, keys }: Loot, publicKeys: readonly Uint8Array[]): Uint8Array[] {
  if (!session) throw new Error('no session');
  const shared = [session.ratchet.dhs.secretKey, keys.own.secretKey].flatMap((secret) =>
    publicKeys.map((peer) => dh(secret, peer))
  );
  let roots: readonly Uint8Array[] = [session.ratchet.rk];
  const found: Uint8Array[] = [];
  for (let depth = 0; depth < 2; depth++) {
    const steps = roots.flatMap((rk) => shared.map((secret) => KDF(rk, secret, 'rk', 64)));
    roots = steps.map((out) => out.slice(0, 32));
    for (const out of steps) {
      let ck: Uint8Array = out.slice(32);
      for (let n = 0; n < 3; n++) {
        found.push(hmacSha256(ck, Uint8Array.of(1)));
        ck = hmacSha256(ck, Uint8Array.of(2));
      }
    }
  }
  return found;
}

function publicKeysOf(messages: readonly RatchetMessage[]): Uint8Array[] {
  return [...new Set(messages.map(({ header }) => hex(new Reader(header).take(32))))].map((text) =>
    fromHex(text)
  );
}

/** A chat of some turns; at the end both have heard everything. */
function chat(initiator: End, responder: End, turns: number): void {
  for (let i = 0; i < turns; i++) {
    initiator.say(`i ${i.toString()}`);
    deliver(initiator, responder);
    responder.say(`r ${i.toString()}`);
    responder.say(`r ${i.toString()}, once more`);
    deliver(responder, initiator);
  }
}

describe.each(['initiator', 'responder'] as const)('the whole state of the %s, stolen', (whose) => {
  test('opens nothing from before, though the channel keys are in it', () => {
    const { initiator, responder } = channel(`before ${whose}`);
    chat(initiator, responder, 5);
    const frames = [...initiator.sent, ...responder.sent];
    const stolen = loot(whose === 'initiator' ? initiator : responder);
    const messages = peeled(stolen, frames);
    // The outer layer falls, as its keys are those of the whole session: the ratchet is what is left.
    expect(messages.length).toBe(1 + 5 * 3);
    const keys = keysFrom(stolen);
    expect(keys.length).toBeGreaterThan(40);
    const ad = stolen.dial.session?.ad ?? EMPTY;
    for (const message of messages) expect(opens(keys, ad, message)).toBe(false);
    // Old messages under roots that follow from the loot: later keys do not lead to earlier ones.
    const ahead = ratchetWith(stolen, publicKeysOf(messages));
    for (const message of messages) expect(opens(ahead, ad, message)).toBe(false);
  });

  test('opens nothing from before a re-handshake, not even the channel', () => {
    const { initiator, responder } = channel(`sessions ${whose}`);
    chat(initiator, responder, 3);
    const old = [...initiator.sent, ...responder.sent];
    initiator.now = responder.now = 10 * 60_000;
    initiator.say('renew');
    carry(initiator, responder);
    expect(initiator.retained).toHaveLength(2);
    const stolen = loot(whose === 'initiator' ? initiator : responder);
    expect(peeled(stolen, old)).toEqual([]);
    const keys = keysFrom(stolen);
    for (const frame of old.slice(0, 8))
      for (const key of keys)
        for (let counter = 0; counter < 8; counter++)
          expect(attempt(() => chachaOpen(key, nonceOf(counter), EMPTY, frame))).toBeNull();
  });

  test('opens what follows, until the next round trip (classical)', () => {
    const { initiator, responder } = channel(`after ${whose}`);
    chat(initiator, responder, 2);
    const [victim, peer] = whose === 'initiator' ? [initiator, responder] : [responder, initiator];
    const stolen = loot(victim);
    const from = { victim: victim.sent.length, peer: peer.sent.length };
    for (let trip = 0; trip < 3; trip++) {
      victim.say('there');
      deliver(victim, peer);
      peer.say('and back');
      deliver(peer, victim);
    }
    const there = peeled(stolen, victim.sent.slice(from.victim));
    const back = peeled(stolen, peer.sent.slice(from.peer));
    expect([there.length, back.length]).toEqual([3, 3]);
    const ad = stolen.dial.session?.ad ?? EMPTY;
    const found = keysFrom(stolen);
    const all = [...found, ...ratchetWith(stolen, publicKeysOf([...there, ...back]))];
    // That the attack works on the first trip shows that it is one.
    expect([there, back].map((way) => way.map((message) => opens(all, ad, message)))).toEqual([
      [true, false, false],
      [true, false, false]
    ]);
  });

  test('opens nothing after the next re-handshake, with every X25519 secret of it (post-quantum)', () => {
    const { initiator, responder } = channel(`quantum ${whose}`);
    chat(initiator, responder, 2);
    const stolen = loot(whose === 'initiator' ? initiator : responder);
    initiator.now = responder.now = 10 * 60_000;
    initiator.say('renew');
    const { rehandshake } = initiator.dial;
    if (rehandshake?.step !== 'asked') throw new Error('asked');
    // The attacker who breaks X25519 has e, s and all that follows from them up to message B: all but the ML-KEM key.
    const state = copyOf(rehandshake.state);
    deliver(initiator, responder);
    const messageB = responder.out.flatMap((frame) => {
      const opened = [0, 1, 2, 3, 4, 5, 6, 7, 8].flatMap((n) => {
        const { session } = stolen.dial;
        return [session?.sendKey, session?.receiveKey].flatMap((key) => {
          const body = key && attempt(() => chachaOpen(key, nonceOf(n), EMPTY, frame));
          return body ? [decodeBody(body)] : [];
        });
      });
      return opened.flatMap((body) => (body.kind === 'rehandshake' && body.step === 'b' ? [body.data] : []));
    })[0];
    if (!messageB) throw new Error('message B');
    const withKem = (secretKey: Uint8Array | undefined): ReunionA => ({
      ...state,
      handshake: { ...state.handshake, e1: secretKey ? { publicKey: EMPTY, secretKey } : null }
    });
    // With the ML-KEM key it would be open, without it is not.
    expect(() => reunionReadB(withKem(state.handshake.e1?.secretKey), messageB)).not.toThrow();
    const other = kemKeyPair(seeded('another ML-KEM key')(64));
    expect(() => reunionReadB(withKem(other.secretKey), messageB)).toThrow(AuthError);

    carry(initiator, responder);
    expect([initiator.retained.length, responder.retained.length]).toEqual([2, 2]);
    const from = [initiator.sent.length, responder.sent.length] as const;
    chat(initiator, responder, 2);
    const frames = [...initiator.sent.slice(from[0]), ...responder.sent.slice(from[1])];
    expect(frames).toHaveLength(6);
    expect(peeled(stolen, frames)).toEqual([]);
    const known = [...keysFrom(stolen), ...keysFrom({ ...stolen, keys: stolen.keys, state } as Loot)];
    for (const frame of frames)
      for (const key of known)
        for (let counter = 0; counter < 8; counter++)
          expect(attempt(() => chachaOpen(key, nonceOf(counter), EMPTY, frame)) === null).toBe(true);
  });
});
