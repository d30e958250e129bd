import type { ConversationId, ConversationSummary, MessageId } from '../engine/api.ts';
import type { App } from './app.svelte.ts';
import { TimelineView } from './timeline.svelte.ts';

/** The open conversation: its history, and what its user may want. Every intention is bound to this conversation. */
export class ConversationView {
  readonly id: ConversationId;
  readonly timeline: TimelineView;
  readonly #app: App;

  constructor(app: App, id: ConversationId) {
    this.id = id;
    this.#app = app;
    this.timeline = new TimelineView(app.engine, id);
  }

  get summary(): ConversationSummary | undefined {
    return this.#app.snapshot.conversations.find(({ id }) => id === this.id);
  }

  /** Resolves to false when it was refused; the notice says why. */
  readonly send = async (text: string): Promise<boolean> =>
    (await this.#app.attempt(this.#app.engine.send(this.id, text).then(() => true))) ?? false;

  readonly keepDraft = (text: string): void => {
    this.#app.engine.setDraft(this.id, text);
  };

  readonly setTimer = (seconds: number): void => {
    void this.#app.attempt(this.#app.engine.setTimer(this.id, seconds));
  };

  readonly rename = (title: string): void => {
    void this.#app.attempt(this.#app.engine.setTitle(this.id, title));
  };

  readonly deleteForMe = (message: MessageId): void => {
    void this.#app.attempt(this.#app.engine.deleteForMe(this.id, message));
  };

  readonly deleteForEveryone = (message: MessageId): void => {
    void this.#app.attempt(this.#app.engine.deleteForEveryone(this.id, message));
  };

  close(): void {
    this.timeline.close();
  }
}
