/** A knock says that whoever knocks has no session: it is heard, unless it crosses with what was just written to them. */
import { expect, test } from 'vitest';
import type { LinkEffect, Step } from '../../../src/lib/conversation/dial.ts';
import { newLink, onLink, type Link, type LinkEvent } from '../../../src/lib/conversation/link.ts';
import { alive } from '../../../src/lib/conversation/liveness.ts';
import { window } from '../../../src/lib/protocol/topics.ts';
import { seeded } from '../../support/random.ts';
import { channel } from '../../support/sessions.ts';

const { initiator } = channel('knocked');
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
