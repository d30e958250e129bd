/**
 * What the contract suites need, without a test framework: they run under Vitest and inside a browser's page.
 */
import { hex } from '../../src/lib/bytes.ts';
import type { Clock } from '../../src/lib/clock.ts';

/** One clause of a contract. `bench` makes the adapters that it speaks of. */
export interface Clause<Bench> {
  readonly name: string;
  readonly run: (bench: Bench) => Promise<void>;
}

/** A failure that is told from what happened instead after this long. */
const PATIENCE_MS = 15_000;

export function ensure(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new Error(sentence);
}

/** Equal in all that JSON and bytes can say. */
export function same(actual: unknown, expected: unknown, what: string): void {
  const [is, should] = [text(actual), text(expected)];
  ensure(is === should, `${what}: it is ${short(is)}, but should be ${short(should)}`);
}

/** What `work` was rejected with. */
export async function rejection(work: Promise<unknown>): Promise<Error> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
  throw new Error('it was not rejected');
}

/** Keeps the events of one listener, and waits for those that have not come yet. */
export class Recorder<Event extends { readonly kind: string }> {
  readonly events: Event[] = [];
  readonly #name: string;
  readonly #reactions: ((event: Event) => void)[] = [];
  #heard = (): void => undefined;

  constructor(name: string) {
    this.#name = name;
  }

  readonly listener = (event: Event): void => {
    this.events.push(event);
    for (const reaction of this.#reactions) reaction(event);
    this.#heard();
  };

  /** Does this too with every event from now on. */
  also(reaction: (event: Event) => void): void {
    this.#reactions.push(reaction);
  }

  of<K extends Event['kind']>(kind: K): Extract<Event, { kind: K }>[] {
    return this.events.filter((event): event is Extract<Event, { kind: K }> => event.kind === kind);
  }

  get kinds(): string[] {
    return this.events.map(({ kind }) => kind);
  }

  /** Waits for the `count`th event of a kind, and gives it. */
  async next<K extends Event['kind']>(kind: K, count = 1): Promise<Extract<Event, { kind: K }>> {
    const late = setTimeout(() => {
      this.#heard();
    }, PATIENCE_MS);
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      const event = this.of(kind)[count - 1];
      if (event !== undefined) {
        clearTimeout(late);
        return event;
      }
      const heard = this.kinds.slice(-20).join(', ');
      ensure(Date.now() < end, `${this.#name} heard no ${kind} number ${String(count)}, but: ${heard}`);
      await new Promise<void>((resolve) => {
        this.#heard = resolve;
      });
    }
  }
}

export const realClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => {
      clearTimeout(timer);
    };
  }
};

export function realRandom(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length));
}

/** Only to see that nothing comes: there is no event to wait for. */
export function silence(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function text(value: unknown): string {
  if (value === undefined) return 'undefined';
  const json = JSON.stringify(value, (_, inner: unknown) => {
    if (inner instanceof Uint8Array) return hex(inner);
    // The order of properties says nothing.
    const plain = typeof inner === 'object' && inner !== null && !Array.isArray(inner);
    return plain ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner;
  });
  return json;
}

function short(json: string): string {
  return json.length > 300 ? `${json.slice(0, 300)}…` : json;
}
