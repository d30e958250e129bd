/**
 * Handshake patterns (Noise rev. 34, section 7) as data: parsed from the text in which the specification writes
 * them. The HFS extension adds `e1` (an ephemeral KEM key) and `ekem1` (the ciphertext to it).
 */
import { UsageError } from '../errors.ts';

const TOKENS = ['e', 's', 'ee', 'es', 'se', 'ss', 'psk', 'e1', 'ekem1'] as const;

export type Token = (typeof TOKENS)[number];

export interface Message {
  /** '->': the initiator writes, '<-': the responder does. */
  readonly arrow: '->' | '<-';
  readonly tokens: readonly Token[];
}

export interface Pattern {
  /** With its modifiers, as it stands in the protocol name: the name enters the handshake hash. */
  readonly name: string;
  /** Who is known before: static keys only, no pattern of ours begins with an ephemeral one. */
  readonly preMessages: readonly Message[];
  readonly messages: readonly Message[];
}

/**
 * Lines are arrow and tokens; a line of "..." ends the pre-messages.
 * @throws UsageError when the text is not a pattern: patterns are constants of ours, never input.
 */
export function parsePattern(name: string, text: string): Pattern {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const dots = lines.indexOf('...');
  const preMessages = lines.slice(0, Math.max(dots, 0)).map(parseMessage);
  const messages = lines.slice(dots + 1).map(parseMessage);
  if (preMessages.some(({ tokens }) => tokens.join() !== 's'))
    throw new UsageError('pre-message of a pattern');
  if (messages.length === 0) throw new UsageError('empty pattern');
  return { name, preMessages, messages };
}

function parseMessage(line: string): Message {
  const arrow = line.slice(0, 2);
  if (arrow !== '->' && arrow !== '<-') throw new UsageError('arrow of a pattern');
  const words = line.slice(2).trim();
  return { arrow, tokens: words === '' ? [] : words.split(/\s*,\s*/).map(parseToken) };
}

function parseToken(word: string): Token {
  const token = TOKENS.find((known) => known === word);
  if (token === undefined) throw new UsageError('token of a pattern');
  return token;
}

/** In psk mode every `e` also enters the key (section 9.2). */
export function usesPsk(pattern: Pattern): boolean {
  return pattern.messages.some(({ tokens }) => tokens.includes('psk'));
}

/** First contact (protocol, section 5). The guest's static key stays hidden from all but the holder of S_inv. */
export const XK_PSK0_HFS = parsePattern(
  'XKpsk0+hfs',
  `<- s
   ...
   -> psk, e, es, e1
   <- e, ee, ekem1
   -> s, se`
);

/** Known contact (protocol, section 5). */
export const KK_PSK0_HFS = parsePattern(
  'KKpsk0+hfs',
  `-> s
   <- s
   ...
   -> psk, e, e1, es, ss
   <- e, ee, ekem1, se`
);
