/**
 * The engine as the user interface has it: which tab works, whether storage can be used, and one snapshot of
 * everything. The work itself is an ActiveEngine, made when this tab gets the lease and thrown away when it loses it.
 *
 *   starting --lease free--> active <--"use it here", or the other tab closed-- elsewhere
 *       \------lease held elsewhere---------------- stolen, fenced --------------^
 *   active --database closed--> opened again, three times at most within a minute each --> broken
 *   starting --damaged, deleted, no room--> broken
 *   starting --the database does not answer--> broken (blocked) --it answers--> active
 *   starting --everything was given to another device--> moved, handed-over --go on here--> starting
 *   starting --there is a lock--> locked --somebody opens it--> active --lock--> a new page
 */
import { wipe } from '../bytes.ts';
import { openSecrets, type Secrets } from '../storage/secrets.ts';
import { StoreError, type Store } from '../storage/store.ts';
import {
  Problem,
  type ConversationId,
  type Engine,
  type LockChange,
  type Proof,
  type ReadableConversation,
  type Snapshot,
  type StorageFacts,
  type Timeline,
  type TimelineHandle
} from './api.ts';
import type { Shown } from './app-lock.ts';
import type { ActiveEngine } from './engine.ts';
import { STARTING, type Environment } from './environment.ts';
import { Intentions } from './intentions.ts';
import { isUsed, moveMark } from './kept.ts';
import { Lease } from './lease.ts';
import { diskOf, lockFactsOf, lockOf, recordKeyFrom, takeMarkAway, wasDeleted } from './loading.ts';
import { NO_LOCK } from './lock-api.ts';
import { notLoaded, problemOf, withSentence } from './problem.ts';

const MAX_REOPENINGS = 3;
/** A database that was open for so long works: what closes it then is no loop. */
const STEADY_MS = 60_000;
/** A database that does not answer for so long is held by a tab that cannot give way. */
const PATIENCE_MS = 10_000;
/** So long a lock waits for what was just typed or sent to be on the disk. */
const LAST_WORDS_MS = 2_000;

export class Session extends Intentions implements Engine {
  readonly #lease: Lease;
  readonly #listeners = new Set<(snapshot: Snapshot) => void>();
  #active: ActiveEngine | null = null;
  #starting: Promise<ActiveEngine> | null = null;
  #store: Store | null = null;
  #durable = false;
  /** The key of sealed records, from when the lock was opened until this tab has nothing to do with them any more. */
  #key: Uint8Array | null = null;
  /** Counts openings and closings: what an earlier one started must not finish in a later one. */
  #turn = 0;
  #reopenings = 0;
  #openedAt = 0;
  #snapshot = STARTING;
  #scheduled = false;

  constructor(environment: Environment) {
    super(environment);
    this.#lease = new Lease(environment.locks, {
      onHeld: () => void this.#open(),
      onElsewhere: () => {
        this.#forget();
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
    this.#forget();
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
    if (this.#active) this.watched(this.#active.arranging.setDraft(id, text)).catch(() => undefined);
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

  async storageFacts(): Promise<StorageFacts> {
    const { keyPlaceOf } = await import('./key-file.ts').catch(notLoaded);
    const keys = this.#store && (await keyPlaceOf(this.#store).catch(() => null));
    return { ...(await this.environment.durability.facts()), keys };
  }

  async readable(): Promise<readonly ReadableConversation[]> {
    const { readableOf } = await import('./salvage.ts').catch(notLoaded);
    const { readRemains, lockFile, random, keyFile } = this.environment;
    const remains = await readRemains().catch(withSentence);
    const left = { meta: (key: string) => Promise.resolve(remains.meta.get(key)) };
    const secrets = openSecrets(lockFile, left, random);
    return readableOf(remains, { secrets, unlocked: this.#key, keyFile }).catch(withSentence);
  }

  async deleteEverything(): Promise<void> {
    const { phase, problem } = this.#snapshot;
    this.#forget();
    // Where it was broken already, the same screen stays while this goes on: it says what can be done.
    this.#shut(phase === 'broken' ? { ...STARTING, phase, problem } : STARTING);
    await this.environment.erase().catch((error: unknown) => {
      this.#shut({ ...STARTING, phase: 'broken', problem: problemOf(error) });
      return withSentence(error);
    });
  }

  async lock(): Promise<void> {
    const { phase, lock } = this.#snapshot;
    if (phase !== 'active' || (!lock.passphrase && !lock.passkey)) return;
    this.#show(STARTING);
    const { clock, reload } = this.environment;
    await Promise.race([this.answered(), new Promise<void>((late) => clock.after(LAST_WORDS_MS, late))]);
    this.stop();
    reload();
  }

  async unlock(proof: Proof): Promise<boolean> {
    const [store, turn] = [this.#store, this.#turn];
    if (this.#snapshot.phase !== 'locked' || !store) throw new Problem('not-active');
    const lock = await lockOf(this.environment, this.#secrets(store));
    const disk = await diskOf(store).catch(withSentence);
    const shown = await lock.show(disk, proof).catch(withSentence);
    if (turn !== this.#turn) throw new Problem('not-active');
    if (shown.kind === 'wrong') {
      this.#show({ ...this.#snapshot, lock: await lock.facts({ store }) });
      return false;
    }
    if (shown.kind === 'open') {
      await this.#guarded(() => this.#enter(store, shown.master));
      return true;
    }
    // The second passphrase. What opens anything goes first, then everything; what comes is an empty app behind it.
    await lock.destroy(disk).catch(() => undefined);
    this.#shut(this.#snapshot);
    await this.#guarded(() => this.#beginAnew(shown));
    return true;
  }

  async changeLock(proof: Proof, change: LockChange): Promise<boolean> {
    const { disk } = (await this.engine()).source.vault;
    const turn = this.#turn;
    const appLock = await lockOf(this.environment, this.#secrets(disk.store));
    const changed = await appLock.change(disk, proof, change).catch(withSentence);
    const lock = await appLock.facts(disk);
    if (turn === this.#turn) this.#show({ ...this.#snapshot, lock });
    return changed;
  }

  protected rest(): void {
    void this.#open();
  }

  async stayHere(): Promise<void> {
    if (!this.#store) throw new Problem('not-active');
    await takeMarkAway(this.#store).catch(withSentence);
    await this.#open();
  }

  protected async proves(proof: Proof): Promise<boolean> {
    const { disk } = (await this.engine()).source.vault;
    const turn = this.#turn;
    const appLock = await lockOf(this.environment, this.#secrets(disk.store));
    const shown = await appLock.show(disk, proof);
    if (shown.kind === 'open') wipe(shown.master);
    const lock = await appLock.facts(disk);
    if (turn === this.#turn) this.#show({ ...this.#snapshot, lock });
    return shown.kind === 'open';
  }

  async #open(): Promise<void> {
    this.#shut(STARTING);
    const turn = this.#turn;
    const answered = this.environment.clock.after(PATIENCE_MS, () => {
      if (turn !== this.#turn || this.#snapshot.phase !== 'starting') return;
      this.#show({ ...STARTING, phase: 'broken', problem: 'storage-blocked' });
    });
    await this.#guarded(async () => {
      const store = await this.#openStore();
      if (store === null) return;
      const lock = await lockFactsOf(this.environment, store, this.#secrets(store));
      if (turn !== this.#turn) return;
      if (lock !== NO_LOCK && this.#key === null) this.#show({ ...STARTING, phase: 'locked', lock });
      else await this.#enter(store, null);
    });
    answered();
  }

  /** null: meanwhile something else has begun. */
  async #openStore(): Promise<Store | null> {
    const turn = this.#turn;
    const { store, durable } = await this.environment.openStore(() => {
      if (turn === this.#turn) this.#reopen();
    });
    if (turn !== this.#turn) {
      store.close();
      return null;
    }
    this.#store = store;
    this.#durable = durable;
    this.#openedAt = this.environment.clock.elapsed();
    return store;
  }

  /** What fails here concerns the whole app. */
  async #guarded(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn;
    try {
      await work();
    } catch (error) {
      if (turn !== this.#turn) return;
      this.#shut({ ...STARTING, phase: 'broken', problem: problemOf(error) });
      if (!(error instanceof StoreError || error instanceof Problem)) throw error;
    }
  }

  /** @param master what the lock has just given; null: there is none, or it is open already */
  async #enter(store: Store, master: Uint8Array | null): Promise<void> {
    const [turn, durable, { problem }] = [this.#turn, this.#durable, this.environment];
    if (master) this.#key = await recordKeyFrom(master);
    const mark = await moveMark(store);
    if (mark !== null) {
      if (turn !== this.#turn) return;
      // What rests needs no key: whoever goes on here opens the lock again.
      this.#forget();
      this.#show({ ...STARTING, phase: mark });
      return;
    }
    if (await isUsed(store)) await this.engine();
    else if (await wasDeleted(this.environment, store)) throw new Problem('storage-deleted');
    const lock = await lockFactsOf(this.environment, store, this.#secrets(store));
    if (turn !== this.#turn) return;
    // Whoever has nobody to talk to yet needs no server either.
    const working = { phase: 'active', online: true, durable } as const;
    this.#show({ ...STARTING, ...working, problem: durable ? problem : 'no-storage', lock });
    this.#refresh();
  }

  async #beginAnew(shown: Extract<Shown, { kind: 'panic' }>): Promise<void> {
    await this.environment.eraseData();
    const store = await this.#openStore();
    if (store === null) return;
    const lock = await lockOf(this.environment, this.#secrets(store));
    await this.#enter(store, await lock.begin(await diskOf(store), shown));
  }

  /** Secrets last as long as what they open. */
  #secrets(store: Store): Secrets {
    const { lockFile, random } = this.environment;
    return openSecrets(this.#durable ? lockFile : null, store, random);
  }

  /** No key of what is kept stays in the memory. */
  #forget(): void {
    if (this.#key) wipe(this.#key);
    this.#key = null;
  }

  /** The engine of this tab, loaded with the first need for it: most of the script, and all cryptography. */
  protected engine(): Promise<ActiveEngine> {
    const { phase } = this.#snapshot;
    if (!this.#store || phase === 'moved' || phase === 'handed-over')
      return Promise.reject(new Problem('not-active'));
    if (phase === 'locked' && !this.#key) return Promise.reject(new Problem('storage-locked'));
    this.#starting ??= this.#startEngine(this.#store, this.#turn).catch((error: unknown) => {
      this.#starting = null;
      throw error;
    });
    return this.#starting;
  }

  async #startEngine(store: Store, turn: number): Promise<ActiveEngine> {
    const { ActiveEngine: Active } = await import('./engine.ts').catch(notLoaded);
    const active = await Active.open({
      ...this.environment,
      ...{ store, secrets: this.#secrets(store), unlocked: this.#key },
      // Keys last as long as what they open.
      keyFile: this.#durable ? this.environment.keyFile : null,
      onChange: () => {
        if (turn === this.#turn) this.#refresh();
      },
      onFailure: (error) => {
        if (turn === this.#turn) this.#onFailure(error);
      },
      onWritten: () => {
        if (turn !== this.#turn || this.#snapshot.problem !== 'storage-full') return;
        this.#show({ ...this.#snapshot, problem: this.environment.problem });
      }
    });
    if (turn !== this.#turn) {
      active.close();
      throw new Problem('not-active');
    }
    this.#active = active;
    if (this.#durable) this.environment.durability.leaveTrace();
    this.#refresh();
    return active;
  }

  #onFailure(error: StoreError): void {
    if (error.code === 'fenced') {
      this.#forget();
      this.#shut({ ...STARTING, phase: 'elsewhere' });
    } else if (error.code === 'full') this.#show({ ...this.#snapshot, problem: 'storage-full' });
    else if (error.code === 'damaged')
      this.#shut({ ...STARTING, phase: 'broken', problem: 'storage-damaged' });
    else this.#reopen(error);
  }

  /** The database was closed under us: by the browser, or because another tab deletes it. */
  #reopen(error = new StoreError('closed')): void {
    if (this.environment.clock.elapsed() - this.#openedAt >= STEADY_MS) this.#reopenings = 0;
    if (this.#reopenings++ < MAX_REOPENINGS) void this.#open();
    else this.#shut({ ...STARTING, phase: 'broken', problem: problemOf(error) });
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
    const { server, name, settings, conversations, forgetting, ending, inviting, disk } = this.#active;
    const { views: invitations, knocks } = inviting;
    const offer = this.environment.iceOffer();
    const relay = offer === 'unknown' ? null : offer === 'relay';
    const { damaged, undestroyed } = disk;
    const kept = { name, settings, conversations, forgetting, invitations, knocks, damaged, undestroyed };
    this.#show({ ...this.#snapshot, online: server.online, relay, ended: ending.ended, ...kept });
    if (this.#durable && conversations.length > 0) this.environment.durability.askOnce();
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
