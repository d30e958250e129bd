/**
 * The store with its seals: plain values on this side, sealed bytes, random ids, order and deadlines on the other.
 * One writer: every commit names the epoch that this tab claimed.
 */
import { fromUtf8, utf8 } from '../bytes.ts';
import { openRecord, sealRecord, slotKey } from '../crypto/record.ts';
import { AuthError, UsageError } from '../errors.ts';
import { lineOf } from '../conversation/last.ts';
import { holdsWords, type Change, type Conversation, type Row } from '../conversation/state.ts';
import type { KeyFile } from '../storage/key-file.ts';
import {
  StoreError,
  type Range,
  type RecordTable,
  type Store,
  type StoredRow,
  type Write
} from '../storage/store.ts';
import { NO_SETTINGS, type Settings } from './api.ts';
import { DRAFT } from './drafts.ts';
import { NAME, SETTINGS } from './kept.ts';
import { openKeyring, type Disk, type KeyringOptions } from './keyring.ts';
import type { Lifetime, Mark } from './lifetime.ts';
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

import { placeOfRecord, placeOfRow, rangesOf, readable, rowContext } from './places.ts';
import { Shredder } from './shredder.ts';
import type { Place } from './slots.ts';

export const HIGH_WATER_MARK = 'high-water mark';

export interface VaultOptions extends KeyringOptions {
  /** null: the keys lie in the store. */
  readonly keyFile: KeyFile | null;
  readonly lifetime: Lifetime;
  /** A commit failed for a reason that concerns the whole app: fenced off, no space, database gone. */
  readonly onFailure: (error: StoreError) => void;
  /** A commit is on disk. */
  readonly onWritten: () => void;
  /** One more thing was found that cannot be read. */
  readonly onDamaged: () => void;
  /** What could not be done now. */
  readonly later: (work: () => void) => void;
  /** `undestroyed` is another. */
  readonly onShredding: () => void;
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
  #shredder: Shredder | null = null;

  private constructor(options: VaultOptions, epoch: number) {
    this.#options = options;
    this.#epoch = epoch;
  }

  /** Claims the database for this tab and opens its keyring. */
  static async open(options: VaultOptions): Promise<Vault> {
    const vault = new Vault(options, await options.store.claim());
    vault.#key = await openKeyring(options, vault.disk);
    const write = (writes: readonly Write[]): Promise<void> => vault.#commit(writes);
    vault.#shredder = await Shredder.open({ ...options, epoch: vault.#epoch, write });
    return vault;
  }

  /** The store, for who writes beside all of this: the keyring. */
  get disk(): Disk {
    return { store: this.#options.store, epoch: this.#epoch, write: (writes) => this.#commit(writes) };
  }

  /** How many things were found that cannot be read. */
  get damaged(): number {
    return this.#damaged.size;
  }

  /** Keys of what was removed are still on the disk: they could not be overwritten. */
  get undestroyed(): boolean {
    return this.#keys.undestroyed;
  }

  async conversations(): Promise<Conversation[]> {
    const found = await this.#records('conversations', decodeConversation);
    return Promise.all(found.map((conversation) => this.#completed(conversation)));
  }

  invitations(): Promise<OwnInvitation[]> {
    return this.#records('invitations', decodeInvitationRecord);
  }

  joins(): Promise<PendingJoin[]> {
    return this.#records('joins', decodeJoin);
  }

  async name(): Promise<string> {
    const sealed = await this.#options.store.meta(NAME);
    const name = this.#readable('meta/name', null, (open) =>
      sealed instanceof Uint8Array ? open(sealed) : new Uint8Array(0)
    );
    return new TextDecoder().decode(name ?? new Uint8Array(0));
  }

  async settings(): Promise<Settings> {
    const sealed = await this.#options.store.meta(SETTINGS);
    const settings = this.#readable('meta/settings', null, (open) =>
      sealed instanceof Uint8Array ? decodeSettings(open(sealed)) : NO_SETTINGS
    );
    return settings ?? NO_SETTINGS;
  }

  /** The rows of these ranges; what is not `wanted` is not even opened. */
  async rows(
    conversation: string,
    ranges: readonly Range[],
    wanted: (row: StoredRow) => boolean = () => true
  ): Promise<Row[]> {
    if (ranges.length === 0) return [];
    const stored = await this.#read((store) => store.rows(conversation, ranges));
    return this.open(stored.filter(wanted));
  }

  /** The rows of these names that are there. */
  rowsOf(conversation: string, refs: readonly string[]): Promise<Row[]> {
    return this.rows(conversation, rangesOf(refs));
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
      const opened = this.#readable(rowContext(row), placeOfRow(row), (open) =>
        decodeRow(row, open(row.sealed))
      );
      if (opened) out.push(opened);
    }
    return out;
  }

  /** `before`: what is on the disk of it, if anything is. */
  changeWrites({ conversation, put, remove, clear }: Change, before: Conversation | null = null): Write[] {
    const { id } = conversation;
    return [
      ...(clear ? [{ kind: 'remove-rows', conversation: id } as const] : []),
      this.conversationWrite(conversation),
      ...this.#draftWrites(conversation, before),
      ...this.rowWrites(id, put),
      ...remove.map(({ log, seq }): Write => ({ kind: 'remove-row', conversation: id, log, seq }))
    ];
  }

  rowWrites(conversation: string, rows: readonly Row[]): Write[] {
    return rows.map((row) => this.#rowWrite(conversation, row));
  }

  /** Of a conversation that is forgotten not even the names are left: its record has another key from then on. */
  conversationWrite(conversation: Conversation): Write {
    const slot = conversation.forgotten ? 1 : 0;
    return this.#recordWrite('conversations', conversation.id, slot, encodeConversation(conversation));
  }

  /** A conversation and all of its rows. */
  destroyWrites(id: string): Write[] {
    return [
      { kind: 'remove-rows', conversation: id },
      { kind: 'remove-record', table: 'conversations', id }
    ];
  }

  invitationWrite(invitation: OwnInvitation): Write {
    return this.#recordWrite('invitations', invitation.id, 0, encodeInvitationRecord(invitation));
  }

  joinWrite(join: PendingJoin): Write {
    return this.#recordWrite('joins', join.id, 0, encodeJoin(join));
  }

  nameWrite(name: string): Write {
    return { kind: 'put-meta', key: NAME, value: this.#seal('meta/name', null, utf8(name)) };
  }

  settingsWrite(settings: Settings): Write {
    const value = this.#seal('meta/settings', null, encodeSettings(settings));
    return { kind: 'put-meta', key: SETTINGS, value };
  }

  /**
   * All or nothing, on disk when it resolves; the keys of what it removes are overwritten next.
   * @throws StoreError, which `onFailure` has heard already.
   */
  async write(writes: readonly Write[]): Promise<void> {
    const shredding = this.#keys.follow(writes);
    const growing = this.#keys.growing(shredding.pages);
    if (growing !== null) await this.#heard(() => growing);
    await this.#commit([...writes, ...shredding.writes]);
    this.#keys.committed(shredding);
  }

  /** Resolves when the keys of everything that was removed by now are overwritten. */
  shredded(): Promise<void> {
    return this.#keys.settled();
  }

  /** Writes down how late it is, where that is due. If it fails, the next commit does it, or says what is wrong. */
  async keepTime(): Promise<void> {
    const { lifetime, store } = this.#options;
    const mark = lifetime.unsaved();
    if (mark === null) return;
    try {
      await store.commit(this.#epoch, [markWrite(mark)]);
      lifetime.saved(mark);
    } catch {
      // See above.
    }
  }

  async #commit(writes: readonly Write[]): Promise<void> {
    const mark = this.#options.lifetime.unsaved();
    const all = mark === null ? writes : [...writes, markWrite(mark)];
    await this.#heard(() => this.#options.store.commit(this.#epoch, all));
    if (mark !== null) this.#options.lifetime.saved(mark);
    this.#options.onWritten();
  }

  get #keys(): Shredder {
    if (!this.#shredder) throw new UsageError('not open');
    return this.#shredder;
  }

  /** With the words of its draft and of its last line. */
  async #completed(conversation: Conversation): Promise<Conversation> {
    const { id, last, draft, draftSeq } = conversation;
    const [line] = last ? await this.rowsOf(id, [last.ref]) : [];
    return {
      ...conversation,
      last: line ? lineOf(line) : null,
      draft: draftSeq === 0 ? draft : await this.#draft(id, draftSeq)
    };
  }

  async #draft(conversation: string, seq: number): Promise<string> {
    const [row] = await this.#read((store) => store.rows(conversation, [{ log: DRAFT, from: seq, to: seq }]));
    const text =
      row && this.#readable(rowContext(row), placeOfRow(row), (open) => fromUtf8(open(row.sealed)));
    return text ?? '';
  }

  #draftWrites({ id, draft, draftSeq }: Conversation, before: Conversation | null): Write[] {
    const place = (seq: number) => ({ conversation: id, log: DRAFT, seq });
    if (before === null || before.draftSeq === draftSeq) return [];
    const old: Write = { kind: 'remove-row', ...place(before.draftSeq) };
    if (draft === '') return [old];
    const row = { ...place(draftSeq), order: null, deadline: null, key: 'row' } as const;
    const sealed = this.#seal(rowContext(row), placeOfRow(row), utf8(draft));
    return [old, { kind: 'put-row', row: { ...row, sealed } }];
  }

  #rowWrite(conversation: string, row: Row): Write {
    const { log, seq, order, deadline } = row;
    const stored = {
      conversation,
      log,
      seq,
      order,
      deadline,
      key: holdsWords(row) ? 'row' : 'conversation'
    } as const;
    const sealed = this.#seal(rowContext(stored), placeOfRow(stored), encodeRow(row));
    return { kind: 'put-row', row: { ...stored, sealed } };
  }

  #recordWrite(table: RecordTable, id: string, slot: number, plaintext: Uint8Array): Write {
    const sealed = this.#seal(`${table}/${id}`, placeOfRecord(table, { id, slot }), plaintext);
    return { kind: 'put-record', table, record: { id, slot, sealed } };
  }

  #seal(context: string, place: Place | null, plaintext: Uint8Array): Uint8Array {
    const key = place ? slotKey(this.#key, this.#keys.slots.sealing(place)) : this.#key;
    return sealRecord(key, utf8(context), plaintext, this.#options.random);
  }

  async #records<T>(table: RecordTable, decode: (id: string, plaintext: Uint8Array) => T): Promise<T[]> {
    const out: T[] = [];
    for (const record of await this.#read((store) => store.records(table))) {
      const { id, sealed } = record;
      const opened = this.#readable(`${table}/${id}`, placeOfRecord(table, record), (open) =>
        decode(id, open(sealed))
      );
      if (opened) out.push(opened);
    }
    return out;
  }

  #read<T>(work: (store: Store) => Promise<T>): Promise<T> {
    return this.#heard(() => work(this.#options.store));
  }

  /** Storage fails where the database was closed under us, or is damaged: that concerns the whole app. */
  async #heard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof StoreError) this.#options.onFailure(error);
      throw error;
    }
  }

  #readable<T>(
    name: string,
    place: Place | null,
    read: (open: (sealed: Uint8Array) => Uint8Array) => T
  ): T | null {
    const slot = place && this.#keys.slots.opening(place);
    const key = slot ? slotKey(this.#key, slot) : place ? null : this.#key;
    const opened = readable(() =>
      read((sealed) => {
        if (key === null) throw new AuthError();
        return openRecord(key, utf8(name), sealed);
      })
    );
    // What was read before it was destroyed, and is opened after that, is no damage.
    if (opened === null && !this.#damaged.has(name) && !(place && this.#keys.slots.isDestroyed(place))) {
      this.#damaged.add(name);
      this.#options.onDamaged();
    }
    return opened;
  }
}

function markWrite(mark: Mark): Write {
  return { kind: 'put-meta', key: HIGH_WATER_MARK, value: mark };
}
