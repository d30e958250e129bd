import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hex, utf8 } from '../../../src/lib/bytes.ts';
import { hmacSha256 } from '../../../src/lib/crypto/primitives.ts';
import { AuthError } from '../../../src/lib/errors.ts';
import {
  answerReunion,
  readReunion,
  reunionReadB,
  startReunion,
  type ContactKeys
} from '../../../src/lib/protocol/known-contact.ts';
import { iceBlock } from '../../support/handshakes.ts';
import { seeded } from '../../support/random.ts';
import { contacts, reunite } from '../../support/sessions.ts';

/** What may happen to one connection. `both` is the good end, `kept` names whose commit reached the disk. */
const FATES = ['A lost', 'B lost', 'neither', 'initiator only', 'responder only', 'both'] as const;
type Fate = (typeof FATES)[number];

const initiatorCommits = (fate: Fate): boolean => fate === 'both' || fate === 'initiator only';
const responderCommits = (fate: Fate): boolean => fate === 'both' || fate === 'responder only';

interface Pair {
  readonly initiator: ContactKeys;
  readonly responder: ContactKeys;
}

/** One connection of the two, with the real handshake. A crash forgets everything but the disk. */
function connect(
  pair: Pair,
  fate: Fate,
  random: (length: number) => Uint8Array
): Pair & { continuity: boolean } {
  if (fate === 'A lost' || fate === 'B lost') {
    // Whatever was begun is gone with the page; a message that was answered has committed nothing.
    const a = startReunion({ keys: pair.initiator, place: pair.initiator.rdv, inBand: false }, random);
    if (fate === 'B lost')
      answerReunion(
        readReunion({ keys: pair.responder, place: pair.initiator.rdv, inBand: false }, a.message).state,
        iceBlock(random),
        random
      );
    return { ...pair, continuity: true };
  }
  const { initiator, responder } = reunite(pair, random);
  expect(initiator.continuity).toBe(responder.continuity);
  expect(initiator.retained.map(hex)).toEqual(responder.retained.map(hex));
  return {
    initiator: { ...pair.initiator, ...(initiatorCommits(fate) && { retained: initiator.retained }) },
    responder: { ...pair.responder, ...(responderCommits(fate) && { retained: responder.retained }) },
    continuity: initiator.continuity
  };
}

describe('retained secrets: one common one after any crashes', () => {
  test('every sequence of four connections, by the real handshake', () => {
    const random = seeded('every sequence');
    const live = FATES.filter((fate) => fate.endsWith('only') || fate === 'both' || fate === 'neither');
    let states: Pair[] = [contacts('every sequence')];
    for (let depth = 0; depth < 3; depth++) {
      states = states.flatMap((pair) =>
        live.map((fate) => {
          const next = connect(pair, fate, random);
          expect(next.continuity).toBe(true);
          return next;
        })
      );
    }
    expect(states).toHaveLength(64);
    // And the fourth finds one, whatever came before.
    for (const pair of states) expect(connect(pair, 'neither', random).continuity).toBe(true);
  });

  test('long random histories, by the real handshake', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.array(fc.constantFrom(...FATES), { minLength: 1, maxLength: 12 }),
        (seed, fates) => {
          const random = seeded(`history ${seed.toString()}`);
          let pair: Pair = contacts('history');
          for (const fate of [...fates, 'both' as const]) {
            const next = connect(pair, fate, random);
            expect(next.continuity).toBe(true);
            for (const { retained } of [next.initiator, next.responder]) {
              expect(retained.length).toBeGreaterThan(0);
              expect(retained.length).toBeLessThanOrEqual(2);
            }
            pair = next;
          }
          expect(pair.initiator.retained.map(hex)).toEqual(pair.responder.retained.map(hex));
        }
      ),
      { numRuns: 15 }
    );
  });

  // The rule alone, with numbers for secrets: every history of up to eight commits, exhaustively.
  function losesSync(
    second: (matched: number, old: number | undefined) => number | undefined
  ): Fate[] | null {
    const walk = (a: number[], b: number[], history: Fate[]): Fate[] | null => {
      const matched = b.find((secret) => a.includes(secret));
      if (matched === undefined) return history;
      if (history.length === 8) return null;
      const fresh = history.length + 1;
      const write = (old: number[]): number[] =>
        [fresh, second(matched, old[0])].filter((secret) => secret !== undefined);
      for (const fate of ['initiator only', 'responder only', 'both'] as const) {
        const lost = walk(initiatorCommits(fate) ? write(a) : a, responderCommits(fate) ? write(b) : b, [
          ...history,
          fate
        ]);
        if (lost) return lost;
      }
      return null;
    };
    return walk([0], [0], []);
  }

  test('the rule of section 7 never loses it', () => {
    expect(losesSync((matched) => matched)).toBeNull();
  });

  test('"the old rs1" loses it after two half commits, and one generation after one', () => {
    expect(losesSync((_, old) => old)).toEqual(['initiator only', 'initiator only']);
    expect(losesSync(() => undefined)).toEqual(['initiator only']);
  });

  test('the real handshake keeps the secret that matched, not the newest of its own', () => {
    const random = seeded('half');
    let pair: Pair = contacts('half');
    const [common] = pair.initiator.retained;
    for (let i = 0; i < 3; i++) {
      pair = connect(pair, 'initiator only', random);
      expect(pair.initiator.retained[1]).toEqual(common);
      pair = connect(pair, 'responder only', random);
      expect(pair.responder.retained[1]).toEqual(common);
    }
  });
});

describe('what is said of them', () => {
  const random = seeded('said');
  const pair = contacts('said');
  const place = pair.initiator.rdv;
  const [secret = new Uint8Array()] = pair.initiator.retained;
  const meeting = (keys: ContactKeys) => ({ keys, place, inBand: false });
  const match = (initiator: Uint8Array[], responder: Uint8Array[]) => {
    const a = startReunion(meeting({ ...pair.initiator, retained: initiator }), random);
    const { state } = readReunion(meeting({ ...pair.responder, retained: responder }), a.message);
    const b = answerReunion(state, iceBlock(random), random);
    const { established } = reunionReadB(a.state, b.message);
    expect(established.keys.sendKey).toEqual(b.established.keys.receiveKey);
    expect(established.retained.map(hex)).toEqual(b.established.retained.map(hex));
    return { match: state.match, one: established, other: b.established };
  };

  test('the newest common one of the responder is the salt; another salt, other keys', () => {
    const [r1, r2, r3] = [random(32), random(32), random(32)];
    expect(match([r2, r1], [r2, r1])).toMatchObject({ match: 1 });
    expect(match([r3, r1], [r2, r1])).toMatchObject({ match: 2 });
    expect(match([r2, r1], [r1])).toMatchObject({ match: 2 });
    const kept = match([r1, r3], [r3, r2]);
    expect(kept.one.retained).toEqual([kept.one.keys.retained, r3]);
    // A third is never offered.
    expect(match([r1, r2, r3], [r3])).toMatchObject({ match: 0 });
  });

  test('none in common: both sides know, and keep the new one alone', () => {
    for (const [one, other] of [
      [[random(32)], [random(32)]],
      [[random(32), random(32)], [random(32)]]
    ] as const) {
      const met = match([...one], [...other]);
      expect([met.match, met.one.continuity, met.other.continuity]).toEqual([0, false, false]);
      expect(met.one.retained).toEqual([met.one.keys.retained]);
    }
  });

  test('a side that has lost its secrets says nothing of it, the other one does', () => {
    expect(match([], [random(32)])).toMatchObject({
      one: { continuity: true },
      other: { continuity: false }
    });
    expect(match([random(32)], [])).toMatchObject({
      one: { continuity: false },
      other: { continuity: true }
    });
    expect(match([], [])).toMatchObject({ one: { continuity: true }, other: { continuity: true } });
  });

  test('rsid = HMAC(rs, "AP1/rsid" ‖ 0 ‖ e)[0..8], another one in each message', () => {
    const a = startReunion(meeting(pair.initiator), random);
    const b = startReunion(meeting(pair.initiator), random);
    const id = (message: Uint8Array): string =>
      hex(hmacSha256(secret, utf8('AP1/rsid'), Uint8Array.of(0), message.slice(0, 32)).slice(0, 8));
    expect(id(a.message)).not.toBe(id(b.message));
    expect(a.message.length).toBe(1_253 + 8);
  });

  test('the same handshake under another salt gives keys that open nothing', () => {
    const [r1, r2] = [random(32), random(32)];
    const keys = [r1, r2].map((retained) => {
      const fixed = seeded('fixed');
      const a = startReunion(meeting({ ...pair.initiator, retained: [retained] }), fixed);
      const { state } = readReunion(meeting({ ...pair.responder, retained: [retained] }), a.message);
      return answerReunion(state, iceBlock(seeded('ice')), fixed).established.keys;
    });
    expect(keys[0]?.rootKey).not.toEqual(keys[1]?.rootKey);
    expect(keys[0]?.sendKey).not.toEqual(keys[1]?.sendKey);
  });

  test('who does not have the pair psk learns nothing of it', () => {
    const a = startReunion(meeting(pair.initiator), random);
    expect(() => readReunion(meeting({ ...pair.responder, psk: random(32) }), a.message)).toThrow(AuthError);
  });
});
