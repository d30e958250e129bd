/**
 * The store with its seals: plain values on this side, sealed bytes, random ids, order and deadlines on the other.
 * One writer: every commit names the epoch that this tab claimed.
 */
import { utf8 } from '../bytes.ts';
import type { Random } from '../crypto/random.ts';
import { openRecord, sealRecord } from '../crypto/record.ts';
import { AuthError, WireError } from '../errors.ts';
import { parseRef, type Change, type Conversation, type Row } from '../conversation/state.ts';
import { StoreError, type RecordTable, type Store, type StoredRow, type Write } from '../storage/store.ts';
import { NO_SETTINGS, type Settings } from './api.ts';
import { NAME, SETTINGS } from './kept.ts';
import { openKeyring } from './keyring.ts';
import type { Lifetime } from './lifetime.ts';
import {
  decodeConversation,
  decodeInvitationRecord,
  decodeJoin,
  decodeRow,
  decodeSettings,
  encodeConversation,
  encodeInvitationRecord,
  encodeJoin,
  encodeRow,
  encodeSettings,
  type OwnInvitation,
  type PendingJoin
} from './records.ts';

export const HIGH_WATER_MARK = 'high-water mark';

export interface VaultOptions {
  readonly store: Store;
  readonly random: Random;
  readonly lifetime: Lifetime;
  /** A commit failed for a reason that concerns the whole app: fenced off, no space, database gone. */
  readonly onFailure: (error: StoreError) => void;
  /** A commit is on disk. */
  readonly onWritten: () => void;
  /** One more thing was found that cannot be read. */
  readonly onDamaged: () => void;
}

/** A part of a timeline, newest first. */
export interface Page {
  readonly rows: Row[];
  /** Where the next page begins; null: there is none. */
  readonly next: number | null;
}

export class Vault {
  readonly #options: VaultOptions;
  readonly #epoch: number;
  /** What was found damaged: it stays where it is, and everything else works. */
  readonly #damaged = new Set<string>();
  #key: Uint8Array = new Uint8Array(0);

  private constructor(options: VaultOptions, epoch: number) {
    this.#options = options;
    this.#epoch = epoch;
  }

  /** Claims the database for this tab and opens its keyring. */
  static async open(options: VaultOptions): Promise<Vault> {
    const vault = new Vault(options, await options.store.claim());
    vault.#key = await openKeyring(options.store, options.random, (writes) => vault.write(writes));
    return vault;
  }

  /** How many things were found that cannot be read. */
  get damaged(): number {
    return this.#damaged.size;
  }

  async conversations(): Promise<Conversation[]> {
    return this.#records('conversations', decodeConversation);
  }

  async invitations(): Promise<OwnInvitation[]> {
    return this.#records('invitations', decodeInvitationRecord);
  }

  async joins(): Promise<PendingJoin[]> {
    return this.#records('joins', decodeJoin);
  }

  async name(): Promise<string> {
    const sealed = await this.#options.store.meta(NAME);
    const name = this.#readable('meta/name', (context) =>
      sealed instanceof Uint8Array ? openRecord(this.#key, context, sealed) : new Uint8Array(0)
    );
    return new TextDecoder().decode(name ?? new Uint8Array(0));
  }

  async settings(): Promise<Settings> {
    const sealed = await this.#options.store.meta(SETTINGS);
    const settings = this.#readable('meta/settings', (context) =>
      sealed instanceof Uint8Array ? decodeSettings(openRecord(this.#key, context, sealed)) : NO_SETTINGS
    );
    return settings ?? NO_SETTINGS;
  }

  /** Rows `from` to `to` of a log; what is not `wanted` is not even opened. */
  async rows(
    conversation: string,
    log: string,
    from: number,
    to: number,
    wanted: (row: StoredRow) => boolean = () => true
  ): Promise<Row[]> {
    const stored = await this.#read((store) => store.rows(conversation, log, from, to));
    return this.open(stored.filter(wanted));
  }

  /** The rows of these names that are there. */
  async rowsOf(conversation: string, refs: readonly string[]): Promise<Row[]> {
    const wanted = refs.map(parseRef).filter((ref) => ref !== null);
    const rows = await Promise.all(wanted.map(({ log, seq }) => this.rows(conversation, log, seq, seq)));
    return rows.flat();
  }

  async page(conversation: string, before: number | null, limit: number): Promise<Page> {
    const { stored, next } = await this.sealedPage(conversation, before, limit);
    return { rows: this.open(stored), next };
  }

  /** The same, still sealed: who reads much opens it a little at a time. */
  async sealedPage(
    conversation: string,
    before: number | null,
    limit: number
  ): Promise<{ readonly stored: readonly StoredRow[]; readonly next: number | null }> {
    const stored = await this.#read((store) => store.page(conversation, before, limit));
    return { stored, next: stored.length < limit ? null : (stored.at(-1)?.order ?? null) };
  }

  /** The part above `after`, oldest first; `next` is where the one above it begins. */
  async pageAfter(conversation: string, after: number, limit: number): Promise<Page> {
    const stored = await this.#read((store) => store.pageAfter(conversation, after, limit));
    return { rows: this.open(stored), next: stored.length < limit ? null : (stored.at(-1)?.order ?? null) };
  }

  /** The rows with the earliest deadlines, still sealed: who sweeps opens those of one conversation at a time. */
  earliest(limit: number): Promise<readonly StoredRow[]> {
    return this.#read((store) => store.earliest(limit));
  }

  /** Opens rows; a damaged one is left out, and counted. */
  open(rows: readonly StoredRow[]): Row[] {
    const out: Row[] = [];
    for (const row of rows) {
      const opened = this.#readable(rowContext(row), (context) =>
        decodeRow(row, openRecord(this.#key, context, row.sealed))
      );
      if (opened) out.push(opened);
    }
    return out;
  }

  changeWrites({ conversation, put, remove, clear }: Change): Write[] {
    return [
      ...(clear ? [{ kind: 'remove-rows', conversation: conversation.id } as const] : []),
      this.conversationWrite(conversation),
      ...this.rowWrites(conversation.id, put),
      ...remove.map(({ log, seq }): Write => ({
        kind: 'remove-row',
        conversation: conversation.id,
        log,
        seq
      }))
    ];
  }

  rowWrites(conversation: string, rows: readonly Row[]): Write[] {
    return rows.map((row) => this.#rowWrite(conversation, row));
  }

  conversationWrite(conversation: Conversation): Write {
    const { id } = conversation;
    const sealed = this.#seal(`conversations/${id}`, encodeConversation(conversation));
    return { kind: 'put-record', table: 'conversations', record: { id, sealed } };
  }

  /** A conversation and all of its rows. */
  destroyWrites(id: string): Write[] {
    return [
      { kind: 'remove-rows', conversation: id },
      { kind: 'remove-record', table: 'conversations', id }
    ];
  }

  invitationWrite(invitation: OwnInvitation): Write {
    const { id } = invitation;
    const sealed = this.#seal(`invitations/${id}`, encodeInvitationRecord(invitation));
    return { kind: 'put-record', table: 'invitations', record: { id, sealed } };
  }

  joinWrite(join: PendingJoin): Write {
    const { id } = join;
    return {
      kind: 'put-record',
      table: 'joins',
      record: { id, sealed: this.#seal(`joins/${id}`, encodeJoin(join)) }
    };
  }

  nameWrite(name: string): Write {
    return { kind: 'put-meta', key: NAME, value: this.#seal('meta/name', utf8(name)) };
  }

  settingsWrite(settings: Settings): Write {
    return { kind: 'put-meta', key: SETTINGS, value: this.#seal('meta/settings', encodeSettings(settings)) };
  }

  /** All or nothing, on disk when it resolves. @throws StoreError, which `onFailure` has heard already. */
  async write(writes: readonly Write[]): Promise<void> {
    const mark = this.#options.lifetime.unsaved();
    const all: readonly Write[] =
      mark === null ? writes : [...writes, { kind: 'put-meta', key: HIGH_WATER_MARK, value: mark }];
    try {
      await this.#options.store.commit(this.#epoch, all);
    } catch (error) {
      if (error instanceof StoreError) this.#options.onFailure(error);
      throw error;
    }
    this.#options.onWritten();
  }

  #rowWrite(conversation: string, row: Row): Write {
    const { log, seq, order, deadline } = row;
    const sealed = this.#seal(rowContext({ conversation, log, seq }), encodeRow(row));
    return { kind: 'put-row', row: { conversation, log, seq, order, deadline, sealed } };
  }

  #seal(context: string, plaintext: Uint8Array): Uint8Array {
    return sealRecord(this.#key, utf8(context), plaintext, this.#options.random);
  }

  async #records<T>(table: RecordTable, decode: (id: string, plaintext: Uint8Array) => T): Promise<T[]> {
    const out: T[] = [];
    for (const { id, sealed } of await this.#read((store) => store.records(table))) {
      const opened = this.#readable(`${table}/${id}`, (context) =>
        decode(id, openRecord(this.#key, context, sealed))
      );
      if (opened) out.push(opened);
    }
    return out;
  }

  /** Reading fails where the database was closed under us, or is damaged: that concerns the whole app. */
  async #read<T>(work: (store: Store) => Promise<T>): Promise<T> {
    try {
      return await work(this.#options.store);
    } catch (error) {
      if (error instanceof StoreError) this.#options.onFailure(error);
      throw error;
    }
  }

  #readable<T>(name: string, read: (context: Uint8Array) => T): T | null {
    const opened = readable(() => read(utf8(name)));
    if (opened === null && !this.#damaged.has(name)) {
      this.#damaged.add(name);
      this.#options.onDamaged();
    }
    return opened;
  }
}

/** Where a row lies, which its seal names. */
export function rowContext({
  conversation,
  log,
  seq
}: Pick<StoredRow, 'conversation' | 'log' | 'seq'>): string {
  return `rows/${conversation}/${log}/${seq.toString()}`;
}

/** null: damaged, or written by a newer version. */
export function readable<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof AuthError || error instanceof WireError) return null;
    throw error;
  }
}
