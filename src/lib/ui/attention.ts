/** What is unread, as others see it who are not looking at this page: a number in the title, a dot, a badge. */
import type { ConversationId } from '../engine/api.ts';

/** As much of a conversation as matters here. */
export interface Attended {
  readonly id: ConversationId;
  readonly title: string | null;
  readonly unread: number;
  /** The user wants to come back to it. */
  readonly markedUnread: boolean;
  /** No calling before this time; null: it is not muted. */
  readonly mutedUntil: number | null;
}

/** What the user has before their eyes: one conversation, the list, neither; or the page is not looked at. */
export type Looking = ConversationId | 'list' | 'elsewhere' | 'away';

export function calling<T extends Attended>(conversations: readonly T[], now: number): readonly T[] {
  return conversations.filter(
    ({ unread, markedUnread, mutedUntil }) => (unread > 0 || markedUnread) && now >= (mutedUntil ?? -Infinity)
  );
}

/** The conversations to tell of and those that nothing is to be told of any more. Null: there was no picture before. */
export function announcements(
  before: readonly Attended[] | null,
  after: readonly Attended[],
  looking: Looking,
  now: number
): { readonly show: readonly Attended[]; readonly close: readonly ConversationId[] } {
  const earlier = new Map(before?.map((conversation) => [conversation.id, conversation.unread]));
  const seen = (id: ConversationId): boolean => looking === id || looking === 'list';
  const show = calling(after, now).filter(
    ({ id, unread }) => before !== null && unread > (earlier.get(id) ?? 0) && !seen(id)
  );
  const unread = new Set(after.filter((conversation) => conversation.unread > 0).map(({ id }) => id));
  return { show, close: [...earlier.keys()].filter((id) => (earlier.get(id) ?? 0) > 0 && !unread.has(id)) };
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
