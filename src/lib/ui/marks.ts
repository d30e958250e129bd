/** The marks that people put around words, without the rest of what a message may hold: a list needs no links. Pure. */

export const emphasis =
  /(?<![\p{L}\p{N}*_~\\])([*_~])(?=[^\s*_~])([^\n]{0,400}?[^\s*_~\\])\1(?![\p{L}\p{N}*_~])/gu;
export const code = /`([^`\n]{1,2000})`/g;

/** An address keeps what looks like a mark, and so does code; what is inside of a mark is left as it is. */
const painted = new RegExp(`${code.source}|[a-z]+://\\S+|${emphasis.source.replace('\\1', '\\2')}`, 'giu');

/** The words without their marks, for where they stand in one line. */
export function plain(text: string): string {
  if (!/[*_~`]/.test(text)) return text;
  return text.replace(
    painted,
    (all, inCode?: string, _mark?: string, marked?: string) => inCode ?? marked ?? all
  );
}
