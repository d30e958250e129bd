import { describe, expect, it } from 'vitest';
import { Turns, type Share } from '../../signaling/turns.ts';

/** Turns that end when they are told to. */
function make(framesPerTurn = 4, framesInLinePerTurn = 10) {
  const ends: (() => void)[] = [];
  const turns = new Turns({ framesPerTurn, framesInLinePerTurn }, (end) => ends.push(end));
  const end = (): void => {
    for (const one of ends.splice(0)) one();
  };
  const share: Share = { spent: 0, turn: 0 };
  return { turns, end, share, pending: () => ends.length };
}

describe('the share of an address', () => {
  it('is there again in the next turn', () => {
    const { turns, end, share } = make();
    expect(turns.room(share)).toBe(4);
    share.spent += 4;
    expect(turns.room(share)).toBe(0);
    end();
    expect(turns.room(share)).toBe(4);
  });

  it('is lent: what was costly is paid for in the turns that follow', () => {
    const { turns, end, share } = make();
    turns.room(share);
    share.spent += 11;
    const rooms = [1, 2, 3, 4].map(() => {
      end();
      return turns.room(share);
    });
    expect(rooms).toEqual([-3, 1, 4, 4]);
  });

  it('is nobody else’s', () => {
    const { turns, share } = make();
    share.spent = 4;
    expect(turns.room({ spent: 0, turn: 0 })).toBe(4);
  });
});

describe('the line', () => {
  it('is served in order, a little in each turn, and whoever has more to do stands at its end again', () => {
    const { turns, end, pending } = make();
    const done: string[] = [];
    const person = (name: string, times: number): (() => number) => {
      const work = (): number => {
        done.push(name);
        if (--times > 0) turns.inLine(work);
        return 6;
      };
      return work;
    };
    turns.inLine(person('greedy', 3));
    turns.inLine(person('ada', 1));
    turns.inLine(person('bob', 1));
    expect(done).toEqual([]);
    end();
    expect(done).toEqual(['greedy', 'ada']);
    end();
    expect(done).toEqual(['greedy', 'ada', 'bob', 'greedy']);
    end();
    expect(done).toEqual(['greedy', 'ada', 'bob', 'greedy', 'greedy']);
    end();
    expect(pending()).toBe(0);
  });
});
