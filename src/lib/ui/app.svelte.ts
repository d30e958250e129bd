import { createContext, tick, untrack } from 'svelte';
import { codeOf, NO_SETTINGS } from '../engine/api.ts';
import type { Engine, LockChange, ProblemCode, Proof, Restored, Snapshot } from '../engine/api.ts';
import { NO_LOCK } from '../engine/lock-api.ts';
import { lookForRemains, type Remains } from './emptiness.ts';
import { HalfWrittenWords } from './half-written.ts';
import { problemSentence } from './i18n/sentences.ts';
import { Install } from './install.svelte.ts';
import type * as Keeping from './keeping.ts';
import { Notifications } from './notifications.svelte.ts';
import { follow } from './pace.ts';
import { putUnusedBack } from './reload.ts';

const starting: Snapshot = {
  phase: 'starting',
  problem: null,
  lock: NO_LOCK,
  online: false,
  name: '',
  settings: NO_SETTINGS,
  relay: null,
  conversations: [],
  forgetting: [],
  ended: [],
  invitations: [],
  knocks: [],
  durable: true,
  damaged: 0,
  undestroyed: false
};

/** The engine as the pages see it: its newest snapshot, and the sentence that its last refusal deserves. */
export class App {
  readonly install = new Install();
  readonly notifications = new Notifications();
  readonly halfWritten = new HalfWrittenWords((half) => {
    const watched = $state(half);
    return watched;
  });
  /** What lies over the page, whatever the page: it has a key, and a place in some menu. */
  over = $state<'switch' | 'find' | 'help' | null>(null);
  #engine: Engine | null = null;
  #snapshot = $state.raw<Snapshot>(starting);
  #remains = $state.raw<Remains | null>(null);
  #veiled = $state(false);
  #notice = $state.raw<{ readonly code: ProblemCode | null } | null>(null);

  get snapshot(): Snapshot {
    return this.#veiled ? starting : this.#snapshot;
  }

  /** There is something that locks. */
  get lockable(): boolean {
    const { phase, lock } = this.snapshot;
    return phase === 'active' && (lock.passphrase || lock.passkey);
  }

  /** What has just been refused; a code of null is a failure that has no name. */
  get notice(): { readonly code: ProblemCode | null } | null {
    return this.#notice;
  }

  /** What the browser still holds after everything was deleted; null: nothing was. */
  get remains(): Remains | null {
    return this.#remains;
  }

  get engine(): Engine {
    if (this.#engine === null) throw new Error('The engine is asked for something before it has started');
    return this.#engine;
  }

  /** Otherwise not even the engine could be made. */
  get started(): boolean {
    return this.#engine !== null;
  }

  /** Returns the unsubscriber. */
  start(engine: Engine): () => void {
    this.#engine = engine;
    return follow(engine, (now) => {
      this.#snapshot = now;
      // Whoever asks the engine for something while a page is made does not follow what is written.
      untrack(() => {
        this.halfWritten.follow(now);
      });
    });
  }

  /** The engine could not even be made. */
  fail(reason: unknown): void {
    this.#snapshot = { ...starting, phase: 'broken', problem: codeOf(reason) };
  }

  /** Waits for an intention; a refusal becomes a notice and an undefined. */
  async attempt<T>(action: Promise<T>): Promise<T | undefined> {
    try {
      this.#notice = null;
      return await action;
    } catch (reason) {
      const code = codeOf(reason);
      // A disk that is full is told once, over everything, for as long as it is full.
      if (code !== 'storage-full' || this.#engine?.snapshot.problem !== code) this.#notice = { code };
      return undefined;
    }
  }

  /** Saves what can be read into a file; resolves to the sentence that says why not, or to null. */
  async export(): Promise<string | null> {
    const refusal = await this.#keep((keeping) => keeping.exportReadable(this.engine));
    return refusal?.failure ?? null;
  }

  /** Makes a backup and saves it; resolves to the name of the file, or to why there is none. */
  backup(passphrase: string, proof: Proof): Promise<{ readonly name: string } | Keeping.Refusal> {
    return this.#keep((keeping) => keeping.backup(this.engine, passphrase, proof));
  }

  restore(file: File, passphrase: string): Promise<Restored | Keeping.Refusal> {
    return this.#keep((keeping) => keeping.restore(this.engine, file, passphrase));
  }

  /** Deletes everything, and looks whether it is gone. Where it failed, the recovery screen says why. */
  async erase(): Promise<void> {
    await this.attempt(
      this.engine
        .deleteEverything()
        .then(lookForRemains)
        .then((remains) => {
          this.#remains = remains;
        })
    );
  }

  /** The screen first; what was half-typed is kept by that. What arrived and was not used goes to the next page. */
  async lock(): Promise<void> {
    if (!this.lockable) return;
    this.#veiled = true;
    await tick();
    if (!putUnusedBack(location, history) && location.hash !== '')
      history.replaceState(history.state, '', location.pathname);
    await this.engine.lock();
  }

  /** Resolves to what was wrong; null: it is open. */
  async unlock(proof: Proof): Promise<string | null> {
    const refusal = await this.#keep((keeping) => keeping.unlock(this.engine, proof));
    return refusal?.failure ?? null;
  }

  /** Likewise; null: it is done. */
  changeLock(proof: Proof, change: LockChange): Promise<Keeping.Refusal | null> {
    return this.#keep((keeping) => keeping.changeLock(this.engine, proof, change));
  }

  async #keep<T>(act: (keeping: typeof Keeping) => Promise<T>): Promise<T | Keeping.Refusal> {
    const keeping = await import('./keeping.ts').catch(() => null);
    return keeping === null ? { failure: problemSentence('not-loaded'), of: null } : act(keeping);
  }

  dismiss(): void {
    this.#notice = null;
  }
}

/** Only routes read it; components take props. */
export const [getApp, setApp] = createContext<App>();
