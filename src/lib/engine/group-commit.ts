/**
 * A strict commit costs the same for one change as for a hundred: what is asked for while one is under way is decided
 * after it, in the order in which it was asked for, and written together.
 */
import type { Change, Conversation, Row } from '../conversation/state.ts';
import { Pending } from './pending.ts';
import type { Vault } from './vault.ts';

/** Entries or changes that are stored in one transaction. */
export const BATCH = 100;

/** Decides on what is committed, and reads rows as they will be with what was decided before. null: nothing to do. */
export type Decide = (
  state: Conversation,
  rowsOf: (refs: readonly string[]) => Promise<Row[]>
) => Change | null | Promise<Change | null>;

/** What becomes of a conversation and rows of it; null: nothing. `now`: of deadlines; `at`: what the clock says. */
export type DecideOf = (state: Conversation, rows: Row[], now: number, at: number) => Change | null;

export interface GroupCommitOptions {
  readonly vault: Vault;
  /** Runs work in the conversation's queue. */
  readonly run: (work: () => Promise<void>) => Promise<void>;
  /** @throws UsageError when the conversation is closed */
  readonly state: () => Conversation;
  readonly commit: (change: Change) => Promise<void>;
  /** Inside the queue, when those who asked have been told. */
  readonly committed: () => Promise<void>;
}

interface Asked {
  readonly decide: Decide;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

export class GroupCommit {
  readonly #options: GroupCommitOptions;
  readonly #asked: Asked[] = [];

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  /** Resolves when it is on disk; a decision that fails is its own, a commit that fails is everybody's in it. */
  ask(decide: Decide): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#asked.push({ decide, resolve, reject });
      if (this.#asked.length === 1) this.#begin();
    });
  }

  #begin(): void {
    void this.#options.run(() => this.#write());
  }

  async #write(): Promise<void> {
    const asked = this.#asked.splice(0, BATCH);
    // Those who come from now on find an empty list, and begin the next one.
    if (this.#asked.length > 0) this.#begin();
    const decided = await this.#decide(asked);
    for (const { resolve } of decided) resolve();
    if (decided.length > 0) await this.#options.committed();
  }

  /** Returns those whose changes are on disk. */
  async #decide(asked: readonly Asked[]): Promise<readonly Asked[]> {
    const { vault, state, commit } = this.#options;
    const decided: Asked[] = [];
    let pending: Pending | null = null;
    for (const one of asked) {
      try {
        const before: Pending = pending ?? new Pending(state(), vault);
        const change = await one.decide(before.conversation, (refs) => before.rowsOf(refs));
        // Nothing left to do may be because of a change before it: then it is done when that is on disk.
        if (change || pending) decided.push(one);
        else one.resolve();
        if (change) {
          before.add(change);
          pending = before;
        }
      } catch (error) {
        one.reject(error);
      }
    }
    if (pending === null) return [];
    try {
      await commit(pending.change());
      return decided;
    } catch (error) {
      for (const { reject } of decided) reject(error);
      return [];
    }
  }
}
