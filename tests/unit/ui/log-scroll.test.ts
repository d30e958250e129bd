import { expect, test } from 'vitest';
import { LogScroll } from '../../../src/lib/ui/log-scroll.ts';

/** As much of an element as has a height: who scrolls, and who changes the heights, is the test. */
function log(scrollHeight: number, clientHeight: number) {
  const element = {
    scrollTop: 0,
    scrollHeight,
    clientHeight,
    scrollTo: ({ top }: { readonly top: number }) => {
      element.scrollTop = Math.min(top, element.scrollHeight - element.clientHeight);
    }
  };
  const scroll = new LogScroll(element as unknown as HTMLElement, () => true);
  scroll.toBottom();
  scroll.moved();
  return { element, scroll };
}

test('who scrolls up has left the bottom, and who comes near it is there again', () => {
  const { element, scroll } = log(2_000, 600);
  element.scrollTop = 1_000;
  scroll.moved();
  expect(scroll.stuck).toBe(false);
  element.scrollTop = 1_350;
  scroll.moved();
  expect(scroll.stuck).toBe(true);
});

test('a window that changes its size before a scroll to the bottom is told takes nobody from there', () => {
  const { element, scroll } = log(2_000, 600);
  // The composer grows, the log follows; before that is told the window becomes narrow and its lines more.
  element.clientHeight = 500;
  scroll.toBottom();
  element.scrollHeight = 2_400;
  scroll.moved();
  expect(scroll.stuck).toBe(true);
  scroll.toBottom();
  scroll.moved();
  expect(element.scrollTop).toBe(1_900);
  element.scrollTop = 1_000;
  scroll.moved();
  expect(scroll.stuck).toBe(false);
});

test('after the log has followed another size, one jump is enough to leave the bottom', () => {
  const { element, scroll } = log(2_000, 600);
  element.clientHeight = 500;
  scroll.toBottom();
  element.scrollTop = 0;
  scroll.moved();
  expect(scroll.stuck).toBe(false);
});

test('who has left the bottom is not taken there by another size', () => {
  const { element, scroll } = log(2_000, 600);
  element.scrollTop = 300;
  scroll.moved();
  element.scrollHeight = 2_400;
  scroll.moved();
  expect(scroll.stuck).toBe(false);
});

test('what comes above the log together with older messages moves nothing within it', () => {
  // The log's upper edge, and where in the log its one row begins.
  const at = { edge: 100, row: 0 };
  const box = (top: number) => ({ top, bottom: top + 40 });
  const row = {
    isConnected: true,
    getBoundingClientRect: () => box(at.edge + at.row - element.scrollTop)
  };
  const { element, scroll } = log(2_000, 600);
  Object.assign(element, {
    getBoundingClientRect: () => box(at.edge),
    querySelectorAll: () => [row]
  });
  at.row = 250;
  element.scrollTop = 200;
  scroll.moved();
  scroll.hold();
  at.edge += 42;
  at.row += 3_000;
  scroll.settle();
  expect(element.scrollTop).toBe(3_200);
});
