/**
 * The engine as the user interface has it: which tab works, whether storage can be used, and one snapshot of
 * everything. The work itself is an ActiveEngine, made when this tab gets the lease and thrown away when it loses it.
 *
 *   starting --lease free--> active <--"use it here", or the other tab closed-- elsewhere
 *       \------lease held elsewhere---------------- stolen, fenced --------------^
 *   active --database closed--> opened again, three times at most --> broken
 *   starting --damaged, deleted, no room--> broken
 *   starting --the database does not answer--> broken (blocked) --it answers--> active
 */
import type { BackupCipher } from '../backup/cipher.ts';
import type { Clock } from '../clock.ts';
import type { Random } from '../crypto/random.ts';
import type { KeyFile } from '../storage/key-file.ts';
import { StoreError, type Remains, type Store } from '../storage/store.ts';
import type { ConnectPeer, ConnectSignaling } from '../transport/ports.ts';
import {
  NO_SETTINGS,
  Problem,
  type ConversationId,
  type Engine,
  type JoinState,
  type KnockId,
  type ProblemCode,
  type ReadableConversation,
  type Restored,
  type Snapshot,
  type StorageFacts,
  type Timeline,
  type TimelineHandle
} from './api.ts';
import type { ActiveEngine } from './engine.ts';
import type { Durability } from './durability.ts';
import { isUsed, KEYRING } from './kept.ts';
import type { IceOffer } from './diagnosis.ts';
import { Lease } from './lease.ts';
import { notLoaded, problemOf, withSentence } from './problem.ts';

const MAX_REOPENINGS = 3;
/** A database that does not answer for so long is held by a tab that cannot give way. */
const PATIENCE_MS = 10_000;

/** Everything of a browser that the engine needs; boot.ts names the real ones. */
export interface Environment {
  readonly clock: Clock;
  readonly random: Random;
  readonly locks: LockManager | undefined;
  /** Opens the database. `durable`: what is written survives the window. @throws StoreError */
  readonly openStore: (onClosed: () => void) => Promise<{ store: Store; durable: boolean }>;
  /** Where keys are overwritten in place. null: nowhere here. */
  readonly keyFile: KeyFile | null;
  readonly connectSignaling: ConnectSignaling;
  readonly connectPeer: ConnectPeer;
  readonly joinUrl: string;
  /** STUN and TURN servers, as far as they are known. */
  readonly iceOffer: () => IceOffer;
  /** What this browser lacks, if anything. */
  readonly problem: ProblemCode | null;
  /** What is left of a damaged database. @throws StoreError */
  readonly readRemains: () => Promise<Remains>;
  readonly durability: Durability;
  /** What seals and opens backups. */
  readonly backupCipher: () => Promise<BackupCipher>;
  /** Erases what lies outside the store as well: the database itself, caches, the service worker. */
  readonly erase: () => Promise<void>;
}

const STARTING: Snapshot = {
  phase: 'starting',
  problem: null,
  ...{ online: false, name: '', settings: NO_SETTINGS, relay: null },
  ...{ conversations: [], forgetting: [], invitations: [], knocks: [] },
  durable: true,
  damaged: 0
};

export class Session implements Engine {
  readonly #environment: Environment;
  readonly #lease: Lease;
  readonly #listeners = new Set<(snapshot: Snapshot) => void>();
  #active: ActiveEngine | null = null;
  #starting: Promise<ActiveEngine> | null = null;
  #store: Store | null = null;
  #durable = false;
  /** Counts openings and closings: what an earlier one started must not finish in a later one. */
  #turn = 0;
  #reopenings = 0;
  #snapshot = STARTING;
  #scheduled = false;

  constructor(environment: Environment) {
    this.#environment = environment;
    this.#lease = new Lease(environment.locks, {
      onHeld: () => void this.#open(),
      onElsewhere: () => {
        this.#shut({ ...STARTING, phase: 'elsewhere' });
      }
    });
  }

  start(): void {
    this.#lease.start();
  }

  /** The browser freezes the page, and wakes it again. */
  freeze(): void {
    this.#lease.freeze();
  }

  thaw(): void {
    this.#lease.thaw();
  }

  /** Ends everything, as a closed tab does. */
  stop(): void {
    this.#shut(STARTING);
    this.#lease.release();
  }

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  subscribe(listener: (snapshot: Snapshot) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  openTimeline(id: ConversationId, listener: (timeline: Timeline) => void): TimelineHandle {
    if (!this.#active) throw new Problem('not-active');
    return this.#active.openTimeline(id, listener);
  }

  setDraft(id: ConversationId, text: string): void {
    // A draft that could not be kept is still on the screen; why it could not be kept has been said.
    this.#active?.arranging.setDraft(id, text).catch(() => undefined);
  }

  send = this.#asking(({ writing }) => writing.send.bind(writing));
  edit = this.#asking(({ writing }) => writing.edit.bind(writing));
  react = this.#asking(({ writing }) => writing.react.bind(writing));
  viewOnce = this.#asking(({ writing }) => writing.viewOnce.bind(writing));
  deleteForMe = this.#asking(({ writing }) => writing.deleteForMe.bind(writing));
  deleteForEveryone = this.#asking(({ writing }) => writing.deleteForEveryone.bind(writing));
  setPinned = this.#asking(({ arranging }) => arranging.setPinned.bind(arranging));
  setMuted = this.#asking(({ arranging }) => arranging.setMuted.bind(arranging));
  setArchived = this.#asking(({ arranging }) => arranging.setArchived.bind(arranging));
  markUnread = this.#asking(({ arranging }) => arranging.markUnread.bind(arranging));
  markRead = this.#asking(({ arranging }) => arranging.markRead.bind(arranging));
  search = this.#asking((engine) => engine.search.bind(engine));
  forgetConversation = this.#asking((engine) => engine.forgetConversation.bind(engine));
  setTimer = this.#asking(({ writing }) => writing.setTimer.bind(writing));
  setTitle = this.#asking(({ arranging }) => arranging.setTitle.bind(arranging));
  safety = this.#asking(({ comparing }) => comparing.safety.bind(comparing));
  scanned = this.#asking(({ comparing }) => comparing.scanned.bind(comparing));
  setTrust = this.#asking(({ comparing }) => comparing.setTrust.bind(comparing));
  acceptReset = this.#asking(({ comparing }) => comparing.acceptReset.bind(comparing));
  setRelayOnly = this.#asking((engine) => engine.setRelayOnly.bind(engine));
  examine = this.#asking((engine) => engine.examine.bind(engine));
  reconnect = this.#asking((engine) => engine.reconnect.bind(engine));
  deleteConversation = this.#asking((engine) => engine.deleteConversation.bind(engine));
  setName = this.#asking((engine) => engine.setName.bind(engine));
  setSettings = this.#asking((engine) => engine.setSettings.bind(engine));
  createInvitation = this.#asking(({ inviting }) => inviting.create.bind(inviting));
  changeInvitation = this.#asking(({ inviting }) => inviting.change.bind(inviting));
  revokeInvitation = this.#asking(({ inviting }) => inviting.revoke.bind(inviting));

  inspectLink = this.#asking((engine) => async (fragment: string) => {
    await Promise.resolve();
    engine.inviting.inspect(fragment);
  });

  answerKnock = this.#asking((engine) => async (id: KnockId, yes: boolean) => {
    await Promise.resolve();
    engine.inviting.answer(id, yes);
  });

  join(fragment: string, listener: (state: JoinState) => void): { close(): void } {
    let guest: { close(): void } | null = null;
    let wanted = true;
    const begin = this.#asking((engine) => async () => {
      if (this.#environment.problem) throw new Problem(this.#environment.problem);
      await Promise.resolve();
      if (wanted) guest = engine.inviting.join(fragment, listener);
    });
    begin().catch((error: unknown) => {
      if (wanted) listener({ kind: 'failed', problem: problemOf(error) });
    });
    return {
      close: () => {
        wanted = false;
        guest?.close();
      }
    };
  }

  /** What the server offers has changed. */
  onIceOffer(): void {
    this.#refresh();
  }

  retry(): void {
    this.wake(true);
  }

  /** The page came back to life. `changed`: it slept, or the network is another: what was open is likely to be dead. */
  wake(changed: boolean): void {
    this.#active?.wake(changed);
  }

  takeOver(): Promise<void> {
    this.#lease.steal();
    return Promise.resolve();
  }

  storageFacts(): Promise<StorageFacts> {
    return this.#environment.durability.facts();
  }

  persist(): Promise<boolean> {
    return this.#environment.durability.persist();
  }

  async readable(): Promise<readonly ReadableConversation[]> {
    const { readableOf } = await import('./salvage.ts').catch(notLoaded);
    return readableOf(await this.#environment.readRemains().catch(withSentence), this.#environment.keyFile);
  }

  async backup(passphrase: string): Promise<Uint8Array> {
    const { makeBackup } = await import('./backup.ts').catch(notLoaded);
    const cipher = await this.#environment.backupCipher().catch(notLoaded);
    return this.#asking(
      ({ source }) =>
        () =>
          makeBackup(source, cipher, passphrase)
    )();
  }

  /** A file that cannot be restored is not even a reason to make a key for this browser. */
  async restore(file: Blob, passphrase: string): Promise<Restored> {
    const { openFile, restore } = await import('./backup.ts').catch(notLoaded);
    const cipher = await this.#environment.backupCipher().catch(notLoaded);
    const opened = await openFile(file, passphrase, { cipher, clock: this.#environment.clock });
    return this.#asking(
      ({ source }) =>
        () =>
          restore(source, opened)
    )();
  }

  async deleteEverything(): Promise<void> {
    const { phase, problem } = this.#snapshot;
    // Where it was broken already, the same screen stays while this goes on: it says what can be done.
    this.#shut(phase === 'broken' ? { ...STARTING, phase, problem } : STARTING);
    await this.#environment.erase().catch((error: unknown) => {
      this.#shut({ ...STARTING, phase: 'broken', problem: problemOf(error) });
      return withSentence(error);
    });
  }

  /** A method that the active engine has, with storage failures turned into problems that have a sentence. */
  #asking<A extends readonly unknown[], R>(method: (engine: ActiveEngine) => (...args: A) => Promise<R>) {
    return async (...args: A): Promise<R> => {
      try {
        return await method(await this.#engine())(...args);
      } catch (error) {
        return withSentence(error);
      }
    };
  }

  async #open(): Promise<void> {
    this.#shut(STARTING);
    const turn = this.#turn;
    const { openStore, problem, clock } = this.#environment;
    const answered = clock.after(PATIENCE_MS, () => {
      if (turn !== this.#turn || this.#snapshot.phase !== 'starting') return;
      this.#show({ ...STARTING, phase: 'broken', problem: 'storage-blocked' });
    });
    try {
      const { store, durable } = await openStore(() => {
        if (turn === this.#turn) this.#reopen();
      });
      if (turn !== this.#turn) {
        store.close();
        return;
      }
      this.#store = store;
      this.#durable = durable;
      if (await isUsed(store)) await this.#engine();
      else if (await this.#wasDeleted(store)) throw new Problem('storage-deleted');
      if (turn !== this.#turn) return;
      // Whoever has nobody to talk to yet needs no server either.
      this.#show({
        ...STARTING,
        phase: 'active',
        online: true,
        durable,
        problem: durable ? problem : 'no-storage'
      });
      this.#refresh();
    } catch (error) {
      if (turn !== this.#turn) return;
      this.#shut({ ...STARTING, phase: 'broken', problem: problemOf(error) });
      if (!(error instanceof StoreError || error instanceof Problem)) throw error;
    } finally {
      answered();
    }
  }

  /** Nothing is kept, not even a key: but something was. */
  async #wasDeleted(store: Store): Promise<boolean> {
    return this.#environment.durability.wasKept() && (await store.meta(KEYRING)) === undefined;
  }

  /** The engine of this tab, loaded with the first need for it: most of the script, and all cryptography. */
  #engine(): Promise<ActiveEngine> {
    if (!this.#store) return Promise.reject(new Problem('not-active'));
    this.#starting ??= this.#startEngine(this.#store, this.#turn).catch((error: unknown) => {
      this.#starting = null;
      throw error;
    });
    return this.#starting;
  }

  async #startEngine(store: Store, turn: number): Promise<ActiveEngine> {
    const { ActiveEngine: Active } = await import('./engine.ts').catch(notLoaded);
    const active = await Active.open({
      ...this.#environment,
      store,
      // Keys last as long as what they open.
      keyFile: this.#durable ? this.#environment.keyFile : null,
      onChange: () => {
        if (turn === this.#turn) this.#refresh();
      },
      onFailure: (error) => {
        if (turn === this.#turn) this.#onFailure(error);
      },
      onWritten: () => {
        if (turn !== this.#turn || this.#snapshot.problem !== 'storage-full') return;
        this.#show({ ...this.#snapshot, problem: this.#environment.problem });
      }
    });
    if (turn !== this.#turn) {
      active.close();
      throw new Problem('not-active');
    }
    this.#active = active;
    if (this.#durable) this.#environment.durability.leaveTrace();
    this.#refresh();
    return active;
  }

  #onFailure(error: StoreError): void {
    if (error.code === 'fenced') this.#shut({ ...STARTING, phase: 'elsewhere' });
    else if (error.code === 'full') this.#show({ ...this.#snapshot, problem: 'storage-full' });
    else if (error.code === 'damaged')
      this.#shut({ ...STARTING, phase: 'broken', problem: 'storage-damaged' });
    else this.#reopen();
  }

  /** The database was closed under us: by the browser, or because another tab deletes it. */
  #reopen(): void {
    if (this.#reopenings++ < MAX_REOPENINGS) void this.#open();
    else this.#shut({ ...STARTING, phase: 'broken', problem: 'storage-broken' });
  }

  #shut(snapshot: Snapshot): void {
    this.#turn++;
    this.#active?.close();
    this.#active = null;
    this.#starting = null;
    this.#store?.close();
    this.#store = null;
    this.#show(snapshot);
  }

  #refresh(): void {
    if (!this.#active || this.#snapshot.phase !== 'active') return;
    const { online, name, settings, conversations, forgetting, inviting, damaged } = this.#active;
    const { views: invitations, knocks } = inviting;
    const offer = this.#environment.iceOffer();
    const relay = offer === 'unknown' ? null : offer === 'relay';
    const kept = { conversations, forgetting, invitations, knocks, damaged };
    this.#show({ ...this.#snapshot, online, name, settings, relay, ...kept });
    if (this.#durable && conversations.length > 0) this.#environment.durability.askOnce();
  }

  /** Many changes in one turn are one picture; listeners are never called synchronously. */
  #show(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      for (const listener of [...this.#listeners]) listener(this.#snapshot);
    });
  }
}
