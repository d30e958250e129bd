/** What a person scanned or pasted, as far as it is an invitation that this app can follow. */
import { codeOf } from '../engine/api.ts';
import type { App } from './app.svelte.ts';
import { findLink } from './arrival.ts';
import { m } from './i18n/compiled/messages.js';
import { problemSentence } from './i18n/sentences.ts';

/** Looks at a code without using it up: the secret part of its link, or what is wrong with it, as a sentence. */
export async function readCode(
  app: App,
  text: string
): Promise<{ readonly fragment: string } | { readonly refusal: string }> {
  const link = findLink(text, location.origin);
  if (link.kind === 'none') return { refusal: m.scan_none() };
  if (link.kind === 'foreign') return { refusal: m.link_foreign({ host: link.host }) };
  try {
    await app.engine.inspectLink(link.fragment);
    return link;
  } catch (reason) {
    return { refusal: problemSentence(codeOf(reason)) };
  }
}
