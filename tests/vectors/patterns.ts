/**
 * Handshake patterns of the Noise Protocol Framework (rev. 34, sections 7.4, 7.5 and appendix 18.1 "deferred") that
 * the published vectors use. The app knows two patterns; the rest is here, to hold its engine against.
 */
import { parsePattern, type Message, type Pattern } from '../../src/lib/protocol/patterns.ts';

const TEXTS: Record<string, string> = {
  N: `<- s
      ...
      -> e, es`,
  K: `-> s
      <- s
      ...
      -> e, es, ss`,
  X: `<- s
      ...
      -> e, es, s, ss`,
  NN: `-> e
       <- e, ee`,
  NK: `<- s
       ...
       -> e, es
       <- e, ee`,
  NX: `-> e
       <- e, ee, s, es`,
  XN: `-> e
       <- e, ee
       -> s, se`,
  XK: `<- s
       ...
       -> e, es
       <- e, ee
       -> s, se`,
  XX: `-> e
       <- e, ee, s, es
       -> s, se`,
  KN: `-> s
       ...
       -> e
       <- e, ee, se`,
  KK: `-> s
       <- s
       ...
       -> e, es, ss
       <- e, ee, se`,
  KX: `-> s
       ...
       -> e
       <- e, ee, se, s, es`,
  IN: `-> e, s
       <- e, ee, se`,
  IK: `<- s
       ...
       -> e, es, s, ss
       <- e, ee, se`,
  IX: `-> e, s
       <- e, ee, se, s, es`,
  NK1: `<- s
        ...
        -> e
        <- e, ee, es`,
  NX1: `-> e
        <- e, ee, s
        -> es`,
  X1N: `-> e
        <- e, ee
        -> s
        <- se`,
  X1K: `<- s
        ...
        -> e, es
        <- e, ee
        -> s
        <- se`,
  XK1: `<- s
        ...
        -> e
        <- e, ee, es
        -> s, se`,
  X1K1: `<- s
         ...
         -> e
         <- e, ee, es
         -> s
         <- se`,
  X1X: `-> e
        <- e, ee, s, es
        -> s
        <- se`,
  XX1: `-> e
        <- e, ee, s
        -> es, s, se`,
  X1X1: `-> e
         <- e, ee, s
         -> es, s
         <- se`,
  K1N: `-> s
        ...
        -> e
        <- e, ee
        -> se`,
  K1K: `-> s
        <- s
        ...
        -> e, es
        <- e, ee
        -> se`,
  KK1: `-> s
        <- s
        ...
        -> e
        <- e, ee, se, es`,
  K1K1: `-> s
         <- s
         ...
         -> e
         <- e, ee, es
         -> se`,
  K1X: `-> s
        ...
        -> e
        <- e, ee, s, es
        -> se`,
  KX1: `-> s
        ...
        -> e
        <- e, ee, se, s
        -> es`,
  K1X1: `-> s
         ...
         -> e
         <- e, ee, s
         -> se, es`,
  I1N: `-> e, s
        <- e, ee
        -> se`,
  I1K: `<- s
        ...
        -> e, es, s
        <- e, ee
        -> se`,
  IK1: `<- s
        ...
        -> e, s
        <- e, ee, se, es`,
  I1K1: `<- s
         ...
         -> e, s
         <- e, ee, es
         -> se`,
  I1X: `-> e, s
        <- e, ee, s, es
        -> se`,
  IX1: `-> e, s
        <- e, ee, se, s
        -> es`,
  I1X1: `-> e, s
         <- e, ee, s
         -> se, es`,
  // The HFS extension, as its document writes it for XX.
  XXhfs: `-> e, e1
          <- e, ee, ekem1, s, es
          -> s, se`
};

/** The pattern of a name such as "XXpsk3", or null when this table or {@link withPsk} does not have it. */
export function patternNamed(name: string): Pattern | null {
  const whole = TEXTS[name];
  if (whole !== undefined) return parsePattern(name, whole);
  const [, base = '', modifiers = ''] = /^([A-Z0-9]+)((?:\+?[a-z]+\d*)*)$/.exec(name) ?? [];
  const text = TEXTS[base];
  if (text === undefined) return null;
  let pattern = parsePattern(name, text);
  for (const modifier of modifiers.split('+')) {
    const [, position] = /^psk(\d+)$/.exec(modifier) ?? [];
    if (position === undefined) return null;
    pattern = withPsk(pattern, Number(position));
  }
  return pattern;
}

/** Section 9.4: psk0 stands at the beginning of the first message, pskN at the end of message N. */
function withPsk(pattern: Pattern, position: number): Pattern {
  const messages = pattern.messages.map((message, index): Message => {
    if (position === 0 && index === 0) return { ...message, tokens: ['psk', ...message.tokens] };
    return index + 1 === position ? { ...message, tokens: [...message.tokens, 'psk'] } : message;
  });
  return { ...pattern, messages };
}
