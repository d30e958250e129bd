/** Who has lost their session a moment after it was bound is heard: their knock, and their first message. */
import { expect, test } from 'vitest';
import type { LinkEffect, Step } from '../../../src/lib/conversation/dial.ts';
import { newLink, nextWake, onLink, type Link, type LinkEvent } from '../../../src/lib/conversation/link.ts';
import { alive } from '../../../src/lib/conversation/liveness.ts';
import { startReunion } from '../../../src/lib/protocol/known-contact.ts';
import { window } from '../../../src/lib/protocol/topics.ts';
import { seeded } from '../../support/random.ts';
import { channel } from '../../support/sessions.ts';

const { initiator, responder } = channel('knocked');
const random = seeded('knocked');
const [, rendezvous] = window(initiator.keys.rdv, 1_700_000_000);

function knock(): LinkEvent {
  const envelope = { kind: 'knock', dir: 1, hsid: random(8), data: new Uint8Array(0) } as const;
  return { kind: 'envelope', rendezvous, envelope };
}

function written([, effects]: Step<Link>): number {
  return effects.filter(({ kind }: LinkEffect) => kind === 'publish').length;
}

test('who has come, and changes networks a moment after the session is bound, is met again at once', () => {
  const bound: Link = {
    ...newLink(initiator.keys),
    ...{ open: initiator.dial, present: true, presentAt: 0, beganAt: 10, liveness: alive(300, random) }
  };
  expect(written(onLink(bound, knock(), { now: 800, random, rendezvous }))).toBe(1);
});

test('a knock that crosses with the first message begins nothing anew', () => {
  const context = { now: 0, random, rendezvous };
  const asked = onLink(newLink(initiator.keys), { kind: 'present' }, context);
  expect(written(asked)).toBe(1);
  expect(written(onLink(asked[0], knock(), { ...context, now: 30 }))).toBe(0);
});

test('a first message that comes too soon after the last one is answered when its time has come', () => {
  const first = (): LinkEvent => {
    const { message } = startReunion(
      { keys: initiator.keys, place: rendezvous.topic, inBand: false },
      random
    );
    return {
      kind: 'envelope',
      rendezvous,
      envelope: { kind: 'handshake', dir: 0, hsid: random(8), data: message }
    };
  };
  const opened = ([, effects]: Step<Link>): string[] =>
    effects.flatMap((effect) => (effect.kind === 'open-peer' ? [effect.id] : []));
  const at = (now: number) => ({ now, random, rendezvous });
  const answered = onLink(newLink(responder.keys), first(), at(1_000));
  expect(opened(answered)).toHaveLength(1);
  const open = { open: responder.dial, half: null, liveness: alive(1_100, random) };
  let link: Link = { ...answered[0], ...open };
  // Of two that the server brings at once, too: it can make us answer no more than that.
  const late = [first(), first()];
  for (const event of late) {
    const early = onLink(link, event, at(1_150));
    expect(opened(early)).toEqual([]);
    [link] = early;
  }
  expect(nextWake(link)).toBe(1_500);
  expect(opened(onLink(link, { kind: 'wake' }, at(1_499)))).toEqual([]);
  const woken = onLink(link, { kind: 'wake' }, at(1_500));
  expect(opened(woken)).toHaveLength(1);
  expect(woken[0].half?.step === 'describing' && woken[0].half.hsid).toEqual(
    late[1]?.kind === 'envelope' && late[1].envelope.hsid
  );
  expect(opened(onLink(woken[0], { kind: 'wake' }, at(1_501)))).toEqual([]);
});
