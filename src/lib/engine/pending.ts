/** Several changes of one conversation that become one commit: later ones see the rows of earlier ones. */
import { refOf, type Change, type Conversation, type Row } from '../conversation/state.ts';
import type { Vault } from './vault.ts';

export class Pending {
  readonly #vault: Vault;
  readonly #put = new Map<string, Row>();
  readonly #remove = new Map<string, Row>();
  readonly #died: string[] = [];
  #cleared = false;
  conversation: Conversation;

  constructor(conversation: Conversation, vault: Vault) {
    this.conversation = conversation;
    this.#vault = vault;
  }

  async rows(ranges: readonly { log: string; from: number; to: number }[]): Promise<Row[]> {
    const out = new Map<string, Row>();
    for (const { log, from, to } of ranges) {
      const stored = this.#cleared ? [] : await this.#vault.rows(this.conversation.id, log, from, to);
      for (const row of stored) out.set(refOf(row), row);
      for (const row of this.#put.values()) {
        if (row.log === log && row.seq >= from && row.seq <= to) out.set(refOf(row), row);
      }
    }
    for (const ref of this.#remove.keys()) out.delete(ref);
    return [...out.values()];
  }

  add({ conversation, put, remove, died = [], clear }: Change): void {
    this.conversation = conversation;
    this.#died.push(...died);
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
      ...(this.#cleared && { clear: true })
    };
  }
}
