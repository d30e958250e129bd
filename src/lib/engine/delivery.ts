/**
 * The exchange of two logs over one session (protocol, section 9). Connecting is saying what one has (SYNC) and
 * sending the difference, in order. In: commit (strict), acknowledge, publish. Out: what is committed already, as
 * much as the window has room for. It lives as long as its session; every method but `receive` runs inside the
 * conversation's queue.
 */
import { equalBytes, fromHex, hex } from '../bytes.ts';
import { apply, place, references } from '../conversation/apply.ts';
import { expire } from '../conversation/erase.ts';
import { forget } from '../conversation/forget.ts';
import { hashOf } from '../conversation/log.ts';
import { acknowledged, restartLogs } from '../conversation/own-logs.ts';
import {
  isAlive,
  isPaused,
  logsOf,
  WINDOW,
  type Change,
  type Conversation,
  type OwnLog,
  type Row
} from '../conversation/state.ts';
import type { Random } from '../crypto/random.ts';
import { WireError } from '../errors.ts';
import { StoreError } from '../storage/store.ts';
import { decodeEntry, LOG_ID_BYTES } from '../wire/content.ts';
import { decodeControl, MAX_LOGS, type Control, type Held, type Position } from '../wire/control.ts';
import { BATCH } from './group-commit.ts';
import { Pending } from './pending.ts';
import type { Vault } from './vault.ts';

/** Messages of the peer that wait to be stored (protocol, section 12). */
const MAX_INBOX = 256;

export interface DeliveryOptions {
  readonly vault: Vault;
  readonly random: Random;
  /** The time that deadlines are measured in. */
  readonly now: () => number;
  /** What the clock says. */
  readonly at: () => number;
  readonly state: () => Conversation;
  readonly commit: (change: Change) => Promise<void>;
  /** Runs work in the conversation's queue. */
  readonly run: (work: () => Promise<void>) => Promise<void>;
  readonly say: (control: Control) => void;
  /** There is no room on the disk: the work is to be tried again when there may be some. */
  readonly later: (work: () => void) => void;
  /** The peer, or the disk, did what ends a session. */
  readonly strike: (error: unknown) => void;
  readonly onTyping: (typing: boolean) => void;
  readonly onSent: () => void;
  /** Nothing that was sent waits for an answer any more. */
  readonly onAnswered: () => void;
}

export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #inbox: Control[] = [];
  /** Own entries up to here were sent, by log; null: the peer has not said yet what it has. */
  #sent: Map<string, number> | null = null;
  /** What this session has left on this side's disk. */
  #retained: readonly Uint8Array[] | null = null;
  #closed = false;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /** The session's retained secrets are on disk: the peer may hear what this side has, and drop the ones before. */
  start(retained: readonly Uint8Array[]): void {
    if (this.#retained !== null || this.#isOver()) return;
    this.#retained = retained;
    const { say, state } = this.#options;
    const positions = [...state().peers].map(([log, { upto, head }]) => ({ log: fromHex(log), upto, head }));
    say({ kind: 'sync', positions });
  }

  isSent({ log, seq }: Row): boolean {
    return seq <= (this.#sent?.get(log) ?? 0);
  }

  /** The peer is still to say what it has, or to acknowledge what was sent. */
  get #isWaiting(): boolean {
    const sent = this.#sent;
    return !sent || logsOf(this.#options.state()).some(({ id, acked }) => (sent.get(hex(id)) ?? 0) > acked);
  }

  close(): void {
    this.#closed = true;
  }

  /** A method, not the field: it may change while something is awaited, which the compiler would not believe. */
  #isOver(): boolean {
    return this.#closed;
  }

  /** A message of the peer. */
  receive(data: Uint8Array): void {
    const { strike, onTyping } = this.#options;
    try {
      const control = decodeControl(data);
      if (control.kind === 'typing') {
        onTyping(true);
        return;
      }
      if (this.#inbox.push(control) > MAX_INBOX) throw new WireError('too fast');
    } catch (error) {
      strike(error);
      return;
    }
    if (this.#inbox.length === 1) this.#wake();
  }

  /** Sends what the window has room for, in order. What fails here is nobody's who only wanted to write. */
  async pump(): Promise<void> {
    try {
      await this.#pump();
    } catch (error) {
      this.#failed(error);
    }
  }

  async #pump(): Promise<void> {
    const { vault, now, state, commit, say, onSent } = this.#options;
    const next = this.#isOver() || isPaused(state()) ? null : this.#next(state());
    if (!next) return;
    const { log, from, to } = next;
    const rows = await vault.rows(state().id, [{ log: hex(log.id), from, to }]);
    const dead = rows.filter((row) => !isAlive(row, now()));
    if (dead.length > 0) {
      await commit(expire(state(), dead, now()));
      return this.#pump();
    }
    const hole = rows.findIndex((row, i) => row.seq !== from + i);
    const whole = hole === -1 ? rows : rows.slice(0, hole);
    if (whole.length === 0) {
      // A row can not be read any more (a damaged disk). The others must not wait for it for ever; what is under way
      // must not come twice.
      if (this.#isWaiting) return;
      await this.#moveOn();
      return this.#pump();
    }
    if (this.#isOver()) return;
    for (const row of whole) say({ kind: 'entry', entry: row.bytes });
    this.#sent?.set(hex(log.id), from + whole.length - 1);
    onSent();
    // The next log begins where this one ends.
    return this.pump();
  }

  /** What goes next: the first entries that were not sent, if there is room for them. */
  #next(state: Conversation): { log: OwnLog; from: number; to: number } | null {
    const known = this.#sent;
    if (known === null) return null;
    const logs = logsOf(state).map((log) => ({
      log,
      sent: Math.max(known.get(hex(log.id)) ?? 0, log.acked)
    }));
    const room = logs.reduce((left, { log, sent }) => left - (sent - log.acked), WINDOW);
    const waiting = logs.reduce((sum, { log, sent }) => sum + log.seq - sent, 0);
    // A window that is filled up entry by entry would stay so for ever: a commit and an acknowledgement for each.
    if (room < Math.min(waiting, WINDOW / 2)) return null;
    const first = logs.find(({ log, sent }) => sent < log.seq);
    if (!first) return null;
    // Of a log that the peer has forgotten for later ones it could not say any more what it has.
    const underWay = logs.filter((one) => one === first || one.sent > one.log.acked);
    if (underWay.length > MAX_LOGS) return null;
    return { log: first.log, from: first.sent + 1, to: Math.min(first.log.seq, first.sent + room) };
  }

  #wake(): void {
    void this.#options.run(() => this.#drain());
  }

  /**
   * No room on the disk is the one failure that a session outlives: nothing was acknowledged, nothing of it is
   * forgotten, and the peer's window keeps what waits here small.
   */
  #failed(error: unknown): void {
    if (this.#isOver()) return;
    if (!(error instanceof StoreError) || error.code !== 'full') {
      this.#options.strike(error);
      return;
    }
    this.#options.later(() => {
      this.#wake();
    });
  }

  /** Stores everything that has arrived, a batch a transaction. */
  async #drain(): Promise<void> {
    while (this.#inbox.length > 0 && !this.#isOver()) {
      const batch = this.#inbox.slice(0, BATCH);
      try {
        await this.#store(batch);
      } catch (error) {
        this.#failed(error);
        return;
      }
      // Not before it is stored: while anything is in the inbox, no second drain is started.
      this.#inbox.splice(0, batch.length);
    }
    await this.pump();
  }

  /** One transaction, and then the peer is told what is safe. */
  async #store(batch: readonly Control[]): Promise<void> {
    const { vault, random, state, commit, say, now, at, onTyping, onAnswered } = this.#options;
    const pending = new Pending(state(), vault);
    const touched = new Map<string, Position>();
    let sent = this.#sent;
    for (const control of batch) {
      if (control.kind === 'entry') {
        const { entry, duplicate, upto } = place(pending.conversation, control.entry);
        touched.set(hex(entry.log), { log: entry.log, upto });
        if (duplicate) continue;
        const before = pending.conversation;
        const rows = await pending.rows(references(entry));
        pending.add(apply(pending.conversation, entry, control.entry, rows, now(), at()));
        const { kind } = entry.content;
        if (kind === 'text' || kind === 'once') onTyping(false);
        // Asked to forget everything, this side does, and says so.
        if (kind === 'forget' && !before.forgotten)
          pending.add(forget(pending.conversation, random(LOG_ID_BYTES), now()));
      } else if (control.kind === 'ack') {
        await this.#acknowledge(pending, control.position);
      } else if (control.kind === 'sync') {
        // Each makes this side read, and perhaps write, all that waits: it is said once.
        if (sent !== null) throw new WireError('sync again');
        sent = await this.#synchronise(pending, control.positions);
        pending.conversation = confirmed(pending.conversation, this.#retained);
      }
    }
    await commit(pending.change());
    this.#sent = sent;
    if (this.#isOver()) return;
    if (!this.#isWaiting) onAnswered();
    for (const position of touched.values()) say({ kind: 'ack', position });
  }

  async #acknowledge(pending: Pending, { log, upto }: Position): Promise<void> {
    const own = logsOf(pending.conversation).find(({ id }) => equalBytes(id, log));
    // An acknowledgement of a log that has been given up.
    if (!own) return;
    if (upto > own.seq) throw new WireError('acknowledged what was never written');
    if (upto <= own.acked) return;
    const rows = await pending.unplaced({ log: hex(log), from: own.acked + 1, to: upto });
    pending.add(acknowledged(pending.conversation, own, upto, rows));
  }

  /** The peer says what it has of this side's logs. Returns up to where nothing of each needs to be sent. */
  async #synchronise(pending: Pending, positions: readonly Held[]): Promise<Map<string, number>> {
    let isRestored = false;
    for (const own of logsOf(pending.conversation)) {
      const held = positions.find(({ log }) => equalBytes(log, own.id));
      if (held ? await this.#isOurs(pending, own, held) : own.acked === 0) {
        // It may have more: this side was restored, and another page had gone on with this log (own-logs.ts).
        if (held) await this.#acknowledge(pending, { log: own.id, upto: Math.min(held.upto, own.seq) });
      } else isRestored = true;
    }
    // The other side was restored from an older state (section 9). What it had acknowledged it does not get again:
    // who holds a stolen copy must not be told everything since.
    if (isRestored) await this.#restart(pending);
    return new Map(logsOf(pending.conversation).map(({ id, acked }) => [hex(id), acked]));
  }

  /** Whether what the peer has of this log goes on from what it has acknowledged, and is what this side wrote there. */
  async #isOurs(pending: Pending, own: OwnLog, { upto, head }: Held): Promise<boolean> {
    if (upto < own.acked) return false;
    if (upto > own.seq) return true;
    if (upto === own.seq) return equalBytes(head, own.head);
    const rows = await pending.rows([{ log: hex(own.id), from: upto, to: upto + 1 }]);
    // Either may be gone: the first as it has arrived, the second as it can not be read any more.
    return rows.some(({ seq, bytes }) => {
      const entry = decodeEntry(bytes);
      return equalBytes(seq === upto ? hashOf(entry, bytes) : entry.prev, head);
    });
  }

  async #moveOn(): Promise<void> {
    const { vault, state, commit } = this.#options;
    const pending = new Pending(state(), vault);
    await this.#restart(pending);
    await commit(pending.change());
    this.#sent = new Map();
  }

  /** A new log for everything that the peer has not acknowledged. */
  async #restart(pending: Pending): Promise<void> {
    const { conversation } = pending;
    const waiting = await pending.rows(
      logsOf(conversation).map(({ id, acked, seq }) => ({ log: hex(id), from: acked + 1, to: seq }))
    );
    const erased = await pending.rows(
      waiting.flatMap(({ content }) =>
        content.kind === 'erase' ? [{ log: hex(content.log), from: content.seq, to: content.seq }] : []
      )
    );
    const id = this.#options.random(conversation.own.id.length);
    pending.add(restartLogs(conversation, id, waiting, erased));
  }
}

/**
 * The peer has stored this session's secret, as this side has: the one that matched, kept for a half commit, can go
 * (section 7). A copy of this device from before now has nothing in common with the peer any more, and that shows.
 */
function confirmed(conversation: Conversation, retained: readonly Uint8Array[] | null): Conversation {
  const { contact } = conversation;
  const [newest] = contact.retained;
  if (newest === undefined || retained?.[0] === undefined || !equalBytes(newest, retained[0]))
    return conversation;
  return contact.retained.length === 1
    ? conversation
    : { ...conversation, contact: { ...contact, retained: [newest] } };
}
