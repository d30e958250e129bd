import { folded } from '../../engine/fold.ts';

export interface Emoji {
  readonly text: string;
  readonly group: number;
  /** In English and in French. */
  readonly names: readonly [english: string, french: string];
  /** What stands between two colons: `:smile:`. */
  readonly codes: readonly string[];
}

interface Indexed extends Emoji {
  readonly name: string;
  readonly words: string;
}

/** The groups of Unicode, in the order of a picker, each with the emoji that stands for it. */
export const groups = [
  [0, '😀'],
  [1, '👋'],
  [3, '🐻'],
  [4, '🍓'],
  [5, '🚲'],
  [6, '🎭'],
  [7, '💡'],
  [8, '✅'],
  [9, '🏁']
] as const;

/** What a message is most often answered with by one sign. */
export const quickReactions = ['👍', '❤️', '😂', '😮', '😢', '🙏'] as const;

/** All emoji that there are, found by their names in both languages. Made from the text of pack.ts. */
export class EmojiBook {
  readonly #all: readonly Indexed[];

  constructor(packed: string) {
    this.#all = packed.split('\n').map((line) => {
      const [group = '', text = '', english = '', french = '', codes = '', further = ''] = line.split('\t');
      return {
        text,
        group: Number(group),
        names: [english, french],
        codes: codes.split(' ').filter((code) => code !== ''),
        name: plain(`${english} ${french} ${codes}`),
        words: plain(further)
      };
    });
  }

  group(group: number): readonly Emoji[] {
    return this.#all.filter((emoji) => emoji.group === group);
  }

  /** Those that begin with the query first, then those that have a word which does, then further words. */
  find(query: string, limit: number): readonly Emoji[] {
    const wanted = plain(query.trim()).split(/\s+/);
    const ranked: [rank: number, emoji: Emoji][] = [];
    for (const emoji of this.#all) {
      const ranks = wanted.map((word) => rank(emoji, word));
      const worst = Math.max(...ranks);
      if (worst < 4) ranked.push([worst, emoji]);
    }
    return ranked
      .sort(([a, one], [b, other]) => a - b || shortest(one) - shortest(other))
      .slice(0, limit)
      .map(([, emoji]) => emoji);
  }

  /** What `:code:` stands for. */
  coded(code: string): Emoji | undefined {
    return this.#all.find(({ codes }) => codes.includes(code));
  }

  known(text: string): Emoji | undefined {
    return this.#all.find((emoji) => emoji.text === text);
  }
}

/** As it is searched: "coeur" finds "Cœur". */
function plain(text: string): string {
  return folded(text).replace(/œ/g, 'oe');
}

function rank({ codes, name, words }: Indexed, word: string): number {
  if (codes.includes(word)) return 0;
  if (codes.some((code) => code.startsWith(word))) return 1;
  if (begins(name, word)) return 2;
  return begins(words, word) ? 3 : 4;
}

function shortest({ codes }: Emoji): number {
  return Math.min(99, ...codes.map(({ length }) => length));
}

/** Whether one of the words begins so. */
function begins(words: string, start: string): boolean {
  return new RegExp(`(?:^|[ _-])${start.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}`).test(words);
}

const segmenter = new Intl.Segmenter();

/** The emoji in what was written, the newest first, each once: what a picker offers first. Nothing is kept for it. */
export function recentEmoji(texts: readonly string[], limit: number): readonly string[] {
  const found = new Set<string>();
  for (let index = texts.length - 1; index >= 0 && found.size < limit; index--) {
    for (const { segment } of segmenter.segment(texts[index] ?? '')) {
      if (/\p{Emoji_Presentation}|\p{Extended_Pictographic}\ufe0f/u.test(segment)) found.add(segment);
    }
  }
  return [...found].slice(0, limit);
}

/** The word after a colon that is being written just before the caret, or null. */
export function startedCode(before: string): string | null {
  return /(?:^|[\s\p{P}])(?<!:):([\p{L}\p{N}_+-]{2,32})$/u.exec(before)?.[1] ?? null;
}

/** A whole `:code:` that ends at the caret, or null. */
export function finishedCode(before: string): string | null {
  return /(?:^|[^\p{L}\p{N}:]):([\w+-]{2,40}):$/u.exec(before)?.[1] ?? null;
}
