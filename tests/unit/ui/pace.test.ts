import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { STARTING } from '../../../src/lib/engine/environment.ts';
import type { Snapshot } from '../../../src/lib/engine/api.ts';
import { follow } from '../../../src/lib/ui/pace.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

class Changing {
  snapshot: Snapshot = { ...STARTING, phase: 'active' };
  readonly #listeners = new Set<(snapshot: Snapshot) => void>();

  subscribe(listener: (snapshot: Snapshot) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  become(change: Partial<Snapshot>): void {
    this.snapshot = { ...this.snapshot, ...change };
    for (const listener of this.#listeners) listener(this.snapshot);
  }
}

function painted() {
  const engine = new Changing();
  const pictures: string[] = [];
  const stop = follow(engine, ({ phase, name }) => pictures.push(`${phase} ${name}`));
  return { engine, pictures, stop };
}

test('many changes are few pictures, and the last one is painted', () => {
  const { engine, pictures } = painted();
  for (const name of ['a', 'b', 'c', 'd']) engine.become({ name });
  expect(pictures).toEqual(['active ', 'active a']);
  vi.advanceTimersByTime(1_000);
  expect(pictures).toEqual(['active ', 'active a', 'active d']);
});

test('an engine that goes and comes again between two pictures is seen to have gone', () => {
  const { engine, pictures } = painted();
  engine.become({ name: 'a' });
  engine.become({ phase: 'starting' });
  engine.become({ phase: 'active' });
  expect(pictures).toEqual(['active ', 'active a', 'starting a', 'active a']);
});

test('nothing is painted after the end', () => {
  const { engine, pictures, stop } = painted();
  for (const name of ['a', 'b']) engine.become({ name });
  stop();
  engine.become({ name: 'c' });
  vi.advanceTimersByTime(1_000);
  expect(pictures).toEqual(['active ', 'active a']);
});
