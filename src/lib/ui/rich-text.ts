import { LinkifyIt } from 'linkify-it';
import { code, emphasis } from './marks.ts';

/** A place outside of Aparté that somebody's words name. Nothing is fetched from it before it is opened. */
export interface Link {
  readonly kind: 'link';
  /** As it was written. */
  readonly text: string;
  readonly href: string;
  /** Where it really leads: the host as the network knows it (punycode), the mail address, the number. */
  readonly place: string;
  /** The host has letters that can look like others: a reader may take it for another place. */
  readonly lookalike: boolean;
}

export type Token = { readonly kind: 'text' | 'strong' | 'em' | 's' | 'code'; readonly text: string } | Link;

const linkify = new LinkifyIt({ fuzzyLink: true, maxLength: 2_048 }).add('ftp:', null).add('//', null);

/** Controls and invisible characters: what is inside an address and cannot be seen makes it another address. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
/** International numbers, and the French and American ways to write one. Dates, prices and safety numbers are none. */
const phone =
  /(?<![\p{L}\p{N}+./-])(?:\+\d(?:[ .-]?\(?\d{1,4}\)?){2,6}|0\d(?:[ .-]?\d{2}){4}|(?:\(\d{3}\) ?|\d{3}[.-])\d{3}[.-]\d{4})(?![\p{L}\p{N}]|[.-]\d)/gu;
const marks = { '*': 'strong', _: 'em', '~': 's' } as const;

/** Splits a message into what is painted: plain words, a few marked ones, links. Nothing is lost but the marks. */
export function richText(text: string): readonly Token[] {
  if (!/[.:@+\d*_~`]/.test(text)) return [{ kind: 'text', text }];
  return split(text, code, ([, inside = '']) => ({ kind: 'code', text: inside }), outsideCode);
}

function outsideCode(text: string): readonly Token[] {
  const out: Token[] = [];
  let from = 0;
  for (const { index, lastIndex, schema, url } of linkify.match(text) ?? []) {
    const link = safeLink(text.slice(index, lastIndex), schema, url);
    if (link === null) continue;
    out.push(...outsideLinks(text.slice(from, index)), link);
    from = lastIndex;
  }
  out.push(...outsideLinks(text.slice(from)));
  return out;
}

function outsideLinks(text: string): readonly Token[] {
  return split(text, phone, ([number]) => phoneLink(number), emphasised);
}

function emphasised(text: string): readonly Token[] {
  const marked = ([, mark, inside = '']: RegExpExecArray): Token => ({
    kind: marks[mark as keyof typeof marks],
    text: inside
  });
  return split(text, emphasis, marked, (rest) => [{ kind: 'text', text: rest }]);
}

/** What a pattern finds becomes a token, unless `make` declines; what is between goes to `rest`. */
function split(
  text: string,
  pattern: RegExp,
  make: (match: RegExpExecArray) => Token | null,
  rest: (text: string) => readonly Token[]
): readonly Token[] {
  const out: Token[] = [];
  let from = 0;
  for (const match of text.matchAll(pattern)) {
    const token = make(match);
    if (token === null) continue;
    if (match.index > from) out.push(...rest(text.slice(from, match.index)));
    out.push(token);
    from = match.index + match[0].length;
  }
  if (from < text.length) out.push(...rest(text.slice(from)));
  return out;
}

/** Where a long address may be broken into lines: behind what divides it. Together they are what was written. */
export function pieces(address: string): readonly string[] {
  return address.split(/(?<=[/?&=.])(?![/?&=.])/u).filter((piece) => piece !== '');
}

function phoneLink(text: string): Token | null {
  const digits = text.replace(/\D/g, '');
  if (digits.length < 8 || digits.length > 15) return null;
  const number = `${text.startsWith('+') ? '+' : ''}${digits}`;
  return { kind: 'link', text, href: `tel:${number}`, place: number, lookalike: false };
}

/** Only these schemes, however the words were found: anything else stays words. */
function safeLink(text: string, schema: string, found: string): Link | null {
  if (unseen.test(text)) return null;
  // Without a scheme the link would go unencrypted.
  const url = parsed(schema === '' ? found.replace(/^http:/, 'https:') : found);
  if (url === null) return null;
  if (url.protocol === 'mailto:') {
    // The address alone: a subject, a body or a copy to somebody else are not to be seen in what was written.
    const address = url.pathname;
    const lookalike = /[^\x21-\x7e]|%/.test(address);
    return { kind: 'link', text, href: `mailto:${address}`, place: address, lookalike };
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return null;
  if (url.username !== '' || url.password !== '') return null;
  const { hostname: place, href } = url;
  return { kind: 'link', text, href, place, lookalike: /(?:^|\.)xn--/.test(place) };
}

/** URL.parse is younger than the browsers that this runs in. */
function parsed(url: string): URL | null {
  return URL.canParse(url) ? new URL(url) : null;
}
