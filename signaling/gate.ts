/**
 * What a WebSocket sends, on its way to the library: whole frames, and in each turn no more than its address has a share
 * of (turns.ts). The library by itself handles all that one read has brought, up to 64 KiB, before anybody else is served,
 * and goes on with it when the socket is paused, closed or destroyed meanwhile. Only the heads of frames are looked at
 * (RFC 6455, section 5.2); what they mean, and whether they are right, is the library's.
 */
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Limits } from './limits.ts';
import type { Share, Turns } from './turns.ts';

const EMPTY = Buffer.alloc(0);
const CLOSE = 0x08;
/** Opcode, length, mask. */
const LONGEST_HEAD = 14;
/** Bytes of frames that are passed on as one. */
const TOGETHER = 1_024;

type Feed = (chunk: Buffer) => void;

export interface GateOptions {
  readonly ws: WebSocket;
  readonly socket: Duplex;
  readonly turns: Turns;
  readonly share: Share;
  readonly limits: Pick<Limits, 'frameBytes' | 'framesPerTurn' | 'goodbyeBytes'>;
  /** So many frames went no further, because the socket rests. */
  readonly onDropped: (frames: number) => void;
}

export class Gate {
  readonly #options: GateOptions;
  readonly #feed: Feed;
  /** It has been read, and has not been passed on. */
  #chunk: Buffer = EMPTY;
  /** Bytes that are still to come of a frame whose beginning was passed on, or dropped. */
  #missing = 0;
  #missingPasses = true;
  #inLine = false;
  #rests = false;
  /** The library has had the last that it wants. */
  #over = false;
  #goodbye: number;
  readonly #work = (): number => {
    this.#inLine = false;
    return this.#go(this.#options.limits.framesPerTurn);
  };

  constructor(options: GateOptions) {
    const { socket, limits } = options;
    this.#options = options;
    this.#goodbye = limits.goodbyeBytes;
    // The library listens to what comes; from now on it hears it from here.
    const listeners = socket.listeners('data') as Feed[];
    for (const listener of listeners) socket.off('data', listener);
    this.#feed = (chunk) => {
      for (const listener of listeners) listener.call(socket, chunk);
    };
    socket.on('data', (chunk: Buffer) => {
      this.#read(chunk);
    });
    // Before its own listener, which would still handle what has been read and not been asked for.
    socket.prependListener('close', () => {
      this.#over = true;
      this.#chunk = EMPTY;
      socket.read();
    });
  }

  get rests(): boolean {
    return this.#rests;
  }

  /** What has come is dropped, and nothing more is read until it wakes. */
  rest(): void {
    this.#rests = true;
    this.#options.ws.pause();
  }

  wake(): void {
    this.#rests = false;
    if (!this.#inLine) this.#options.ws.resume();
  }

  #read(chunk: Buffer): void {
    if (this.#over) {
      this.#readNoMore(chunk.length);
      return;
    }
    this.#chunk = this.#chunk.length === 0 ? chunk : Buffer.concat([this.#chunk, chunk]);
    if (this.#inLine) return;
    const { turns, share } = this.#options;
    const room = turns.room(share);
    if (room > 0) this.#go(room);
    else this.#wait();
  }

  /** Passes on so many frames, and says what they have cost. The others wait in line. */
  #go(frames: number): number {
    const { ws, turns, share } = this.#options;
    const before = turns.room(share);
    const cost = (): number => before - turns.room(share);
    const mayPass = (): boolean => ws.readyState === ws.OPEN && !this.#rests;
    this.#finish();
    // What was in a frame may have cost more than itself.
    for (
      let goesOn = mayPass();
      goesOn;
      goesOn = mayPass() && cost() < frames && this.#lengthAt(0) !== null
    ) {
      this.#pass(frames - cost());
    }
    // It may have been closed, or put to rest, by what was passed on.
    if (!mayPass()) this.#drop();
    if (this.#lengthAt(0) !== null) this.#wait();
    else if (ws.isPaused && !this.#rests && this.#goodbye >= 0) ws.resume();
    return cost();
  }

  #wait(): void {
    this.#inLine = true;
    this.#options.ws.pause();
    this.#options.turns.inLine(this.#work);
  }

  /** The rest of a frame goes where its beginning went. */
  #finish(): void {
    const length = Math.min(this.#missing, this.#chunk.length);
    if (length === 0) return;
    const part = this.#take(length);
    this.#missing -= length;
    if (this.#missingPasses) this.#feed(part);
  }

  /** So many at most, and of long ones one: it may be a lot of work. */
  #pass(frames: number): void {
    const { share, socket, limits } = this.#options;
    let at = 0;
    let passed = 0;
    while (passed < frames && at < TOGETHER && !this.#over) {
      const length = this.#lengthAt(at);
      if (length === null) break;
      passed++;
      // Its head is all that the library needs to refuse it.
      this.#over = length > limits.frameBytes + LONGEST_HEAD;
      at += this.#over ? LONGEST_HEAD : length;
    }
    // To read less than a frame is work as well.
    share.spent += Math.max(1, passed);
    if (passed === 0) return;
    const part = this.#take(Math.min(at, this.#chunk.length));
    this.#missing = at - part.length;
    this.#missingPasses = true;
    // What the library answers by itself, pongs, goes out together.
    socket.cork();
    this.#feed(part);
    socket.uncork();
    if (this.#over) this.#readNoMore(this.#chunk.length);
  }

  /** Only a goodbye is still passed on. */
  #drop(): void {
    const { onDropped } = this.#options;
    let dropped = 0;
    for (let length; !this.#over && (length = this.#lengthAt(0)) !== null;) {
      const isGoodbye = ((this.#chunk[0] ?? 0) & 0x0f) === CLOSE && length <= this.#chunk.length;
      const part = this.#take(Math.min(length, this.#chunk.length));
      this.#missing = length - part.length;
      this.#missingPasses = false;
      if (isGoodbye) {
        this.#over = true;
        this.#feed(part);
      } else dropped++;
      if (!this.#rests) this.#readNoMore(part.length);
    }
    if (this.#rests && dropped > 0) onDropped(dropped);
  }

  /** Who has been told goodbye and goes on is not read any more. */
  #readNoMore(length: number): void {
    this.#goodbye -= length;
    if (this.#over) this.#chunk = EMPTY;
    if (this.#goodbye >= 0) return;
    this.#over = true;
    this.#chunk = EMPTY;
    this.#options.ws.pause();
  }

  #take(length: number): Buffer {
    const chunk = this.#chunk;
    this.#chunk = length === chunk.length ? EMPTY : chunk.subarray(length);
    return length === chunk.length ? chunk : chunk.subarray(0, length);
  }

  /** Of the frame that begins there, with its head; null: that is not to be seen yet. */
  #lengthAt(at: number): number | null {
    const chunk = this.#chunk;
    const second = chunk[at + 1];
    if (second === undefined) return null;
    const mask = second >= 0x80 ? 4 : 0;
    const length = second & 0x7f;
    if (length < 126) return 2 + mask + length;
    if (length === 126) return at + 4 > chunk.length ? null : 4 + mask + chunk.readUInt16BE(at + 2);
    if (at + 10 > chunk.length) return null;
    return 10 + mask + chunk.readUInt32BE(at + 2) * 2 ** 32 + chunk.readUInt32BE(at + 6);
  }
}
