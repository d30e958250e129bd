/** Nothing is attempted while nobody is there: PRESENT says when somebody comes, and no socket keeps it to itself. */
import { expect, test } from 'vitest';
import { newLink, nextWake, onLink } from '../../../src/lib/conversation/link.ts';
import { window } from '../../../src/lib/protocol/topics.ts';
import { seeded } from '../../support/random.ts';
import { contacts } from '../../support/sessions.ts';

const { initiator, responder } = contacts('absent');

test.each([
  ['initiator', initiator],
  ['responder', responder]
] as const)('the %s who tries again while nobody is there waits for PRESENT', (_, keys) => {
  const [, rendezvous] = window(keys.rdv, 1_700_000_000);
  const at = (now: number) => ({ now, random: seeded('absent'), rendezvous });
  for (const changed of [false, true]) {
    const [waiting, nothing] = onLink(newLink(keys), { kind: 'retry', changed }, at(100));
    expect([nothing, nextWake(waiting)]).toEqual([[], null]);
    const [, effects] = onLink(waiting, { kind: 'present' }, at(200));
    expect(effects.map(({ kind }) => kind)).toEqual(['publish']);
  }
});
