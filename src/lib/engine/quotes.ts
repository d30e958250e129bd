/**
 * The words that messages on show answer. They are looked up in the rows that they are of and followed from commit to
 * commit, so that they change and die with them. One read for all that are missing; nothing is kept of what is not quoted.
 */
import { isAlive, refOf, refOfPlace, textOf, type Change, type Row } from '../conversation/state.ts';
import type { MessageId, Quote } from './api.ts';
import type { Vault } from './vault.ts';

export class Quotes {
  readonly #vault: Vault;
  readonly #conversation: string;
  /** By the name of the row; null: it is not there. */
  readonly #rows = new Map<string, Row | null>();
  /** Those that are being read. */
  readonly #reading = new Set<string>();
  #read: Promise<unknown> = Promise.resolve();

  constructor(vault: Vault, conversation: string) {
    this.#vault = vault;
    this.#conversation = conversation;
  }

  /** Reads what these rows quote, if it is not known, and resolves when nothing is being read; null: all of it is known. */
  missing(rows: readonly Row[]): Promise<unknown> | null {
    const refs = new Set(rows.map(quotedBy).filter((ref) => ref !== null));
    for (const ref of this.#rows.keys()) if (!refs.has(ref)) this.#rows.delete(ref);
    const unknown = [...refs].filter((ref) => !this.#rows.has(ref));
    if (unknown.length > 0) this.#read = Promise.all([this.#read, this.#fetch(unknown)]);
    return this.#reading.size === 0 ? null : this.#read;
  }

  apply({ put, remove, clear }: Change): void {
    if (clear) for (const ref of this.#rows.keys()) this.#set(ref, null);
    for (const row of put) this.#set(refOf(row), row);
    for (const row of remove) this.#set(refOf(row), null);
  }

  /** What this row quotes. */
  of(row: Row, now: number): Quote | null {
    const ref = quotedBy(row);
    if (ref === null) return null;
    const quoted = this.#rows.get(ref) ?? null;
    const id = ref as MessageId;
    // What was taken out of the own timeline is not quoted any more, though it may still have to be delivered.
    const isShown = typeof quoted?.order === 'number';
    // Nor is a timed message of the other side before it was read, because its timer would not start.
    const isSealed = quoted !== null && !quoted.mine && quoted.ttl > 0 && quoted.seenAt === null;
    if (!isShown || isSealed || !isAlive(quoted, now))
      return { id, mine: quoted?.mine ?? false, text: null, deadline: null };
    return { id, mine: quoted.mine, text: textOf(quoted), deadline: quoted.deadline };
  }

  #set(ref: string, row: Row | null): void {
    if (!this.#rows.has(ref)) return;
    this.#reading.delete(ref);
    this.#rows.set(ref, row);
  }

  async #fetch(refs: readonly string[]): Promise<void> {
    for (const ref of refs) {
      this.#rows.set(ref, null);
      this.#reading.add(ref);
    }
    // Where reading fails the app has heard of it; the words are not there.
    const rows = await this.#vault.rowsOf(this.#conversation, refs).catch(() => []);
    const found = new Map(rows.map((row) => [refOf(row), row]));
    // What was committed while this was read is newer than what was read.
    for (const ref of refs) if (this.#reading.delete(ref)) this.#rows.set(ref, found.get(ref) ?? null);
  }
}

function quotedBy({ content }: Row): string | null {
  return content.kind === 'text' && content.replyTo ? refOfPlace(content.replyTo) : null;
}
