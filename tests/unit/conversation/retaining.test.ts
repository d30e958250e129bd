/** Why keys were reset, as far as this side can know it. */
import { expect, test } from 'vitest';
import { retaining } from '../../../src/lib/conversation/state.ts';
import { conversation } from '../../support/conversation.ts';

const secrets = [new Uint8Array(32)];

test('that it was restored here explains the first reset, however often they meet after it, and not another one', () => {
  const meet = (state: ReturnType<typeof conversation>, continuity: boolean) =>
    retaining(state, secrets, continuity, 7).conversation;
  const reset = meet({ ...conversation(1), restored: true }, false);
  expect(reset).toMatchObject({ reset: true, restored: true, metAt: 7 });
  const later = meet(meet(reset, true), true);
  expect(later).toMatchObject({ reset: true, restored: true });
  expect(meet(later, false)).toMatchObject({ reset: true, restored: false });
  expect(meet(conversation(1), false)).toMatchObject({ reset: true, restored: false });
});
