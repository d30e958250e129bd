/** When the app locks itself. */
import { expect, test } from 'vitest';
import { watchIdle, type IdleRules } from '../../../src/lib/ui/idle.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const MINUTE = 60_000;

function watched(rules: IdleRules) {
  const clock = new VirtualClock();
  const window = new EventTarget();
  class Shown extends EventTarget {
    visibilityState: DocumentVisibilityState = 'visible';
  }
  const document = new Shown();
  /** How far the clock that people set is ahead of the other. */
  let set = 0;
  let locks = 0;
  const end = watchIdle(
    {
      window,
      document,
      clock: {
        now: () => clock.now() + set,
        elapsed: () => clock.elapsed(),
        after: (ms, callback) => clock.after(ms, callback)
      }
    },
    rules,
    () => {
      locks++;
    }
  );
  return {
    clock,
    end,
    touch: (name: string) => window.dispatchEvent(new Event(name)),
    show: (visibilityState: DocumentVisibilityState) => {
      document.visibilityState = visibilityState;
      document.dispatchEvent(new Event('visibilitychange'));
    },
    setClock: (by: number) => {
      set += by;
    },
    locks: () => locks
  };
}

test('after so many minutes without a touch, once', async () => {
  const { clock, touch, locks } = watched({ after: 5, hidden: false });
  await clock.advance(4 * MINUTE);
  for (const name of ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart']) {
    touch(name);
    await clock.advance(4 * MINUTE);
    expect(locks()).toBe(0);
  }
  await clock.advance(MINUTE - 1);
  expect(locks()).toBe(0);
  await clock.advance(1);
  expect(locks()).toBe(1);
  touch('keydown');
  await clock.advance(60 * MINUTE);
  expect(locks()).toBe(1);
});

test('the first touch after a sleep finds it locked, whose timers stood still', () => {
  const { setClock, touch, locks } = watched({ after: 5, hidden: false });
  setClock(6 * MINUTE);
  touch('pointerdown');
  expect(locks()).toBe(1);
});

test('a clock that is turned back prolongs nothing', async () => {
  const { clock, setClock, locks } = watched({ after: 5, hidden: false });
  setClock(-60 * MINUTE);
  await clock.advance(5 * MINUTE);
  expect(locks()).toBe(1);
});

test('never by itself', async () => {
  const { clock, show, locks } = watched({ after: 0, hidden: false });
  await clock.advance(600 * MINUTE);
  show('hidden');
  expect(locks()).toBe(0);
});

test('out of sight, where that is wanted', () => {
  for (const hidden of [true, false]) {
    const { show, locks } = watched({ after: 5, hidden });
    show('hidden');
    show('visible');
    expect(locks()).toBe(hidden ? 1 : 0);
  }
});

test('not any more when nobody watches', async () => {
  const { clock, end, show, locks } = watched({ after: 5, hidden: true });
  end();
  show('hidden');
  await clock.advance(60 * MINUTE);
  expect(locks()).toBe(0);
});
