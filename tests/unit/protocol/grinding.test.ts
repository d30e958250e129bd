/**
 * S4: Mallory has replaced the link and stands in the middle of a first contact, Alice's guest and Bob's inviter. He
 * wins where both read the same short string, which is cut to 12 bits here. He may try numbers as long as he likes;
 * the commitment of message A leaves him one chance in 2^12 a handshake, and without it he always wins.
 */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { equalBytes } from '../../../src/lib/bytes.ts';
import { AuthError } from '../../../src/lib/errors.ts';
import {
  answerJoin,
  answerReadC,
  joinReadB,
  joinWriteC,
  startJoin
} from '../../../src/lib/protocol/first-contact.ts';
import { readMessage } from '../../../src/lib/protocol/noise.ts';
import type * as Schedule from '../../../src/lib/protocol/schedule.ts';
import { sasCommitment, shortAuthenticationString } from '../../../src/lib/protocol/schedule.ts';
import { firstContact } from '../../support/handshakes.ts';
import { seeded } from '../../support/random.ts';

const STRINGS = 2 ** 12;
const build = vi.hoisted(() => ({ committed: true }));

vi.mock('../../../src/lib/protocol/schedule.ts', async (original) => {
  const real = await original<typeof Schedule>();
  return {
    ...real,
    shortAuthenticationString: (...of: Parameters<typeof real.shortAuthenticationString>) =>
      real.shortAuthenticationString(...of) >> 12,
    // A commitment that binds nothing: any number fits it.
    sasCommitment: (nI: Uint8Array) => (build.committed ? real.sasCommitment(nI) : new Uint8Array(32))
  } satisfies typeof Schedule;
});

afterEach(() => {
  build.committed = true;
});

/** A number with which Alice would read `wanted`; null where `effort` tries did not find one. */
function grind(
  { h, nR, wanted }: { h: Uint8Array; nR: Uint8Array; wanted: number },
  effort: number,
  random: (length: number) => Uint8Array
): Uint8Array | null {
  for (let n = 0; n < effort; n++) {
    const nI = random(16);
    if (shortAuthenticationString(h, nI, nR) === wanted) return nI;
  }
  return null;
}

describe('with all messages of both handshakes', () => {
  /** Both handshakes up to the moment before Mallory's message C to Alice, when he knows all that he ever will. */
  function inTheMiddle(seed: string) {
    const [his, hers] = [firstContact(`${seed} his`), firstContact(`${seed} hers`)];
    const { random } = his;
    const toAlice = startJoin(hers.joiner, random);
    const alice = answerJoin(hers.inviter, toAlice.message, random);
    const mallory = joinReadB(toAlice.state, alice.message).state;
    const fromBob = startJoin(his.joiner, random);
    const toBob = answerJoin(his.inviter, fromBob.message, random);
    const bob = joinWriteC(joinReadB(fromBob.state, toBob.message).state, his.guest, random);
    expect(answerReadC(toBob.state, bob.message).state.sas).toBe(bob.state.sas);
    // After status and caps.
    const nR = readMessage(toAlice.state.handshake, alice.message).payload.slice(5, 21);
    const h = mallory.handshake.symmetric.h;
    expect(shortAuthenticationString(h, mallory.nI, nR)).toBe(mallory.sas);
    const number = grind({ h, nR, wanted: bob.state.sas }, 16 * STRINGS, random);
    if (!number) throw new Error('no number fits');
    return {
      bob: bob.state.sas,
      mallory,
      number,
      /** What Alice reads. */
      say: (nI: Uint8Array): number =>
        answerReadC(alice.state, joinWriteC({ ...mallory, nI }, his.guest, random).message).state.sas
    };
  }

  test('the number that fits comes too late: Alice refuses it', () => {
    for (let run = 0; run < 4; run++) {
      const { bob, mallory, number, say } = inTheMiddle(`committed ${run.toString()}`);
      expect(() => say(number)).toThrow(AuthError);
      // With the number that he promised both go on, and read two different strings.
      expect(say(mallory.nI)).not.toBe(bob);
    }
  });

  test('without a commitment it is taken, and both read the same', () => {
    build.committed = false;
    for (let run = 0; run < 4; run++) {
      const { bob, number, say } = inTheMiddle(`not committed ${run.toString()}`);
      expect(say(number)).toBe(bob);
    }
  });
});

describe('with the numbers alone, very often', () => {
  const TRIES = 5 * STRINGS;

  /** Mallory has heard all from Bob before he answers Alice. */
  function bobFirst(random: (length: number) => Uint8Array, effort: number): boolean {
    const promised = random(16);
    const commitment = sasCommitment(promised);
    const [h, nR] = [random(32), random(16)];
    const wanted = shortAuthenticationString(random(32), random(16), random(16));
    const nI = grind({ h, nR, wanted }, effort, random) ?? promised;
    // He says what he promised where nothing else would be taken.
    const said = equalBytes(sasCommitment(nI), commitment) ? nI : promised;
    return shortAuthenticationString(h, said, nR) === wanted;
  }

  /** Mallory has heard all from Alice before he answers Bob, of whose number he has the commitment. */
  function aliceFirst(random: (length: number) => Uint8Array, effort: number): boolean {
    const wanted = shortAuthenticationString(random(32), random(16), random(16));
    const [h, nI] = [random(32), random(16)];
    const commitment = sasCommitment(nI);
    let known = build.committed ? null : nI;
    for (let n = 0; n < effort && known === null; n++) {
      const guess = random(16);
      if (equalBytes(sasCommitment(guess), commitment)) known = guess;
    }
    let nR = random(16);
    for (let n = 0; n < effort && known !== null; n++) {
      if (shortAuthenticationString(h, known, nR) === wanted) break;
      nR = random(16);
    }
    return shortAuthenticationString(h, nI, nR) === wanted;
  }

  const wins = (game: typeof bobFirst, seed: string, tries: number, effort: number): number => {
    const random = seeded(seed);
    let won = 0;
    for (let n = 0; n < tries; n++) if (game(random, effort)) won++;
    return won;
  };

  test.each([
    ['Bob first', bobFirst],
    ['Alice first', aliceFirst]
  ])('%s: one in 4,096, as by blind luck', (seed, game) => {
    const won = wins(game, seed, TRIES, 2);
    // Five are expected; of a million seeds not one gives more than twenty, and one in 150 gives none.
    expect(won).toBeGreaterThan(0);
    expect(won).toBeLessThanOrEqual(20);
  });

  test.each([
    ['Bob first', bobFirst],
    ['Alice first', aliceFirst]
  ])('%s, without a commitment: every time', (seed, game) => {
    build.committed = false;
    expect(wins(game, seed, 10, 16 * STRINGS)).toBe(10);
  });
});
