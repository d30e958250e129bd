import { describe, expect, it } from 'vitest';
import { Backlog } from '../../signaling/backlog.ts';
import { crashOf, createLog } from '../../signaling/log.ts';

const reader = (bufferedAmount: number): { bufferedAmount: number } => ({ bufferedAmount });

describe('what waits for slow readers', () => {
  it('is counted, and counted less when it was read', () => {
    const backlog = new Backlog(100);
    const [a, b] = [reader(30), reader(40)];
    expect([backlog.note(a), backlog.note(b), backlog.bytes]).toEqual([[], [], 70]);
    a.bufferedAmount = 10;
    backlog.note(a);
    backlog.forget(b);
    backlog.forget(b);
    expect(backlog.bytes).toBe(10);
  });

  it('sends the slowest away when it is too much in all, and only as many as that takes', () => {
    const backlog = new Backlog(100);
    const [a, b, c] = [reader(20), reader(70), reader(30)];
    backlog.note(a);
    backlog.note(b);
    expect(backlog.note(c)).toEqual([b]);
    expect(backlog.bytes).toBe(50);
  });

  it('sends nobody away for what was read meanwhile', () => {
    const backlog = new Backlog(100);
    const [a, b] = [reader(90), reader(30)];
    backlog.note(a);
    a.bufferedAmount = 0;
    expect([backlog.note(b), backlog.bytes]).toEqual([[], 30]);
  });
});

describe('the log', () => {
  it('leaves out what is below its level', () => {
    const lines: string[] = [];
    const log = createLog(
      'warn',
      (text) => lines.push(text),
      () => new Date(0)
    );
    log({ event: 'closing', sockets: 1 });
    log({ event: 'backplane-lost' });
    expect(lines).toEqual(['{"time":"1970-01-01T00:00:00.000Z","level":"warn","event":"backplane-lost"}\n']);
  });

  it('names a crash by its class and place, not by its message', () => {
    const line = JSON.stringify(crashOf(new TypeError('192.0.2.1 sent abab')));
    expect(line).toContain('"error":"TypeError"');
    expect(line).toContain('backlog.test.ts');
    expect(line).not.toMatch(/192|abab/);
    expect(crashOf('192.0.2.1')).toEqual({ event: 'crashed', error: 'string', at: [] });
  });
});
