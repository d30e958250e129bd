/** Pure: by which way a browser installs the app, and when somebody knows what they would install. */
import type { ConversationSummary } from '../engine/api.ts';

/** `prompt`: the browser asks by itself. The next three: steps by hand. */
export type InstallWay = 'prompt' | 'ios' | 'mac' | 'firefox-phone' | 'none' | 'installed';

interface Browser {
  readonly userAgent: string;
  readonly maxTouchPoints: number;
}

/** What to do by hand. For words only: nothing depends on it being right. */
export function wayByHand({ userAgent, maxTouchPoints }: Browser): InstallWay {
  // An iPad says that it is a Mac; no Mac can be touched.
  const apple = /iPhone|iPad|iPod/.test(userAgent) || (userAgent.includes('Macintosh') && maxTouchPoints > 1);
  if (apple) return 'ios';
  if (userAgent.includes('Android') && userAgent.includes('Firefox/')) return 'firefox-phone';
  const safari =
    /Version\/[\d.]+ (?:Mobile\/\w+ )?Safari\//.test(userAgent) && userAgent.includes('Macintosh');
  return safari ? 'mac' : 'none';
}

/** Something was said and has arrived: now somebody knows what they would install. */
export function hasTalked(conversations: readonly ConversationSummary[]): boolean {
  return conversations.some(
    ({ lastText, queued, unread }) => unread > 0 || (lastText !== null && queued === 0)
  );
}
