/** Several changes of one conversation that become one commit: later ones see the rows of earlier ones. */
import { refOf, type Change, type Conversation, type Row } from '../conversation/state.ts';
import type { Range } from '../storage/store.ts';
import type { Move } from './moves.ts';
import { rangesOf } from './places.ts';
import type { Vault } from './vault.ts';

export class Pending {
  readonly #vault: Vault;
  readonly #put = new Map<string, Row>();
  readonly #remove = new Map<string, Row>();
  readonly #died: string[] = [];
  readonly #moved: Move[] = [];
  #cleared = false;
  conversation: Conversation;

  constructor(conversation: Conversation, vault: Vault) {
    this.conversation = conversation;
    this.#vault = vault;
  }

  async rows(ranges: readonly Range[], wanted?: (row: { order: number | null }) => boolean): Promise<Row[]> {
    const out = new Map<string, Row>();
    const stored = this.#cleared ? [] : await this.#vault.rows(this.conversation.id, ranges, wanted);
    for (const row of stored) out.set(refOf(row), row);
    for (const { log, from, to } of ranges) {
      for (const row of this.#put.values()) {
        if (row.log === log && row.seq >= from && row.seq <= to) out.set(refOf(row), row);
      }
    }
    for (const ref of this.#remove.keys()) out.delete(ref);
    return [...out.values()];
  }

  /** Those among them that are in no timeline. */
  async unplaced(range: Range): Promise<Row[]> {
    const isUnplaced = ({ order }: { order: number | null }): boolean => order === null;
    return (await this.rows([range], isUnplaced)).filter(isUnplaced);
  }

  /** The rows of these names that are there. */
  rowsOf(refs: readonly string[]): Promise<Row[]> {
    return this.rows(rangesOf(refs));
  }

  add({ conversation, put, remove, died = [], moved = [], clear }: Change): void {
    this.conversation = conversation;
    this.#died.push(...died);
    this.#moved.push(...moved);
    if (clear) {
      this.#cleared = true;
      this.#put.clear();
      this.#remove.clear();
    }
    for (const row of put) {
      this.#remove.delete(refOf(row));
      this.#put.set(refOf(row), row);
    }
    for (const row of remove) {
      this.#put.delete(refOf(row));
      this.#remove.set(refOf(row), row);
    }
  }

  change(): Change {
    return {
      conversation: this.conversation,
      put: [...this.#put.values()],
      remove: [...this.#remove.values()],
      died: this.#died,
      moved: this.#moved,
      ...(this.#cleared && { clear: true })
    };
  }
}
