import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

interface Variant {
  selectors: string[];
  match: Record<string, string>;
}
type Table = Record<string, string | Variant[]>;

const folder = new URL('../../../src/lib/ui/i18n/', import.meta.url);
const read = (file: string): string => readFileSync(new URL(file, folder), 'utf8');
const table = (locale: string): Table => {
  const { $schema: _, ...messages } = JSON.parse(read(`messages/${locale}.json`)) as Table;
  return messages;
};
const en = table('en');
const fr = table('fr');

const sentences = (entry: string | Variant[] | undefined): string[] => {
  if (typeof entry === 'string') return [entry];
  return (entry ?? []).flatMap(({ match }) => Object.values(match));
};
const placeholders = (text: string): string[] =>
  [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '').sort();

describe('the two languages', () => {
  test('say the same things', () => {
    expect(Object.keys(fr)).toEqual(Object.keys(en));
  });

  test.each(Object.keys(en))('%s is written in both, with the same blanks', (key) => {
    const [english, french] = [sentences(en[key]), sentences(fr[key])];
    expect(english.length).toBeGreaterThan(0);
    expect(french.length).toBe(english.length);
    for (const sentence of [...english, ...french]) expect(sentence.trim()).not.toBe('');
    french.forEach((sentence, index) => {
      expect(placeholders(sentence)).toEqual(placeholders(english[index] ?? ''));
    });
  });

  test('have an answer for every number', () => {
    for (const entry of [...Object.values(en), ...Object.values(fr)]) {
      if (typeof entry === 'string') continue;
      for (const { match } of entry) expect(Object.keys(match).at(-1)).toBe('n=*');
    }
  });

  test('never shout', () => {
    for (const entry of [...Object.values(en), ...Object.values(fr)]) {
      for (const sentence of sentences(entry)) expect(sentence).not.toContain('!');
    }
  });

  test('the French keeps its spaces before double punctuation', () => {
    for (const sentence of Object.values(fr).flatMap(sentences))
      expect(sentence).not.toMatch(/ [;:?»]|« | »|'/);
  });
});

describe('problems', () => {
  const api = readFileSync(new URL('../../engine/problem-code.ts', folder), 'utf8');
  const union = /export type ProblemCode =([^;]+);/.exec(api)?.[1] ?? '';
  const codes = [...union.matchAll(/'([a-z-]+)'/g)].map(([, code]) => code ?? '');

  test('are known', () => {
    expect(codes).toContain('link-malformed');
  });

  test.each(codes)('%s says what happened and what to do', (code) => {
    const key = `problem_${code.replaceAll('-', '_')}`;
    for (const messages of [en, fr]) {
      const sentence = sentences(messages[key])[0] ?? '';
      // At least two parts: the fact, then the way on.
      expect(sentence.split(/[.;:]\s?/).filter((part) => part !== '').length).toBeGreaterThanOrEqual(2);
    }
  });
});

describe('accessible names that others drive the app by', () => {
  test.each([
    ['new_conversation', 'New conversation'],
    ['conversations', 'Conversations'],
    ['search', 'Search'],
    ['invite_link', 'Invitation link'],
    ['invite_copy', 'Copy link'],
    ['invite_qr', 'QR code'],
    ['join', 'Join'],
    ['messages', 'Messages'],
    ['message', 'Message'],
    ['send', 'Send'],
    ['connection', 'Connection'],
    ['message_actions', 'Message actions'],
    ['copy', 'Copy'],
    ['delete_for_me', 'Delete for me'],
    ['delete_for_everyone', 'Delete for everyone'],
    ['state_queued', 'Queued'],
    ['state_sent', 'Sent'],
    ['state_delivered', 'Delivered'],
    ['state_read', 'Read'],
    ['state_failed', 'Failed'],
    ['timer_off', 'Off'],
    ['timer_custom', 'Custom…'],
    ['elsewhere_use', 'Use it here'],
    ['verify', 'Verify'],
    ['verified', 'Verified'],
    ['they_match', 'They match'],
    ['they_differ', 'They differ'],
    ['later', 'Later'],
    ['scan_code', 'Scan their code'],
    ['compare', 'Compare'],
    ['continue_unverified', 'Continue without verifying']
  ])('%s is “%s”', (key, name) => {
    expect(en[key]).toBe(name);
  });

  test('the timer and the connection start with their words', () => {
    expect(en.timer_now).toMatch(/^Self-destruct timer/);
    expect(en.timer_now_off).toMatch(/^Self-destruct timer/);
    expect(en.connection_connected).toMatch(/^Connected/);
    expect(en.connection_connecting).toMatch(/^Connecting/);
    expect(en.connection_waiting).toMatch(/^Waiting/);
    expect(en.connection_offline).toMatch(/^Offline/);
  });
});
