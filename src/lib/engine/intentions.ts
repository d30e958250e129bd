/**
 * What a user may ask of the engine of this tab, when it has one: each goes to the part of it that does such things.
 */
import {
  Problem,
  type Arriving,
  type JoinState,
  type KnockId,
  type Leaving,
  type ProblemCode,
  type Proof,
  type Restored,
  type Snapshot
} from './api.ts';
import type { ActiveEngine } from './engine.ts';
import type { Environment } from './environment.ts';
import { notLoaded, problemOf, withSentence } from './problem.ts';

export abstract class Intentions {
  protected readonly environment: Environment;
  /** What was asked of the engine and is not answered yet. */
  readonly #asked = new Set<Promise<unknown>>();

  constructor(environment: Environment) {
    this.environment = environment;
  }

  send = this.asking(({ writing }) => writing.send.bind(writing));
  edit = this.asking(({ writing }) => writing.edit.bind(writing));
  react = this.asking(({ writing }) => writing.react.bind(writing));
  viewOnce = this.asking(({ writing }) => writing.viewOnce.bind(writing));
  deleteForMe = this.asking(({ writing }) => writing.deleteForMe.bind(writing));
  deleteForEveryone = this.asking(({ writing }) => writing.deleteForEveryone.bind(writing));
  setPinned = this.asking(({ arranging }) => arranging.setPinned.bind(arranging));
  setMuted = this.asking(({ arranging }) => arranging.setMuted.bind(arranging));
  setArchived = this.asking(({ arranging }) => arranging.setArchived.bind(arranging));
  markUnread = this.asking(({ arranging }) => arranging.markUnread.bind(arranging));
  markRead = this.asking(({ arranging }) => arranging.markRead.bind(arranging));
  search = this.asking((engine) => engine.search.bind(engine));
  forgetConversation = this.asking((engine) => engine.forgetConversation.bind(engine));
  setTimer = this.asking(({ writing }) => writing.setTimer.bind(writing));
  setTitle = this.asking(({ arranging }) => arranging.setTitle.bind(arranging));
  safety = this.asking(({ comparing }) => comparing.safety.bind(comparing));
  scanned = this.asking(({ comparing }) => comparing.scanned.bind(comparing));
  setTrust = this.asking(({ comparing }) => comparing.setTrust.bind(comparing));
  acceptReset = this.asking(({ comparing }) => comparing.acceptReset.bind(comparing));
  setRelayOnly = this.asking((engine) => engine.setRelayOnly.bind(engine));
  examine = this.asking((engine) => engine.examine.bind(engine));
  reconnect = this.asking((engine) => engine.reconnect.bind(engine));
  deleteConversation = this.asking((engine) => engine.deleteConversation.bind(engine));
  setName = this.asking((engine) => engine.setName.bind(engine));
  setSettings = this.asking((engine) => engine.setSettings.bind(engine));
  createInvitation = this.asking((engine) => engine.createInvitation.bind(engine));
  changeInvitation = this.asking(({ inviting }) => inviting.change.bind(inviting));
  revokeInvitation = this.asking(({ inviting }) => inviting.revoke.bind(inviting));

  nextAttempt = this.asking(
    ({ server }) =>
      () =>
        Promise.resolve(server.nextAttempt)
  );

  inspectLink = this.asking((engine) => async (fragment: string) => {
    await Promise.resolve();
    engine.inviting.inspect(fragment);
  });

  answerKnock = this.asking((engine) => async (id: KnockId, yes: boolean) => {
    await Promise.resolve();
    engine.inviting.answer(id, yes);
  });

  join(fragment: string, listener: (state: JoinState) => void): { close(): void } {
    let guest: { close(): void } | null = null;
    let wanted = true;
    const begin = this.asking((engine) => async () => {
      if (this.environment.problem) throw new Problem(this.environment.problem);
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

  async backup(passphrase: string, proof: Proof): Promise<Uint8Array | null> {
    const { makeBackup } = await import('./backup.ts').catch(notLoaded);
    const cipher = await this.environment.backupCipher().catch(notLoaded);
    return this.asking(
      ({ source }) =>
        async () =>
          (await this.proves(proof)) ? makeBackup(source, cipher, passphrase) : null
    )();
  }

  /** A file that cannot be restored is not even a reason to make a key for this browser. */
  async restore(file: Blob, passphrase: string): Promise<Restored> {
    const { openFile, restore } = await import('./backup.ts').catch(notLoaded);
    const cipher = await this.environment.backupCipher().catch(notLoaded);
    const opened = await openFile(file, passphrase, { cipher, clock: this.environment.clock });
    return this.asking(
      ({ source }) =>
        () =>
          restore(source, opened)
    )();
  }

  persist(): Promise<boolean> {
    return this.environment.durability.persist();
  }

  passkeysWork(): Promise<boolean> {
    return this.environment.passkeys.work();
  }

  moveHere(listener: (state: Arriving) => void): { close(): void } {
    return startedLater(
      async () => (await import('./moving.ts').catch(notLoaded)).arrive(this.#moving(listener)),
      (problem) => {
        listener({ kind: 'failed', problem });
      }
    );
  }

  moveAway(code: string, proof: Proof, listener: (state: Leaving) => void): { close(): void } {
    return startedLater(
      async () => {
        const { leave } = await import('./moving.ts').catch(notLoaded);
        const proves = () => this.proves(proof);
        return leave(code, {
          ...this.#moving(listener),
          proves,
          rest: () => {
            this.rest();
          }
        });
      },
      (problem) => {
        listener({ kind: 'failed', problem });
      }
    );
  }

  #moving<S>(listener: (state: S) => void) {
    return {
      environment: this.environment,
      snapshot: () => this.snapshot,
      source: async () => (await this.engine().catch(withSentence)).source,
      listener
    };
  }

  /** A method that the active engine has, with storage failures turned into problems that have a sentence. */
  protected asking<A extends readonly unknown[], R>(
    method: (engine: ActiveEngine) => (...args: A) => Promise<R>
  ) {
    const answer = async (...args: A): Promise<R> => method(await this.engine())(...args);
    return (...args: A): Promise<R> => this.watched(answer(...args).catch(withSentence));
  }

  /** Something else that {@link answered} waits for. */
  protected watched<R>(asked: Promise<R>): Promise<R> {
    this.#asked.add(asked);
    const done = (): void => void this.#asked.delete(asked);
    asked.then(done, done);
    return asked;
  }

  /** Resolves when all that was asked so far has been answered, or refused. */
  protected async answered(): Promise<void> {
    await Promise.allSettled(this.#asked);
  }

  abstract get snapshot(): Snapshot;

  /** Everything was given to another device: nothing is done here any more. */
  protected abstract rest(): void;

  /** Whether it would open the lock, if there is one. @throws Problem `lock-wait`, `passkey-failed` */
  protected abstract proves(proof: Proof): Promise<boolean>;

  /** @throws Problem `not-active` where this tab has none */
  protected abstract engine(): Promise<ActiveEngine>;
}

/** What begins when its script is there, and may be given up before that. */
function startedLater(
  begin: () => Promise<{ close(): void }>,
  fail: (problem: ProblemCode) => void
): { close(): void } {
  let begun: { close(): void } | null = null;
  let wanted = true;
  begin().then(
    (it) => {
      begun = it;
      if (!wanted) it.close();
    },
    (error: unknown) => {
      if (wanted) fail(problemOf(error));
    }
  );
  return {
    close: () => {
      wanted = false;
      begun?.close();
    }
  };
}
