/**
 * Entries that wait move to a new log when the other side was restored (own-logs.ts), and get another name with it.
 * Whoever still holds the old one, a menu that is open, say, means the same entry.
 */
const MAX_KEPT = 10_000;

export type Move = readonly [from: string, to: string];

export class Moves {
  readonly #to = new Map<string, string>();

  add(moves: readonly Move[]): void {
    for (const [from, to] of moves) this.#to.set(from, to);
    for (const oldest of this.#to.keys()) {
      if (this.#to.size <= MAX_KEPT) return;
      this.#to.delete(oldest);
    }
  }

  /** The names as they are now. */
  follow(refs: readonly string[]): readonly string[] {
    return refs.map((ref) => {
      let at = ref;
      for (let next = this.#to.get(at); next !== undefined; next = this.#to.get(at)) at = next;
      return at;
    });
  }
}
