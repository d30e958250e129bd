/**
 * Two people who write to each other without a pause while everything that ends connections happens to them, in an
 * order that a seed decides; and the count of what became of their words. Everything goes through what a person has:
 * the composer, the log. (Nothing is imported that runs in the page as well.)
 */
import { breakable, changeNetwork, cut, freeze, sleep, strand, strandServer } from './faults.ts';
import type { Person } from './person.ts';
import type { Server } from './server.ts';

export const FAULTS = [
  'reload',
  'killed tab',
  'killed browser',
  'closed connection',
  'dead path',
  'dead network',
  'other network',
  'server restart',
  'frozen tab',
  'sleep',
  'other tab'
] as const;
export type Fault = (typeof FAULTS)[number];

/** Of sleeping and of being frozen. */
const STILL_MS = { least: 500, most: 9_000 };
const PATIENCE_MS = 60_000;

export interface Interruption {
  readonly fault: Fault;
  readonly who: string;
  /** From its end until what each side has written since is acknowledged by the other. */
  readonly ms: number;
}

export interface Tally {
  readonly written: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly outOfOrder: number;
}

declare global {
  interface Window {
    talk: {
      /** Writes numbered messages, each when the one before is in the log. Resolves to the number of the last. */
      write(first: number, count: number): Promise<number>;
      /** Lets the writing end after the message that is being written. */
      stop(): void;
      /** The highest number of one's own that is in the log; 0: none. */
      newest(): Promise<number>;
      /** Writes them as fast as the composer takes them. */
      hurry(first: number, count: number): Promise<number>;
      /** Milliseconds from the return of the other side until it has this message. */
      caughtUp(number: number): Promise<number>;
      /** Resolves when the other side has this message. */
      delivered(number: number): Promise<void>;
      /** The texts of the whole history, oldest first, by scrolling up to its beginning. */
      history(): Promise<readonly string[]>;
    };
    noteShown(number: number): Promise<void>;
  }
}

/** One of the two, at work. */
export class Talker {
  readonly person: Person;
  /** What this side's list calls the other. */
  readonly #other: string;
  written = 0;
  /** The highest number that was seen in the own log: nothing may take it away again. */
  #shown = 0;

  constructor(person: Person, other: string) {
    this.person = person;
    this.#other = other;
  }

  /** Before the browser's pages are opened. */
  async prepare(): Promise<void> {
    const { context, name } = this.person;
    await breakable(context);
    await context.exposeBinding('noteShown', (_, number: number) => {
      this.#shown = Math.max(this.#shown, number);
    });
    await context.addInitScript(talkative, name);
  }

  async write(count: number): Promise<void> {
    const range = [this.written + 1, count] as const;
    this.written = await this.person.page.evaluate(([first, many]) => window.talk.write(first, many), range);
  }

  /** As {@link write}, but does not look at the log. */
  async hurry(count: number): Promise<void> {
    const range = [this.written + 1, count] as const;
    this.written = await this.person.page.evaluate(([first, many]) => window.talk.hurry(first, many), range);
  }

  delivered(): Promise<void> {
    return this.person.page.evaluate((number) => window.talk.delivered(number), this.written);
  }

  /** Milliseconds from the return of the other side until it has everything. */
  caughtUp(): Promise<number> {
    return this.person.page.evaluate((number) => window.talk.caughtUp(number), this.written);
  }

  async stop(): Promise<void> {
    await this.person.page.evaluate(() => {
      window.talk.stop();
    });
  }

  /** Writes a message and waits until the other side has it. */
  async reach(): Promise<void> {
    await this.write(1);
    await this.delivered();
  }

  /** Until this message is in the own log. */
  async reaches(number: number): Promise<void> {
    while (this.#shown < Math.floor(number)) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  async open(): Promise<void> {
    await this.person.open();
    await this.enter();
  }

  async enter(): Promise<void> {
    await this.person.conversation(this.#other).click();
    await this.goOn();
  }

  /** Goes on after what the log has. */
  async goOn(): Promise<void> {
    const newest = await this.person.page.evaluate(() => window.talk.newest());
    if (newest < this.#shown)
      throw new Error(`${this.person.name} had ${String(this.#shown)} in the log, and now ${String(newest)}`);
    this.written = newest;
  }

  history(): Promise<readonly string[]> {
    return this.person.page.evaluate(() => window.talk.history());
  }
}

/** Runs in the page. */
function talkative(name: string): void {
  const own = new RegExp(`^${name} (\\d+)\\b`);
  const log = (): HTMLElement | null => document.querySelector('[role=log]');
  const numberOf = (paragraph: HTMLElement | undefined): number =>
    Number(own.exec(paragraph?.textContent ?? '')?.[1] ?? 0);
  const texts = (): HTMLElement[] => [...(log()?.querySelectorAll<HTMLElement>('article p') ?? [])];
  const shown = (number: number): HTMLElement | undefined =>
    texts().findLast((paragraph) => numberOf(paragraph) === number);
  const until = async <T>(look: () => T | undefined | null | false): Promise<T> => {
    for (;;) {
      const found = look();
      if (found !== undefined && found !== null && found !== false) return found;
      await new Promise((resolve) => setTimeout(resolve, 4));
    }
  };
  const textOf = (number: number): string =>
    `${name} ${String(number)} ${'says something. '.repeat(number % 7)}`.trim();
  /** To the end of the queue, without the delay of a timer. */
  const turn = (): Promise<void> =>
    new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        resolve();
        port1.close();
      };
      port2.postMessage(0);
    });
  /** As a person does: a text in the field, and Enter. */
  const type = (field: HTMLTextAreaElement, text: string): void => {
    field.value = text;
    field.dispatchEvent(new Event('input', { bubbles: true }));
    field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
  };
  const climb = (): void => {
    log()?.scrollTo(0, 0);
  };
  const isRead = (): boolean => log()?.ariaBusy === 'false';
  const frame = (): Promise<unknown> => new Promise(requestAnimationFrame);
  /** Of a long history only a part is in the log at a time, and it opens at what was not read yet. */
  const descend = async (): Promise<void> => {
    await until(isRead);
    for (;;) {
      await frame();
      await frame();
      const jump = log()?.parentElement?.querySelector<HTMLElement>('.jump');
      if (!jump) return;
      jump.click();
    }
  };
  let writing = new AbortController();
  window.talk = {
    async write(first, count) {
      writing = new AbortController();
      let number = first;
      for (; number < first + count && !writing.signal.aborted; number++) {
        const field = await until(() => document.querySelector('textarea'));
        type(field, textOf(number));
        await until(() => shown(number));
        void window.noteShown(number);
      }
      return number - 1;
    },
    async hurry(first, count) {
      for (let number = first; number < first + count; number++) {
        const field = await until(() => document.querySelector('textarea'));
        type(field, textOf(number));
        while (field.value !== '') await turn();
      }
      return first + count - 1;
    },
    async caughtUp(number) {
      const status = await until(() => document.querySelector('[role=status][aria-label=Connection]'));
      await until(() => status.textContent.trim().startsWith('Connected'));
      const start = performance.now();
      await window.talk.delivered(number);
      return performance.now() - start;
    },
    stop() {
      writing.abort();
    },
    async newest() {
      await descend();
      return until(() => {
        const newest = texts().findLast((paragraph) => numberOf(paragraph) > 0);
        if (newest) return numberOf(newest);
        climb();
        return log()?.querySelector('.beginning') ? 0 : null;
      });
    },
    async delivered(number) {
      await until(() => {
        const state = shown(number)?.closest('article')?.querySelector('.mark')?.textContent ?? '';
        return /Delivered|Read/.test(state);
      });
    },
    async history() {
      await descend();
      // What comes above it is older.
      const known = new Set<string>();
      const found: string[] = [];
      await until(() => {
        const above: string[] = [];
        for (const article of log()?.querySelectorAll<HTMLElement>('article') ?? []) {
          const id = article.dataset.message ?? '';
          if (!known.has(id)) above.push(article.querySelector('p')?.textContent ?? '');
          known.add(id);
        }
        found.unshift(...above);
        const beginning = log()?.querySelector('.beginning');
        if (!beginning) climb();
        return beginning;
      });
      return found;
    }
  };
}

export interface Conditions {
  readonly talkers: readonly [Talker, Talker];
  readonly server: Server;
  /** 0 to 1 */
  readonly random: () => number;
}

export interface SoakOptions extends Conditions {
  readonly messages: number;
  readonly disconnects: number;
  readonly onInterruption: (done: Interruption, count: number) => void;
}

export async function soak(options: SoakOptions): Promise<readonly Interruption[]> {
  const { talkers, messages, disconnects, random, onInterruption } = options;
  const both = (work: (talker: Talker) => Promise<void>): Promise<unknown> => Promise.all(talkers.map(work));
  const out: Interruption[] = [];
  // As cards are dealt: each kind comes before one of them comes again.
  const deck: Fault[] = [];
  for (let count = 1; count <= disconnects; count++) {
    // By the end of this turn so many; what a dying page does not get written it writes later.
    const target = Math.ceil((messages * count) / disconnects / 2);
    const victim = talkers[random() < 0.5 ? 0 : 1];
    if (deck.length === 0) deck.push(...FAULTS);
    const [fault = 'reload'] = deck.splice(Math.floor(random() * deck.length), 1);
    // Both write, and somewhere in the middle of it the fault begins.
    const middle = victim.written + random() * (target - victim.written);
    const begun = both((talker) => talker.write(target - talker.written).catch(() => undefined));
    await within(victim.reaches(middle), `writing before ${fault}, number ${String(count)}`);
    const ms = await endure(fault, victim, options, begun);
    await both((talker) => talker.write(Math.max(0, target - talker.written)));
    const done = { fault, who: victim.person.name, ms };
    out.push(done);
    onInterruption(done, count);
  }
  await within(
    both((talker) => talker.reach()),
    'the last acknowledgement'
  );
  return out;
}

/** One interruption. Resolves to the time from its end until each side has reached the other again. */
export async function endure(
  fault: Fault,
  victim: Talker,
  conditions: Conditions,
  writing: Promise<unknown> = Promise.resolve()
): Promise<number> {
  const { talkers } = conditions;
  const { ended, opened } = await interrupt(fault, victim, conditions);
  await within(opened(), `the end of ${fault} (${victim.person.name})`);
  await Promise.all(talkers.map((talker) => talker.stop()));
  await within(writing, `a pause in writing after ${fault}`);
  const reached = Promise.all(talkers.map((talker) => talker.reach()));
  await within(reached, `an acknowledgement after ${fault} (${victim.person.name})`);
  return performance.now() - ended;
}

/** When the interruption was over, and what its victim has to do then. */
interface Ended {
  readonly ended: number;
  readonly opened: () => Promise<void>;
}

async function interrupt(
  fault: Fault,
  talker: Talker,
  { talkers, server, random }: Conditions
): Promise<Ended> {
  const { person } = talker;
  const others = talkers.filter((other) => other !== talker).map((other) => other.person);
  const over = (opened: () => Promise<void> = () => Promise.resolve()): Ended => ({
    ended: performance.now(),
    opened
  });
  const still = (): Promise<void> =>
    new Promise((resolve) =>
      setTimeout(resolve, STILL_MS.least + random() * (STILL_MS.most - STILL_MS.least))
    );
  switch (fault) {
    case 'reload': {
      const ended = performance.now();
      await person.page.reload();
      return { ended, opened: () => talker.goOn() };
    }
    case 'killed tab':
      await person.killTab();
      return over(() => talker.open());
    case 'killed browser':
      await person.killBrowser();
      await person.start();
      await talker.prepare();
      return over(() => talker.open());
    case 'closed connection':
      await cut(person);
      return over();
    case 'dead path':
      await strand(person, ...others);
      return over();
    case 'dead network':
      await strand(person, ...others);
      await strandServer(person);
      return over();
    case 'other network':
      await changeNetwork(person, others);
      return over();
    case 'server restart':
      await server.kill();
      if (random() < 0.5) await strand(person, ...others);
      await server.start();
      return over();
    case 'frozen tab': {
      const thaw = await freeze(person);
      await still();
      await thaw();
      return over();
    }
    case 'sleep': {
      const wake = await sleep(person);
      await still();
      wake();
      return over();
    }
    case 'other tab': {
      const [old, tab] = [person.page, await person.newTab()];
      person.use(tab);
      await tab.getByRole('button', { name: 'Use it here' }).click();
      const ended = performance.now();
      await old.close();
      return { ended, opened: () => talker.enter() };
    }
  }
}

/** What became of one writer's words in one history. */
export function tally(history: readonly string[], writer: string, written: number): Tally {
  const numbers = history.flatMap((text) => {
    const match = new RegExp(`^${writer} (\\d+)\\b`).exec(text);
    return match ? [Number(match[1])] : [];
  });
  const there = new Set(numbers);
  return {
    written,
    lost: Array.from({ length: written }, (_, at) => at + 1).filter((number) => !there.has(number)).length,
    duplicated: numbers.length - there.size,
    outOfOrder: numbers.filter((number, at) => number < (numbers[at - 1] ?? 0)).length
  };
}

function within<T>(work: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`No sign of ${what} in ${String(PATIENCE_MS / 1_000)} s`));
    }, PATIENCE_MS);
  });
  return Promise.race([work, late]).finally(() => {
    clearTimeout(timer);
  });
}
