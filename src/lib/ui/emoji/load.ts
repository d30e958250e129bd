import { EmojiBook } from './emoji.ts';

let book: Promise<EmojiBook> | undefined;

/** Once a page, when the first picker opens or the first colon is written. */
export function loadEmoji(): Promise<EmojiBook> {
  book ??= import('virtual:emoji').then(
    ({ default: packed }) => new EmojiBook(packed),
    (reason: unknown) => {
      book = undefined;
      throw reason;
    }
  );
  return book;
}
