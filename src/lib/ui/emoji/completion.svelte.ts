import { finishedCode, startedCode, type Emoji, type EmojiBook } from './emoji.ts';
import { loadEmoji } from './load.ts';

const most = 6;

/** What can stand in the place of a word that was begun with a colon. */
export class Completion {
  #offers = $state.raw<readonly Emoji[]>([]);
  #index = $state(0);
  #code = '';
  #book: EmojiBook | null = null;
  #asked = 0;

  get offers(): readonly Emoji[] {
    return this.#offers;
  }

  get index(): number {
    return this.#index;
  }

  /** The one that Enter would take. */
  get chosen(): Emoji | undefined {
    return this.#offers[this.#index];
  }

  /** How many characters before the caret it takes the place of. */
  get replaces(): number {
    return this.#code.length + 1;
  }

  /** After every change, with what stands before the caret. */
  async look(before: string): Promise<void> {
    const asked = ++this.#asked;
    const code = startedCode(before);
    if (code === null) {
      this.close();
      return;
    }
    this.#code = code;
    // Not loaded, offline perhaps: the words stay as they are.
    const book = await loadEmoji().catch(() => null);
    if (asked !== this.#asked) return;
    this.#book = book;
    this.#index = 0;
    this.#offers = book?.find(code, most) ?? [];
  }

  /** What stands before the caret is what was looked up. */
  fits(before: string): boolean {
    return startedCode(before) === this.#code;
  }

  /** A whole `:smile:` has just been written: what it stands for, and how many characters it takes the place of. */
  whole(before: string): { readonly text: string; readonly length: number } | null {
    const code = finishedCode(before);
    const emoji = code === null ? undefined : this.#book?.coded(code);
    return code === null || emoji === undefined ? null : { text: emoji.text, length: code.length + 2 };
  }

  move(step: 1 | -1): void {
    const { length } = this.#offers;
    this.#index = (this.#index + step + length) % length;
  }

  close(): void {
    this.#asked++;
    this.#offers = [];
  }
}
