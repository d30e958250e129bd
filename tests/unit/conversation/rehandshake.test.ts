import { describe, expect, test } from 'vitest';
import { hex } from '../../../src/lib/bytes.ts';
import { isOverdue, renewalAt } from '../../../src/lib/conversation/rehandshake.ts';
import { AuthError, WireError } from '../../../src/lib/errors.ts';
import { openFrame, sealFrame } from '../../../src/lib/protocol/session.ts';
import { snapshot } from '../../support/bytes.ts';
import { seeded } from '../../support/random.ts';
import { bytesIn, carry, channel, deliver, type End } from '../../support/sessions.ts';

const MINUTE = 60_000;

/** Keys of the session that frames go under now. */
function keysOf({ dial: { session } }: End): string[] {
  if (!session) throw new Error('no session');
  return [session.sendKey, session.receiveKey, session.ratchet.rk, session.ad].map(hex);
}

/** Both have the same new keys, crosswise, and nothing of the old ones. */
function expectRenewed(one: End, other: End, before: readonly string[]): void {
  expect([one.dial.rehandshake, other.dial.rehandshake]).toEqual([null, null]);
  expect(one.dial.session?.sendKey).toEqual(other.dial.session?.receiveKey);
  expect(one.dial.session?.receiveKey).toEqual(other.dial.session?.sendKey);
  expect(one.dial.session?.ad).toEqual(other.dial.session?.ad);
  for (const end of [one, other]) for (const key of keysOf(end)) expect(before).not.toContain(key);
}

/** `count` texts, turn by turn. */
function chat(initiator: End, responder: End, count: number): void {
  for (let i = 0; i < count; i++) {
    const [from, to] = i % 2 === 0 ? [initiator, responder] : [responder, initiator];
    from.say(`text ${i.toString()}`);
    deliver(from, to);
  }
}

describe('when keys are renewed', () => {
  test('after 50 messages of both directions together', () => {
    const { initiator, responder } = channel('fifty');
    const before = keysOf(initiator);
    // BIND carried none that counts; the initiator hears the 50th, or says it.
    chat(initiator, responder, 49);
    expect([initiator.dial.rehandshake, initiator.dial.session?.messages]).toEqual([null, 49]);
    responder.say('the fiftieth');
    deliver(responder, initiator);
    expect(initiator.dial.rehandshake?.step).toBe('asked');
    carry(initiator, responder);
    expectRenewed(initiator, responder, before);
    expect([initiator.retained.length, responder.retained.length]).toEqual([2, 2]);
    chat(initiator, responder, 4);
    expect(initiator.heard.slice(-2)).toEqual(['text 1', 'text 3']);
  });

  test('after 64 MiB', () => {
    const { initiator, responder } = channel('bytes');
    const before = keysOf(initiator);
    for (const end of [initiator, responder]) {
      const { session } = end.dial;
      if (session) end.dial = { ...end.dial, session: { ...session, bytes: (64 << 20) - 3 * 272 } };
    }
    initiator.say('one');
    expect(initiator.dial.rehandshake).toBeNull();
    initiator.say('two');
    initiator.say('three');
    expect(initiator.dial.rehandshake?.step).toBe('asked');
    carry(initiator, responder);
    expectRenewed(initiator, responder, before);
    expect(responder.heard).toEqual(['one', 'two', 'three']);
  });

  test('after ten minutes', () => {
    const { initiator, responder } = channel('minutes');
    const before = keysOf(initiator);
    initiator.now = responder.now = 10 * MINUTE - 1;
    initiator.say('early');
    expect(initiator.dial.rehandshake).toBeNull();
    expect([renewalAt(initiator.dial, initiator.keys), renewalAt(responder.dial, responder.keys)]).toEqual([
      10 * MINUTE,
      60 * MINUTE
    ]);
    initiator.now = responder.now = 10 * MINUTE;
    initiator.say('in time');
    expect(renewalAt(initiator.dial, initiator.keys)).toBe(60 * MINUTE);
    carry(initiator, responder);
    expectRenewed(initiator, responder, before);
    // Counted anew from here.
    expect(renewalAt(initiator.dial, initiator.keys)).toBe(20 * MINUTE);
  });

  test('by the initiator only: the responder never begins', () => {
    const { initiator, responder } = channel('one begins');
    responder.now = 59 * MINUTE;
    for (let i = 0; i < 120; i++) responder.say('and again');
    expect(responder.dial.rehandshake).toBeNull();
    expect(initiator.dial.rehandshake).toBeNull();
  });

  test('500 messages or 60 minutes without them end the session', () => {
    const { initiator, responder } = channel('overdue');
    for (let i = 0; i < 499; i++) responder.say('and again');
    expect(isOverdue(responder.dial, 0)).toBe(false);
    responder.say('the last');
    expect(isOverdue(responder.dial, 0)).toBe(true);
    expect(isOverdue(initiator.dial, 60 * MINUTE - 1)).toBe(false);
    expect(isOverdue(initiator.dial, 60 * MINUTE)).toBe(true);
  });

  test('again and again, with the ratchet and the secrets of each', () => {
    const { initiator, responder } = channel('again');
    const seen = new Set(keysOf(initiator));
    for (let round = 0; round < 4; round++) {
      chat(initiator, responder, 60);
      carry(initiator, responder);
      expect(initiator.retained).toHaveLength(2 + round);
      for (const key of keysOf(initiator)) {
        expect(seen).not.toContain(key);
        seen.add(key);
      }
    }
    expect(initiator.heard).toHaveLength(120);
    expect(responder.heard).toHaveLength(120);
    expect([...initiator.retained, ...responder.retained].every(({ continuity }) => continuity)).toBe(true);
    expect(initiator.keys.retained.map(hex)).toEqual(responder.keys.retained.map(hex));
  });
});

describe('while keys are renewed', () => {
  /** Up to the moment that message a is under way. */
  function asked(seed: string): { initiator: End; responder: End; before: string[] } {
    const { initiator, responder } = channel(seed);
    const before = keysOf(initiator);
    initiator.now = responder.now = 10 * MINUTE;
    initiator.say('ask');
    expect(initiator.dial.rehandshake?.step).toBe('asked');
    return { initiator, responder, before };
  }

  test('texts of both sides cross at every step, and none is lost or moved', () => {
    for (let seed = 0; seed < 60; seed++) {
      const { initiator, responder, before } = asked(`cross ${seed.toString()}`);
      const random = seeded(`steps ${seed.toString()}`);
      const said: [string[], string[]] = [['ask'], []];
      for (let step = 0; step < 40; step++) {
        const [what = 0] = random(1);
        if (what < 60) {
          initiator.say(`i ${step.toString()}`);
          said[0].push(`i ${step.toString()}`);
        } else if (what < 120) {
          responder.say(`r ${step.toString()}`);
          said[1].push(`r ${step.toString()}`);
        } else if (what < 190) deliver(initiator, responder, 1);
        else deliver(responder, initiator, 1);
      }
      carry(initiator, responder);
      expectRenewed(initiator, responder, before);
      expect(responder.heard).toEqual(said[0]);
      expect(initiator.heard).toEqual(said[1]);
    }
  });

  test('the responder goes on under the old keys until it has heard the switch and a new frame', () => {
    const { initiator, responder } = asked('between');
    deliver(initiator, responder);
    expect(responder.dial.rehandshake).toMatchObject({ step: 'agreed', sending: false, receiving: false });
    responder.say('old keys');
    deliver(responder, initiator);
    expect(initiator.dial.rehandshake).toMatchObject({ step: 'agreed', sending: true, receiving: false });
    initiator.say('new keys already');
    deliver(initiator, responder, 1);
    expect(responder.dial.rehandshake).toMatchObject({ receiving: true, sending: false });
    responder.say('still old keys');
    carry(initiator, responder);
    expect(initiator.heard).toEqual(['old keys', 'still old keys']);
    expect(responder.heard).toEqual(['ask', 'new keys already']);
    expect(initiator.dial.rehandshake).toBeNull();
  });

  test('nothing is retained before the first frame under the new keys has opened', () => {
    const { initiator, responder } = asked('retained');
    deliver(initiator, responder);
    expect(responder.retained).toHaveLength(1);
    deliver(responder, initiator);
    expect([initiator.retained.length, responder.retained.length]).toEqual([1, 1]);
    deliver(initiator, responder, 1);
    expect(responder.retained).toHaveLength(1);
    deliver(initiator, responder, 1);
    expect(responder.retained).toHaveLength(2);
    deliver(responder, initiator);
    expect(initiator.retained).toHaveLength(2);
  });

  test('every frame of it changed, left out, repeated or sent back ends the session and retains nothing', () => {
    const steps = 7;
    for (let step = 0; step < steps; step++) {
      for (const how of ['changed', 'left out', 'repeated', 'sent back'] as const) {
        const { initiator, responder } = asked('faults');
        // An extra text each way, so that a frame that is left out has one behind it.
        responder.say('there');
        let at = 0;
        const faulty = (from: End, to: End): boolean => {
          const frame = from.out.shift();
          if (!frame) return false;
          if (at++ !== step) {
            to.receive(frame);
            return false;
          }
          const before = snapshot([to.dial, from.dial]);
          const retained = to.retained.length;
          if (how === 'repeated') to.receive(frame);
          const state = how === 'repeated' ? snapshot(to.dial) : null;
          if (how === 'left out') {
            from.say('behind it');
            const next = from.out.shift();
            expect(() => {
              to.receive(next ?? new Uint8Array());
            }).toThrow(AuthError);
          } else {
            const bad = how === 'changed' ? frame.map((byte, i) => (i === 9 ? byte ^ 4 : byte)) : frame;
            expect(() => {
              (how === 'sent back' ? from : to).receive(bad);
            }).toThrow(AuthError);
          }
          if (state !== null) expect(snapshot(to.dial)).toBe(state);
          else if (how !== 'left out') expect(snapshot([to.dial, from.dial])).toBe(before);
          if (how !== 'repeated') expect(to.retained).toHaveLength(retained);
          return true;
        };
        let done = false;
        for (let turn = 0; turn < 40 && !done; turn++)
          done = turn % 2 === 0 ? faulty(initiator, responder) : faulty(responder, initiator);
        expect(done).toBe(true);
      }
    }
  });

  test('steps out of turn are refused', () => {
    const { initiator, responder } = channel('turn');
    for (const step of ['b', 'switch'] as const) {
      const { session } = initiator.dial;
      if (!session) throw new Error('no session');
      const { frame } = sealFrame(session, { kind: 'rehandshake', step, data: new Uint8Array() });
      expect(() => {
        responder.receive(frame);
      }).toThrow(WireError);
    }
    // The responder asks: roles come from keys.
    const { session } = responder.dial;
    if (!session) throw new Error('no session');
    const { frame } = sealFrame(session, { kind: 'rehandshake', step: 'a', data: new Uint8Array(1_261) });
    expect(() => {
      initiator.receive(frame);
    }).toThrow(WireError);
  });

  test('a second asking while one is under way is refused', () => {
    const { initiator, responder } = asked('twice');
    deliver(initiator, responder);
    const { session } = initiator.dial;
    if (!session) throw new Error('no session');
    const { frame } = sealFrame(session, { kind: 'rehandshake', step: 'a', data: new Uint8Array(1_261) });
    expect(() => {
      responder.receive(frame);
    }).toThrow(WireError);
  });
});

describe('after it', () => {
  test('the old keys are overwritten on both sides, and open nothing of the new session', () => {
    const { initiator, responder } = channel('after');
    const stolen = structuredClone({ one: initiator.dial.session, other: responder.dial.session });
    const buffers = [initiator, responder].map(({ dial: { session } }) => [
      session?.sendKey,
      session?.receiveKey
    ]);
    initiator.now = responder.now = 10 * MINUTE;
    initiator.say('ask');
    carry(initiator, responder);
    for (const key of buffers.flat()) expect(key?.every((byte) => byte === 0)).toBe(true);
    const held = bytesIn([initiator.dial, responder.dial]);
    for (const key of [stolen.one?.sendKey, stolen.one?.receiveKey])
      expect(held).not.toContain(hex(key ?? new Uint8Array()));
    initiator.say('secret');
    const frame = initiator.out[0];
    for (const session of [stolen.one, stolen.other]) {
      if (!session || !frame) throw new Error('nothing stolen');
      for (let received = 0; received < 12; received++)
        for (const receiveKey of [session.sendKey, session.receiveKey])
          expect(() => openFrame({ ...session, receiveKey, received }, frame, seeded('thief'))).toThrow(
            AuthError
          );
    }
  });
});
