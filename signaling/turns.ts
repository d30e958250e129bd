/**
 * Who is served when: Node does everything that has come before it looks who else is there, so ten thousand tiny frames of
 * one socket, or five hundred sockets that are opened at once, make everybody else wait. Here an address gets a share of
 * each turn of the event loop, and what is over it waits in line, of which each turn does a little. Costs are in frames.
 * No time, no I/O: the end of a turn is a parameter.
 */
import type { Limits } from './limits.ts';

/** What an address has had lately. */
export interface Share {
  spent: number;
  turn: number;
}

/** Does a part of what there is to do, and returns what it has cost. */
export type Work = () => number;

export class Turns {
  readonly #limits: Pick<Limits, 'framesPerTurn' | 'framesInLinePerTurn'>;
  readonly #atEnd: (end: () => void) => void;
  readonly #line = new Set<Work>();
  #turn = 0;
  #ends = false;

  constructor(
    limits: Pick<Limits, 'framesPerTurn' | 'framesInLinePerTurn'>,
    atEnd: (end: () => void) => void = setImmediate
  ) {
    this.#limits = limits;
    this.#atEnd = atEnd;
  }

  /** How much of this turn is left for it; nothing, or less, when it has had more than its share of the last ones. */
  room(share: Share): number {
    const { framesPerTurn } = this.#limits;
    this.#count();
    share.spent = Math.max(0, share.spent - framesPerTurn * (this.#turn - share.turn));
    share.turn = this.#turn;
    return framesPerTurn - share.spent;
  }

  /** In a later turn, after all who are in line already. */
  inLine(work: Work): void {
    this.#line.add(work);
    this.#count();
  }

  #count(): void {
    if (this.#ends) return;
    this.#ends = true;
    this.#atEnd(() => {
      this.#end();
    });
  }

  #end(): void {
    this.#ends = false;
    this.#turn++;
    let left = this.#limits.framesInLinePerTurn;
    // A set is passed through in order, and who stands in line again is at its end.
    for (const work of this.#line) {
      if (left <= 0) break;
      this.#line.delete(work);
      left -= work();
    }
    if (this.#line.size > 0) this.#count();
  }
}
