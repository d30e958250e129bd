import type { ConversationId, ConversationSummary } from '../engine/api.ts';
import type { App } from './app.svelte.ts';

/** What may be wanted of a conversation from its line in the list. */
export interface RowIntentions {
  readonly pin: (pinned: boolean) => void;
  /** Infinity: for ever; null: not any more. */
  readonly mute: (until: number | null) => void;
  readonly archive: (archived: boolean) => void;
  readonly markUnread: () => void;
  readonly markRead: () => void;
  readonly rename: (title: string) => void;
}

export function intentionsFor(app: App, id: ConversationId): RowIntentions {
  const { engine } = app;
  return {
    pin: (pinned) => void app.attempt(engine.setPinned(id, pinned)),
    mute: (until) => void app.attempt(engine.setMuted(id, until)),
    archive: (archived) => void app.attempt(engine.setArchived(id, archived)),
    markUnread: () => void app.attempt(engine.markUnread(id)),
    markRead: () => void app.attempt(engine.markRead(id)),
    rename: (title) => void app.attempt(engine.setTitle(id, title))
  };
}

const hour = 3_600_000;

/** How long notifications are to be silent: until when, from now. */
export const muteChoices = [hour, 8 * hour, Infinity] as const;

export function isMuted({ mutedUntil }: Pick<ConversationSummary, 'mutedUntil'>, now: number): boolean {
  return mutedUntil !== null && mutedUntil > now;
}
