import { SvelteSet } from 'svelte/reactivity';
import { codeOf } from '../engine/api.ts';
import type {
  ConversationId,
  ConversationSummary,
  Diagnosis,
  MessageId,
  ProblemCode,
  Safety,
  SendOptions,
  TextItem
} from '../engine/api.ts';
import type { App } from './app.svelte.ts';
import type { HalfWritten } from './half-written.ts';
import { intentionsFor, type RowIntentions } from './list.ts';
import { TimelineView } from './timeline.svelte.ts';

/** Whose symbols are to be compared later. Only until the page is closed: it is nothing to keep on a disk. */
const postponed = new SvelteSet<ConversationId>();

/** The open conversation: its history, and what its user may want. Every intention is bound to this conversation. */
export class ConversationView {
  readonly id: ConversationId;
  readonly timeline: TimelineView;
  /** Of its place in the list. */
  readonly place: RowIntentions;
  readonly half: HalfWritten;
  readonly #app: App;
  #safety = $state.raw<Safety | null>(null);
  #diagnosis = $state.raw<Diagnosis | null>(null);

  constructor(app: App, id: ConversationId) {
    this.id = id;
    this.#app = app;
    this.timeline = new TimelineView(app.engine, id);
    this.place = intentionsFor(app, id);
    this.half = app.halfWritten.of(this.summary ?? { id, draft: '', ttl: 0 });
  }

  get summary(): ConversationSummary | undefined {
    return this.#app.snapshot.conversations.find(({ id }) => id === this.id);
  }

  /** Everybody whom words can be passed on to. */
  get everybody(): readonly ConversationSummary[] {
    return this.#app.snapshot.conversations.filter(({ paused }) => !paused);
  }

  get linkWarning(): boolean {
    return this.#app.snapshot.settings.linkWarning;
  }

  /** What the two compare: null until it was asked for and computed. */
  get safety(): Safety | null {
    return this.#safety;
  }

  /** Why they are connected or not; null until it was examined. */
  get diagnosis(): Diagnosis | null {
    return this.#diagnosis;
  }

  /** The user does not want to be asked for a comparison now. */
  get later(): boolean {
    return postponed.has(this.id);
  }

  /** To be called again when the two have met again: their keys may be others. */
  readonly findSafety = (): void => {
    this.#app.engine.safety(this.id).then(
      (safety) => {
        this.#safety = safety;
      },
      // Another tab took over, or the conversation was deleted: there is nobody left to look at it.
      () => undefined
    );
  };

  readonly examine = (): void => {
    this.#app.engine.examine(this.id).then(
      (diagnosis) => {
        this.#diagnosis = diagnosis;
      },
      // Likewise.
      () => undefined
    );
  };

  readonly reconnect = (throughRelay: boolean): void => {
    void this.#app.attempt(this.#app.engine.reconnect(this.id, throughRelay).then(this.examine));
  };

  readonly hideAddress = (hidden: boolean): void => {
    void this.#app.attempt(this.#app.engine.setRelayOnly(this.id, hidden));
  };

  readonly postpone = (): void => {
    postponed.add(this.id);
  };

  /** Resolves to false when it was refused; the notice says why. */
  readonly trust = (trust: ConversationSummary['trust']): Promise<boolean> =>
    this.#done(this.#app.engine.setTrust(this.id, trust));

  /** Goes on with somebody who is not verified (any more), after new keys or a comparison that failed. */
  readonly goOn = (): void => {
    this.postpone();
    const { engine } = this.#app;
    const { reset = false, forked = false } = this.summary ?? {};
    void this.#app.attempt(reset || forked ? engine.acceptReset(this.id) : engine.setTrust(this.id, 'new'));
  };

  /** Resolves to whether a scanned code is this contact's, or to what is wrong with it. */
  readonly scan = async (code: string): Promise<boolean | { readonly code: ProblemCode | null }> => {
    try {
      return await this.#app.engine.scanned(this.id, code);
    } catch (reason) {
      return { code: codeOf(reason) };
    }
  };

  /** Resolves to false when it was refused; the notice says why. */
  readonly send = (text: string, options?: SendOptions): Promise<boolean> =>
    this.#done(this.#app.engine.send(this.id, text, options));

  readonly edit = (message: MessageId, text: string): Promise<boolean> =>
    this.#done(this.#app.engine.edit(this.id, message, text));

  /** '' takes the own reaction back. */
  readonly react = (message: MessageId, emoji: string): void => {
    void this.#app.attempt(this.#app.engine.react(this.id, message, emoji));
  };

  /** The words of a message to be viewed once, which are nowhere any more; undefined: they were gone before. */
  readonly viewOnce = (message: MessageId): Promise<string | undefined> =>
    this.#app.attempt(this.#app.engine.viewOnce(this.id, message));

  /** Says the same words to somebody else, in the order in which they were said. Resolves to what could not be sent. */
  readonly forward = async (to: ConversationId, items: readonly TextItem[]): Promise<readonly TextItem[]> => {
    for (const [index, { text }] of items.entries()) {
      if (!(await this.#done(this.#app.engine.send(to, text, { forwarded: true }))))
        return items.slice(index);
    }
    return [];
  };

  readonly keepDraft = (text: string): void => {
    this.#app.engine.setDraft(this.id, text);
  };

  readonly setTimer = (seconds: number): void => {
    void this.#app.attempt(this.#app.engine.setTimer(this.id, seconds));
  };

  readonly deleteForMe = (message: MessageId): void => {
    void this.#app.attempt(this.#app.engine.deleteForMe(this.id, message));
  };

  readonly deleteForEveryone = (message: MessageId): void => {
    void this.#app.attempt(this.#app.engine.deleteForEveryone(this.id, message));
  };

  async #done(action: Promise<void>): Promise<boolean> {
    return (await this.#app.attempt(action.then(() => true))) ?? false;
  }

  close(): void {
    this.timeline.close();
  }
}
