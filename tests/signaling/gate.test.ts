import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { Gate } from '../../signaling/gate.ts';
import { Turns } from '../../signaling/turns.ts';

const BINARY = 2;
const CLOSE = 8;
const LIMITS = { framesPerTurn: 4, framesInLinePerTurn: 8, frameBytes: 4_129, goodbyeBytes: 1_000 };

/** A frame as a browser sends it, with a mask of zeros. */
function frame(length: number, opcode = BINARY): Buffer {
  const head =
    length < 126
      ? Buffer.of(0x80 | opcode, 0x80 | length)
      : Buffer.of(0x80 | opcode, 0xfe, length >> 8, length & 255);
  return Buffer.concat([head, Buffer.alloc(4), Buffer.alloc(length, length)]);
}

/** A gate before somebody who writes down what it is handed, and in what pieces. */
function make() {
  const ends: (() => void)[] = [];
  const turns = new Turns(LIMITS, (end) => ends.push(end));
  const socket = new Duplex({
    read: () => undefined,
    write: (_chunk, _encoding, done) => {
      done();
    }
  });
  const heard: Buffer[] = [];
  let onHeard = (): void => undefined;
  socket.on('data', (chunk: Buffer) => {
    heard.push(chunk);
    onHeard();
  });
  const ws = {
    ...{ OPEN: WebSocket.OPEN, readyState: WebSocket.OPEN as number, isPaused: false },
    pause: () => {
      ws.isPaused = true;
    },
    resume: () => {
      ws.isPaused = false;
    }
  };
  const dropped: number[] = [];
  const share = { spent: 0, turn: 0 };
  const gate = new Gate({
    ...{ ws: ws as unknown as WebSocket, socket, turns, share, limits: LIMITS },
    onDropped: (frames) => dropped.push(frames)
  });
  return {
    ...{ ws, gate, heard, dropped, socket, share },
    whenHeard: (act: () => void) => (onHeard = act),
    come: (chunk: Buffer) => socket.emit('data', chunk),
    end: () => {
      for (const one of ends.splice(0)) one();
    },
    all: () => Buffer.concat(heard)
  };
}

describe('the gate', () => {
  it('passes on long frames one by one, and no more of them when what was in one has cost the turn', () => {
    const { come, end, heard, share, whenHeard } = make();
    whenHeard(() => (share.spent += 64));
    come(Buffer.concat([1, 2, 3].map(() => frame(2_050))));
    expect(heard).toHaveLength(1);
    end();
    expect(heard).toHaveLength(2);
    end();
    expect(heard).toHaveLength(3);
  });

  it('passes on every byte in order, however it was cut, and no more frames in a turn than there is room for', () => {
    const lengths = fc.array(fc.constantFrom(0, 1, 125, 126, 300, 4_129), { maxLength: 30 });
    fc.assert(
      fc.property(lengths, fc.array(fc.integer({ min: 1, max: 5_000 })), (sizes, cuts) => {
        const { come, end, all, heard } = make();
        const bytes = Buffer.concat(sizes.map((size) => frame(size)));
        let at = 0;
        for (const cut of [...cuts, bytes.length]) {
          if (at < bytes.length) come(bytes.subarray(at, (at += cut)));
        }
        for (const _size of sizes) end();
        expect(all().equals(bytes)).toBe(true);
        expect(Math.max(0, ...heard.map(({ length }) => length))).toBeLessThanOrEqual(4 * (4_129 + 8));
      })
    );
  });

  it('reads nothing more until the line has come to who has sent too much', () => {
    const { come, end, ws, heard } = make();
    come(Buffer.concat(Array.from({ length: 11 }, () => frame(1))));
    expect(heard.map(({ length }) => length / frame(1).length)).toEqual([4]);
    expect(ws.isPaused).toBe(true);
    end();
    end();
    expect(heard.map(({ length }) => length / frame(1).length)).toEqual([4, 4, 3]);
    expect(ws.isPaused).toBe(false);
  });

  it('drops what came together with a frame that was too much, counts it, and goes on at the next', () => {
    const { come, end, gate, ws, heard, dropped, whenHeard } = make();
    whenHeard(() => {
      gate.rest();
    });
    const many = Buffer.concat(Array.from({ length: 20 }, () => frame(7)));
    come(many.subarray(0, many.length - 3));
    expect([heard.length, ...dropped, ws.isPaused]).toEqual([1, 16, true]);
    whenHeard(() => undefined);
    gate.wake();
    expect(ws.isPaused).toBe(false);
    end();
    come(Buffer.concat([many.subarray(-3), frame(5)]));
    expect(heard[1]).toEqual(frame(5));
  });

  it('of a frame that is too long passes on the head only', () => {
    const { come, all, end, ws } = make();
    const long = Buffer.concat([Buffer.of(0x82, 0xff, 0, 0, 0, 0, 0, 16, 0, 0), Buffer.alloc(2_000)]);
    come(long);
    end();
    expect(all().length).toBe(14);
    expect(ws.isPaused).toBe(true);
  });

  it('of who has been told goodbye passes on the goodbye, and does not wait for it for ever', () => {
    const polite = make();
    polite.ws.readyState = WebSocket.CLOSING;
    polite.come(Buffer.concat([frame(9), frame(2, CLOSE), frame(9)]));
    expect(polite.all()).toEqual(frame(2, CLOSE));
    expect(polite.ws.isPaused).toBe(false);

    const greedy = make();
    greedy.ws.readyState = WebSocket.CLOSING;
    greedy.come(Buffer.concat([frame(1_100), frame(2, CLOSE)]));
    expect(greedy.all().length).toBe(0);
    expect(greedy.ws.isPaused).toBe(true);
  });
});
