/** Whoever ends sessions by what they say is met more slowly; but they are met, whatever came meanwhile. */
import { expect, test } from 'vitest';
import { newLink, nextWake, onLink } from '../../../src/lib/conversation/link.ts';
import { window } from '../../../src/lib/protocol/topics.ts';
import { seeded } from '../../support/random.ts';
import { contacts } from '../../support/sessions.ts';

const { initiator, responder } = contacts('shunned');

test.each([
  ['initiator', initiator],
  ['responder', responder]
] as const)(
  'the %s, to whom the other one appears before the time has come, begins when it has',
  (_, keys) => {
    const [, rendezvous] = window(keys.rdv, 1_700_000_000);
    const at = (now: number) => ({ now, random: seeded('shunned'), rendezvous });
    const [appeared, nothing] = onLink({ ...newLink(keys), shunnedUntil: 500 }, { kind: 'present' }, at(100));
    expect(nothing).toEqual([]);
    expect(nextWake(appeared)).toBe(500);
    const [, effects] = onLink(appeared, { kind: 'wake' }, at(500));
    expect(effects.map(({ kind }) => kind)).toEqual(['publish']);
  }
);
