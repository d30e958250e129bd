/**
 * What waits for slow readers, all of them together. Each has a limit of its own; this is for the day on which thousands
 * are slow at once. What was read meanwhile is noticed late, so it is counted again before anybody is sent away.
 */
export interface Reader {
  /** Bytes that wait for it. */
  readonly bufferedAmount: number;
}

export class Backlog<R extends Reader> {
  readonly #limit: number;
  readonly #waiting = new Map<R, number>();
  #total = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get bytes(): number {
    return this.#total;
  }

  /** Something was sent to this reader. Returns those who have to go, the slowest first. */
  note(reader: R): readonly R[] {
    this.#set(reader, reader.bufferedAmount);
    if (this.#total <= this.#limit) return [];
    for (const other of [...this.#waiting.keys()]) this.#set(other, other.bufferedAmount);
    const slowest = [...this.#waiting].sort(([, a], [, b]) => b - a);
    const gone: R[] = [];
    for (const [other] of slowest) {
      if (this.#total <= this.#limit) break;
      this.forget(other);
      gone.push(other);
    }
    return gone;
  }

  forget(reader: R): void {
    this.#set(reader, 0);
  }

  #set(reader: R, bytes: number): void {
    this.#total += bytes - (this.#waiting.get(reader) ?? 0);
    if (bytes > 0) this.#waiting.set(reader, bytes);
    else this.#waiting.delete(reader);
  }
}
