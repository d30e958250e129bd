/** Which signs wake the engine, and which are everyday noise. */
import { beforeEach, expect, test } from 'vitest';
import { watchForWaking } from '../../../src/lib/engine/waking.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const MINUTE = 60_000;

class Target extends EventTarget {
  visibilityState: DocumentVisibilityState = 'visible';
  type: string | undefined;

  tell(name: string): void {
    this.dispatchEvent(new Event(name));
  }
}

let clock: VirtualClock;
let window: Target;
let document: Target;
let connection: Target;
let woken: boolean[];

beforeEach(() => {
  clock = new VirtualClock();
  [window, document, connection] = [new Target(), new Target(), new Target()];
  connection.type = 'wifi';
  woken = [];
  watchForWaking({ window, document, connection, clock }, (changed) => woken.push(changed));
});

test('time that passes wakes nobody, seen or unseen', async () => {
  await clock.advance(10 * MINUTE);
  document.visibilityState = 'hidden';
  await clock.advance(10 * MINUTE);
  expect(woken).toEqual([]);
});

test('a pulse that is late means sleep', async () => {
  await clock.advance(10_000);
  clock.set(8_000);
  await clock.advance(2_000);
  expect(woken).toEqual([true]);
  await clock.advance(MINUTE);
  expect(woken).toEqual([true]);
});

test('unseen, a pulse a minute is the browser sparing its battery, and not sleep; an hour is', async () => {
  document.visibilityState = 'hidden';
  await clock.advance(10_000);
  let ahead = 0;
  for (let times = 0; times < 5; times++) {
    clock.set((ahead += MINUTE));
    await clock.advance(2_000);
  }
  // It comes to the front: what was late until then is no sleep either.
  document.visibilityState = 'visible';
  clock.set((ahead += MINUTE));
  await clock.advance(2_000);
  expect(woken).toEqual([]);
  document.visibilityState = 'hidden';
  await clock.advance(4_000);
  clock.set(ahead + 60 * MINUTE);
  await clock.advance(2_000);
  expect(woken).toEqual([true]);
});

test('another network is one; another estimate of the same is not', () => {
  connection.tell('change');
  expect(woken).toEqual([]);
  connection.type = 'cellular';
  connection.tell('change');
  window.tell('online');
  expect(woken).toEqual([true, true]);
});

test('shown again, thawed or taken from the cache: what is open is asked', () => {
  document.visibilityState = 'hidden';
  document.tell('visibilitychange');
  expect(woken).toEqual([]);
  document.tell('resume');
  document.visibilityState = 'visible';
  document.tell('visibilitychange');
  window.tell('pageshow');
  expect(woken).toEqual([false, false, false]);
});
