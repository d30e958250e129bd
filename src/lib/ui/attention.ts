/** What is unread, as others see it who are not looking at this page: a number in the title, a dot, a badge. */
import type { ConversationId } from '../engine/api.ts';

/** As much of a conversation as matters here. */
export interface Attended {
  readonly id: ConversationId;
  readonly title: string | null;
  readonly unread: number;
  /** It may be read, and does not call. */
  readonly muted?: boolean;
}

/** What the user has before their eyes: one conversation, the list, neither; or the page is not looked at. */
export type Looking = ConversationId | 'list' | 'elsewhere' | 'away';

export function calling(conversations: readonly Attended[]): readonly Attended[] {
  return conversations.filter(({ unread, muted }) => unread > 0 && muted !== true);
}

/** The conversations to tell of and those that nothing is to be told of any more. Null: there was no picture before. */
export function announcements(
  before: readonly Attended[] | null,
  now: readonly Attended[],
  looking: Looking
): { readonly show: readonly Attended[]; readonly close: readonly ConversationId[] } {
  const earlier = new Map(before?.map((conversation) => [conversation.id, conversation]));
  const calls = calling(now);
  const seen = (id: ConversationId): boolean => looking === id || looking === 'list';
  const show = calls.filter(
    ({ id, unread }) => before !== null && unread > (earlier.get(id)?.unread ?? 0) && !seen(id)
  );
  const still = new Set(calls.map(({ id }) => id));
  const close = calling(before ?? [])
    .map(({ id }) => id)
    .filter((id) => !still.has(id));
  return { show, close };
}

type Badging = Partial<Pick<Navigator, 'setAppBadge' | 'clearAppBadge'>>;

/** On the icon of the installed app and on the tab. Browsers without badges are not missed. */
export function showCount(count: number, { head }: Document, navigator: Badging): void {
  const icon = head.querySelector<HTMLLinkElement>('link[rel="icon"]');
  const wanted = count > 0 ? '/favicon-unread.svg' : '/favicon.svg';
  if (icon !== null && icon.getAttribute('href') !== wanted) icon.setAttribute('href', wanted);
  const shown = count > 0 ? navigator.setAppBadge?.(count) : navigator.clearAppBadge?.();
  // Not installed, or not allowed: the title says it.
  shown?.catch(() => undefined);
}
