/** What is wrong with somebody's keys or log, in whole sentences. Loaded with the conversation that needs them. */
import { m } from './compiled/messages.js';
import type { Alarm } from './sentences.ts';

export const alarms = {
  differs: { title: m.differs_banner, text: m.differs_banner_text, paused: () => m.paused_differs() },
  forked: { title: m.forked_banner, text: m.forked_banner_text, paused: m.paused_forked },
  reset: { title: m.reset_banner, text: m.reset_banner_text, paused: m.paused_reset }
} satisfies Readonly<Record<Alarm, Readonly<Record<string, (inputs: { name: string }) => string>>>>;

/** Why that may be. Of a reset this side knows one thing at most: that it brought the conversation here itself. */
export function alarmText(alarm: Alarm, restored: boolean): string {
  return alarm === 'reset' && restored ? m.reset_banner_own() : alarms[alarm].text();
}
