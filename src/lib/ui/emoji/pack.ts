/** What emojibase says of one emoji. */
interface Known {
  readonly hexcode: string;
  readonly unicode: string;
  readonly label: string;
  readonly group?: number;
  readonly order?: number;
  readonly tags?: readonly string[];
}

/** Hair and skin by themselves, which nobody sends. */
const components = 2;

/**
 * All emoji as one text, a line each, made while the app is built: group, emoji, its name in English and in French, the
 * word between colons, other words to find it by. A text is a fifth of what the same would be as objects.
 */
export function pack(
  english: readonly Known[],
  french: readonly Known[],
  shortcodes: Readonly<Record<string, string | readonly string[]>>
): string {
  const other = new Map(french.map((emoji) => [emoji.hexcode, emoji]));
  return english
    .filter(({ group }) => group !== undefined && group !== components)
    .sort((a, b) => (a.order ?? 0) - (b.order ?? 0))
    .map((emoji) => {
      const translated = other.get(emoji.hexcode) ?? emoji;
      const codes = [shortcodes[emoji.hexcode] ?? []].flat();
      const named = [emoji.label, translated.label, ...codes].join(' ');
      const words = new Set(
        [...(emoji.tags ?? []), ...(translated.tags ?? [])].flatMap((tag) => tag.split(' '))
      );
      const further = [...words].filter((word) => word.length > 1 && !named.includes(word)).join(' ');
      // As keyboards write it: the sign that asks for colours only where a character would be black without it.
      const text = emoji.unicode.replace(/(\p{Emoji_Presentation})\ufe0f/gu, '$1');
      return [emoji.group, text, emoji.label, translated.label, codes.join(' '), further].join('\t');
    })
    .join('\n');
}
