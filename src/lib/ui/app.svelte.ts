import { createContext } from 'svelte';
import { Problem } from '../engine/api.ts';
import type { Engine, ProblemCode, Snapshot } from '../engine/api.ts';

const starting: Snapshot = {
  phase: 'starting',
  problem: null,
  online: false,
  name: '',
  relayOnly: false,
  relay: null,
  conversations: [],
  invitations: [],
  durable: true
};

/** The engine as the pages see it: its newest snapshot, and the sentence that its last refusal deserves. */
export class App {
  #engine: Engine | null = null;
  #snapshot = $state.raw<Snapshot>(starting);
  #notice = $state.raw<{ readonly code: ProblemCode | null } | null>(null);

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  /** What has just been refused; a code of null is a failure that has no name. */
  get notice(): { readonly code: ProblemCode | null } | null {
    return this.#notice;
  }

  get engine(): Engine {
    if (this.#engine === null) throw new Error('The engine is asked for something before it has started');
    return this.#engine;
  }

  /** Returns the unsubscriber. */
  start(engine: Engine): () => void {
    this.#engine = engine;
    this.#snapshot = engine.snapshot;
    return engine.subscribe((snapshot) => {
      this.#snapshot = snapshot;
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
      this.#notice = { code: codeOf(reason) };
      return undefined;
    }
  }

  dismiss(): void {
    this.#notice = null;
  }
}

export function codeOf(reason: unknown): ProblemCode | null {
  return reason instanceof Problem ? reason.code : null;
}

/** Only routes read it; components take props. */
export const [getApp, setApp] = createContext<App>();
