/** Several changes of one conversation that become one commit: later ones see the rows of earlier ones. */
import { toRanges } from '../conversation/log.ts';
import { parseRef, refOf, type Change, type Conversation, type Row } from '../conversation/state.ts';
import type { Move } from './moves.ts';
import type { Vault } from './vault.ts';

interface Range {
  readonly log: string;
  readonly from: number;
  readonly to: number;
}

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
    for (const { log, from, to } of ranges) {
      const stored = this.#cleared ? [] : await this.#vault.rows(this.conversation.id, log, from, to, wanted);
      for (const row of stored) out.set(refOf(row), row);
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

/** The places of these names, as few ranges as they make. */
export function rangesOf(refs: readonly string[]): Range[] {
  const logs = new Map<string, number[]>();
  for (const { log, seq } of refs.map(parseRef).filter((ref) => ref !== null)) {
    const seqs = logs.get(log);
    if (seqs) seqs.push(seq);
    else logs.set(log, [seq]);
  }
  return [...logs].flatMap(([log, seqs]) => toRanges(seqs).map(([from, to]) => ({ log, from, to })));
}
