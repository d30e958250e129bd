import type { ConversationId, Engine, SearchHit } from '../engine/api.ts';
import { unburnt } from './search.ts';

/** Somebody who writes on wants no answer to half a word. */
const pauseMs = 120;
const enough = 50;
/** What is shown is looked for again this long after something has changed, or later where looking takes long. */
const renewalMs = 400;
const rest = 3;
/** The clock may jump: they are looked at this often. */
const longestNap = 1_000;

/** One search field and what was found in the messages for it. The engine is asked again whenever the words change. */
export class SearchView {
  readonly #engine: () => Engine;
  #hits = $state.raw<readonly SearchHit[]>([]);
  #busy = $state(false);
  #query = $state('');
  #running: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #burning: ReturnType<typeof setTimeout> | undefined;
  #renewal: ReturnType<typeof setTimeout> | undefined;
  #unsubscribe: (() => void) | null = null;
  /** How long the last search took. */
  #took = 0;

  constructor(engine: () => Engine) {
    this.#engine = engine;
  }

  /** Newest first. */
  get hits(): readonly SearchHit[] {
    return this.#hits;
  }

  get busy(): boolean {
    return this.#busy;
  }

  /** What the hits are for. */
  get query(): string {
    return this.#query;
  }

  /** Everywhere, or in one conversation alone. */
  readonly ask = (query: string, conversation?: ConversationId): void => {
    this.close();
    this.#query = query.trim();
    if (this.#query === '') {
      this.#show([]);
      return;
    }
    this.#busy = true;
    this.#unsubscribe = this.#engine().subscribe(() => {
      this.#renew(conversation);
    });
    this.#timer = setTimeout(() => void this.#look(this.#query, conversation), pauseMs);
  };

  readonly close = (): void => {
    clearTimeout(this.#timer);
    clearTimeout(this.#renewal);
    this.#renewal = undefined;
    this.#unsubscribe?.();
    this.#unsubscribe = null;
    this.#running?.abort();
    this.#running = null;
    this.#busy = false;
  };

  /** Something was said or has gone: once more, while what was found before is still shown. */
  #renew(conversation: ConversationId | undefined): void {
    this.#renewal ??= setTimeout(
      () => {
        this.#renewal = undefined;
        if (this.#running === null) void this.#look(this.#query, conversation, true);
        else this.#renew(conversation);
      },
      Math.max(renewalMs, this.#took * rest)
    );
  }

  async #look(query: string, conversation: ConversationId | undefined, again = false): Promise<void> {
    const running = new AbortController();
    this.#running = running;
    const begun = performance.now();
    const take = (hits: readonly SearchHit[]): void => {
      if (!running.signal.aborted) this.#show(hits);
    };
    try {
      const options = { limit: enough, signal: running.signal, ...(!again && { listener: take }) };
      take(
        await this.#engine().search(
          query,
          conversation === undefined ? options : { ...options, conversation }
        )
      );
    } catch {
      // Given up, or another tab took over: there is nobody left to look at it.
      take([]);
    } finally {
      this.#took = performance.now() - begun;
      if (this.#running === running) {
        this.#running = null;
        this.#busy = false;
      }
    }
  }

  /** What is over its deadline is found no more, whether the engine says so or not (protocol, section 10). */
  #show(hits: readonly SearchHit[]): void {
    clearTimeout(this.#burning);
    this.#hits = unburnt(hits, Date.now());
    const next = Math.min(...this.#hits.map(({ deadline }) => deadline ?? Infinity));
    if (next === Infinity) return;
    this.#burning = setTimeout(
      () => {
        this.#show(this.#hits);
      },
      Math.min(next - Date.now(), longestNap)
    );
  }
}
