/** A doubt that passes leaves nobody knocking beside a good session. */
import { expect, test } from 'vitest';
import type { Step } from '../../../src/lib/conversation/dial.ts';
import { isReached, newLink, nextWake, onLink, type Link } from '../../../src/lib/conversation/link.ts';
import { alive } from '../../../src/lib/conversation/liveness.ts';
import { window } from '../../../src/lib/protocol/topics.ts';
import { seeded } from '../../support/random.ts';
import { channel } from '../../support/sessions.ts';

test('who is heard again is not knocked for any more', () => {
  const { initiator, responder } = channel('doubted');
  const random = seeded('doubted');
  const [, rendezvous] = window(responder.keys.rdv, 1_700_000_000);
  const at = (now: number) => ({ now, random, rendezvous });
  let link: Link = {
    ...newLink(responder.keys),
    ...{ open: responder.dial, present: true, presentAt: 0, liveness: alive(0, random) }
  };
  const published = ([next, effects]: Step<Link>): number => {
    link = next;
    return effects.filter(({ kind }) => kind === 'publish').length;
  };
  // The other side's SYNC does not come: a question, a doubt, a knock.
  while (isReached(link)) published(onLink(link, { kind: 'wake' }, at(nextWake(link) ?? 0)));
  expect(link.retryAt).not.toBeNull();
  initiator.say('here I am');
  const [frame] = initiator.out;
  if (!frame) throw new Error('no frame');
  const event = { kind: 'frame', frame } as const;
  published(onLink(link, { kind: 'peer', id: responder.dial.id, event }, at(2_500)));
  published(onLink(link, { kind: 'answered' }, at(2_500)));
  expect(isReached(link)).toBe(true);
  for (let now = 2_500; now < 60_000; now = nextWake(link) ?? Infinity)
    expect(published(onLink(link, { kind: 'wake' }, at(now))), String(now)).toBe(0);
});
