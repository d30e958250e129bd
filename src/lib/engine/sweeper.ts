/**
 * Destroys rows whose deadline has passed, wherever they are. Reads filter by deadline anyway: this only reclaims
 * space, and takes the words off the disk.
 */
import type { Clock } from '../clock.ts';
import { refOf, type Row } from '../conversation/state.ts';
import type { StoredRow } from '../storage/store.ts';
import { Alarm } from './alarm.ts';
import type { Lifetime } from './lifetime.ts';
import type { Vault } from './vault.ts';

/** Rows a round: one transaction of these is well below a long task. */
const ROUND = 100;
const RETRY_MS = 10_000;
/**
 * While anything has a deadline, what has passed of its time is written down: after a hundredth of what is left, a minute at
 * least. A clock that is turned back while the app is closed wins no more, where there was room to write.
 */
const KEPT_PART = 1 / 100;
const KEPT_MIN_MS = 60_000;
/** So long somebody who opens the app waits for what died meanwhile to be destroyed. */
const FIRST_MS = 500;

export class Sweeper {
  readonly #alarm: Alarm;
  readonly #clock: Clock;
  readonly #lifetime: Lifetime;
  readonly #vault: Vault;
  readonly #expire: (conversation: string, refs: readonly string[]) => Promise<void>;
  #next: number | null = null;
  #running = false;
  /** A row was written while a sweep ran, which may have read before it. */
  #missed = false;
  #closed = false;

  constructor(
    clock: Clock,
    lifetime: Lifetime,
    vault: Vault,
    expire: (conversation: string, refs: readonly string[]) => Promise<void>
  ) {
    this.#clock = clock;
    this.#lifetime = lifetime;
    this.#vault = vault;
    this.#expire = expire;
    this.#alarm = new Alarm(clock, () => {
      void this.sweep();
    });
  }

  /** These rows were written: the alarm may have to ring earlier. */
  watch(rows: readonly Row[]): void {
    if (this.#running) this.#missed = rows.some(({ deadline }) => deadline !== null) || this.#missed;
    for (const { deadline } of rows) {
      if (deadline !== null && (this.#next === null || deadline < this.#next)) this.#setNext(deadline);
    }
  }

  /** The first pass. What it has not come to when this resolves is not painted either: no read returns what is due. */
  begin(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(FIRST_MS, resolve);
      void this.sweep().then(() => {
        cancel();
        resolve();
      });
    });
  }

  /** One pass over everything that is due; then sleeps until the next deadline. */
  async sweep(): Promise<void> {
    if (this.#running || this.#closed) return;
    this.#running = true;
    const swept = new Set<string>();
    try {
      if (this.#next !== null) await this.#vault.keepTime();
      for (;;) {
        this.#missed = false;
        const earliest = await this.#vault.earliest(ROUND);
        const now = this.#lifetime.now();
        const due = earliest.filter(({ deadline }) => deadline !== null && deadline <= now);
        if (due.length > 0) await this.#destroy(due, swept);
        // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- rows may come while it awaits
        else if (!this.#missed) {
          this.#setNext(earliest[0]?.deadline ?? null);
          return;
        }
      }
    } catch {
      // Storage failed, of which the app has heard: the rows are filtered meanwhile.
      this.#clock.after(RETRY_MS, () => {
        void this.sweep();
      });
    } finally {
      this.#running = false;
    }
  }

  close(): void {
    this.#closed = true;
    this.#alarm.clear();
  }

  async #destroy(due: readonly StoredRow[], swept: Set<string>): Promise<void> {
    // A row that is still there after its conversation has expired it can not be opened: it goes as it is.
    const stuck = due.filter((row) => swept.has(keyOf(row)));
    if (stuck.length > 0) {
      const remove = stuck.map(
        ({ conversation, log, seq }) => ({ kind: 'remove-row', conversation, log, seq }) as const
      );
      await this.#vault.write(remove);
    }
    for (const [conversation, rows] of byConversation(due)) {
      await this.#expire(conversation, rows.map(refOf));
      for (const row of rows) swept.add(keyOf(row));
    }
  }

  #setNext(deadline: number | null): void {
    if (this.#closed) return;
    this.#next = deadline;
    if (deadline === null) {
      this.#alarm.clear();
      return;
    }
    const now = this.#lifetime.now();
    this.#alarm.set(Math.min(deadline, now + Math.max(KEPT_MIN_MS, (deadline - now) * KEPT_PART)), now);
  }
}

function byConversation(rows: readonly StoredRow[]): Map<string, StoredRow[]> {
  const groups = new Map<string, StoredRow[]>();
  for (const row of rows) groups.set(row.conversation, [...(groups.get(row.conversation) ?? []), row]);
  return groups;
}

function keyOf(row: StoredRow): string {
  return `${row.conversation}/${refOf(row)}`;
}
