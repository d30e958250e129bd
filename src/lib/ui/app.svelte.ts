import { createContext, tick } from 'svelte';
import { NO_SETTINGS, Problem } from '../engine/api.ts';
import type { Engine, LockChange, ProblemCode, Proof, Restored, Snapshot } from '../engine/api.ts';
import { NO_LOCK } from '../engine/lock-api.ts';
import { putBack } from './arrival.ts';
import { lookForRemains, type Remains } from './emptiness.ts';
import { exportText, saveFile, saveText } from './export.ts';
import { m } from './i18n/compiled/messages.js';
import { getLocale } from './i18n/compiled/runtime.js';
import { problemSentence } from './i18n/sentences.ts';
import { Install } from './install.svelte.ts';
import { Notifications } from './notifications.svelte.ts';
import { Pace } from './pace.ts';
import { backupName } from './passphrase.ts';
import { putSharedBack } from './shared.ts';

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

/** The sentence that says why something was not done. */
interface Refusal {
  readonly failure: string;
}

/** The engine as the pages see it: its newest snapshot, and the sentence that its last refusal deserves. */
export class App {
  readonly install = new Install();
  readonly notifications = new Notifications();
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
    this.#snapshot = engine.snapshot;
    const pace = new Pace(() => {
      this.#snapshot = engine.snapshot;
    });
    return engine.subscribe(() => {
      pace.ask();
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
    try {
      const conversations = await this.engine.readable();
      const words = {
        locale: getLocale(),
        head: m.export_head(),
        warning: m.export_warning(),
        me: m.export_me(),
        nobody: (number: number) => m.export_nobody({ number })
      };
      saveText('aparte.txt', exportText(conversations, Date.now(), words));
      return null;
    } catch (reason) {
      return problemSentence(codeOf(reason));
    }
  }

  /** Makes a backup and saves it; resolves to the name of the file, or to why there is none. */
  async backup(passphrase: string, proof: Proof): Promise<{ readonly name: string } | Refusal> {
    try {
      const file = await this.engine.backup(passphrase, proof);
      if (file === null) return { failure: wrongProof(proof) };
      const name = backupName(Date.now());
      saveFile(name, new Blob([Uint8Array.from(file)], { type: 'application/octet-stream' }));
      return { name };
    } catch (reason) {
      return { failure: problemSentence(codeOf(reason)) };
    }
  }

  async restore(file: File, passphrase: string): Promise<Restored | Refusal> {
    try {
      return await this.engine.restore(file, passphrase);
    } catch (reason) {
      return { failure: problemSentence(codeOf(reason)) };
    }
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
    if (!putBack(location, history) && !putSharedBack(location, history) && location.hash !== '')
      history.replaceState(history.state, '', location.pathname);
    await this.engine.lock();
  }

  /** Resolves to what was wrong; null: it is open. */
  unlock(proof: Proof): Promise<string | null> {
    return this.#proven(proof, this.engine.unlock(proof));
  }

  /** Likewise; null: it is done. */
  changeLock(proof: Proof, change: LockChange): Promise<string | null> {
    return this.#proven(proof, this.engine.changeLock(proof, change));
  }

  async #proven(proof: Proof, proven: Promise<boolean>): Promise<string | null> {
    try {
      if (await proven) return null;
      return wrongProof(proof);
    } catch (reason) {
      return problemSentence(codeOf(reason));
    }
  }

  dismiss(): void {
    this.#notice = null;
  }
}

function wrongProof({ kind }: Proof): string {
  return kind === 'passkey' ? m.lock_wrong_passkey() : m.lock_wrong();
}

export function codeOf(reason: unknown): ProblemCode | null {
  return reason instanceof Problem ? reason.code : null;
}

/** Only routes read it; components take props. */
export const [getApp, setApp] = createContext<App>();
