import { expect, test } from 'vitest';
import type { ConversationSummary } from '../../../src/lib/engine/api.ts';
import { hasTalked, wayByHand } from '../../../src/lib/ui/install-way.ts';

const MAC = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)';
const WEBKIT = 'AppleWebKit/605.1.15 (KHTML, like Gecko)';

test.each([
  [
    'ios',
    `Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) ${WEBKIT} Version/26.0 Mobile/15E148 Safari/604.1`,
    5
  ],
  [
    'ios',
    `Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) ${WEBKIT} CriOS/140.0 Mobile/15E148 Safari/604.1`,
    5
  ],
  // An iPad.
  ['ios', `${MAC} ${WEBKIT} Version/26.0 Safari/605.1.15`, 5],
  ['mac', `${MAC} ${WEBKIT} Version/26.0 Safari/605.1.15`, 0],
  ['firefox-phone', 'Mozilla/5.0 (Android 16; Mobile; rv:153.0) Gecko/153.0 Firefox/153.0', 5],
  ['none', `${MAC} AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36`, 0],
  ['none', 'Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0', 0],
  ['none', '', 0]
])('%s: %s', (way, userAgent, maxTouchPoints) => {
  expect(wayByHand({ userAgent, maxTouchPoints })).toBe(way);
});

test('somebody has talked when something came, or something of theirs arrived', () => {
  const talk = (lastText: string | null, queued: number, unread: number): ConversationSummary =>
    ({ lastText, queued, unread }) as ConversationSummary;
  expect(hasTalked([])).toBe(false);
  expect(hasTalked([talk(null, 0, 0)])).toBe(false);
  expect(hasTalked([talk('waits', 1, 0)])).toBe(false);
  expect(hasTalked([talk('arrived', 0, 0)])).toBe(true);
  expect(hasTalked([talk(null, 0, 1)])).toBe(true);
});
