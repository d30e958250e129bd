import type { ConversationSummary } from '../../engine/api.ts';
import { m } from '../i18n/compiled/messages.js';
import { getLocale } from '../i18n/compiled/runtime.js';
import { isMuted, muteChoices, type RowIntentions } from '../list.ts';
import { duration, moment } from '../time.ts';
import type { MenuItem } from './menu.ts';

/** What may be wanted of a conversation's place in the list, there and in its own menu. Muting asks for how long. */
export function placeItems(
  conversation: ConversationSummary,
  intentions: Pick<RowIntentions, 'pin' | 'mute' | 'archive'>,
  onmute: () => void
): readonly MenuItem[] {
  const { pinned, archived } = conversation;
  return [
    {
      label: pinned ? m.unpin() : m.pin(),
      icon: 'pin',
      act: () => {
        intentions.pin(!pinned);
      }
    },
    isMuted(conversation, Date.now())
      ? {
          label: m.unmute(),
          icon: 'bell',
          act: () => {
            intentions.mute(null);
          }
        }
      : { label: m.mute(), icon: 'mute', act: onmute },
    {
      label: archived ? m.unarchive() : m.archive(),
      icon: 'archive',
      act: () => {
        intentions.archive(!archived);
      }
    }
  ];
}

export function mutedSentence(until: number): string {
  if (until === Infinity) return m.about_muted();
  return m.about_muted_until({ time: moment(getLocale(), until, Date.now()) });
}

export function muteItems({ mute }: Pick<RowIntentions, 'mute'>): readonly MenuItem[] {
  return muteChoices.map((ms) => ({
    label: ms === Infinity ? m.mute_ever() : duration(getLocale(), ms / 1000),
    act: () => {
      mute(ms === Infinity ? ms : Date.now() + ms);
    }
  }));
}
