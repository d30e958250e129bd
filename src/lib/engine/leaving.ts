/**
 * The old device (backup/README.md, "Moving"): it meets the one that shows a code, sends everything, and gives it away.
 * From the first word of it on nobody else is spoken to from here: what arrived meanwhile would be in no history.
 *
 *   meeting --a session--> packing --OFFER--> sending --READY--> marking --the mark is on the disk, YOURS--> given --DONE--> gone, surely
 *      \-- 45 s --------------\------------------\-- the session ends, STOP, close --> failed: all goes on here    \-- the session ends,
 *                                                                                        STOP: all goes on here        60 s --> gone, perhaps
 *
 * The mark makes it safe: whoever finds it knows that the other device may have everything. So it is written before the
 * other device is told that it may.
 */
import type { Clock } from '../clock.ts';
import { wipe } from '../bytes.ts';
import { generateKeyPair } from '../crypto/primitives.ts';
import type { Random } from '../crypto/random.ts';
import { WireError } from '../errors.ts';
import type { Invitation } from '../protocol/invitation.ts';
import type { ConnectPeer, ConnectSignaling } from '../transport/ports.ts';
import { MAX_PART_BYTES, MOVE_VERSION, type Moving, type StopReason } from '../wire/moving.ts';
import { GuestParty } from './guest.ts';
import type { MoveMark } from './kept.ts';
import { Line } from './line.ts';
import type { Leaving as State, MoveProblem } from './moving-api.ts';
import { Network } from './network.ts';
import { problemOf } from './problem.ts';

const MEETING_MS = 45_000;
/** The other device writes one commit, of everything. */
const RESTORING_MS = 60_000;
const FAREWELL_MS = 10_000;
/** What may be on its way: a peer connection takes 1 MiB. */
const WINDOW_BYTES = 32 * MAX_PART_BYTES;

const STOPPED: Readonly<Record<StopReason, MoveProblem>> = {
  failed: 'move-failed',
  stopped: 'move-stopped',
  newer: 'move-newer',
  damaged: 'move-failed',
  full: 'move-full',
  'not-empty': 'move-not-empty'
};

export interface LeavingOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly connectSignaling: ConnectSignaling;
  readonly connectPeer: ConnectPeer;
  readonly relayOnly: boolean;
  /** The code, with the secret that both meet by. */
  readonly invitation: Invitation;
  /** Nobody is spoken to, from here, but the other device; or they are again. */
  readonly setQuiet: (quiet: boolean) => void;
  /** @throws Problem */
  readonly pack: () => Promise<Uint8Array>;
  /** On the disk when it resolves. @throws Problem, StoreError */
  readonly mark: (mark: MoveMark) => Promise<void>;
  /** It has been given away, as the mark says. */
  readonly onGone: () => void;
  readonly listener: (state: State) => void;
}

type Step = 'meeting' | 'packing' | 'sending' | 'marking' | 'given' | 'over';

export class Leaving {
  readonly #options: LeavingOptions;
  readonly #network: Network;
  readonly #guest: GuestParty<Line>;
  #step: Step = 'meeting';
  #line: Line | null = null;
  #plain: Uint8Array = new Uint8Array(0);
  #sent = 0;
  #acked = 0;
  #cancelWait: () => void;

  constructor(options: LeavingOptions) {
    this.#options = options;
    const { clock, random, connectSignaling, connectPeer, relayOnly, invitation } = options;
    this.#network = new Network({
      ...{ clock, random, connectSignaling, connectPeer },
      onServer: () => undefined
    });
    this.#cancelWait = clock.after(MEETING_MS, () => {
      this.#fail('move-nobody');
    });
    const pair = generateKeyPair(random);
    this.#guest = new GuestParty<Line>({
      ...{ clock, random, network: this.#network, name: () => '', invitation, pair, relayOnly },
      introduced: false,
      listener: (state) => {
        if (state.kind === 'failed') this.#fail(state.problem === 'link-used' ? 'move-used' : 'move-nobody');
      },
      onMet: (met) => {
        const line: Line = new Line(met, {
          ...{ clock, random, network: this.#network, relayOnly },
          onUp: () => void this.#begin(line),
          onMessage: (message) => {
            this.#receive(line, message);
          },
          onDown: () => {
            this.#lose();
          }
        });
        this.#line = line;
        this.#network.add(line);
        return Promise.resolve(line);
      },
      onJoined: () => undefined
    });
    this.#network.add(this.#guest);
    this.#tell({ kind: 'meeting' });
  }

  /** The user wants it no longer. What has been given away is gone. */
  close(): void {
    if (this.#step === 'given' || this.#isOver) return;
    this.#stop('stopped');
  }

  async #begin(line: Line): Promise<void> {
    this.#cancelWait();
    this.#step = 'packing';
    this.#tell({ kind: 'moving', part: 0 });
    this.#options.setQuiet(true);
    try {
      const plain = await this.#options.pack();
      if (this.#isOver) return;
      [this.#step, this.#plain] = ['sending', plain];
      line.say({ kind: 'offer', version: MOVE_VERSION, length: plain.length });
      this.#send(line);
    } catch (error) {
      this.#fail(problemOf(error));
    }
  }

  #send(line: Line): void {
    const { length } = this.#plain;
    while (line.isUp && this.#sent < length && this.#sent - this.#acked < WINDOW_BYTES) {
      const bytes = this.#plain.slice(this.#sent, this.#sent + MAX_PART_BYTES);
      this.#sent += bytes.length;
      line.say({ kind: 'part', bytes });
    }
  }

  /** @throws WireError for what is out of turn */
  #receive(line: Line, message: Moving): void {
    const step = this.#step;
    if (message.kind === 'stop') void this.#refused(message.reason);
    else if (message.kind === 'got' && step === 'sending') this.#acknowledged(line, message.upto);
    else if (message.kind === 'ready' && step === 'sending' && this.#acked === this.#plain.length)
      void this.#give(line);
    else if (message.kind === 'done' && step === 'given') void this.#done();
    else throw new WireError('out of turn');
  }

  #acknowledged(line: Line, upto: number): void {
    if (upto <= this.#acked || upto > this.#sent) throw new WireError('never sent');
    this.#acked = upto;
    this.#tell({ kind: 'moving', part: upto / this.#plain.length });
    this.#send(line);
  }

  async #give(line: Line): Promise<void> {
    const { mark, clock } = this.#options;
    this.#step = 'marking';
    try {
      await mark('handed-over');
      if (this.#isOver || !line.isUp) {
        // Stopped, or lost, before a word of it was said.
        await mark(null);
        return;
      }
    } catch (error) {
      this.#fail(problemOf(error));
      return;
    }
    this.#step = 'given';
    line.say({ kind: 'yours' });
    this.#cancelWait = clock.after(RESTORING_MS, () => {
      this.#leave();
    });
    this.#tell({ kind: 'handing-over' });
  }

  async #done(): Promise<void> {
    this.#step = 'over';
    // Where this fails, what is on the disk says less, and nothing wrong.
    await this.#options.mark('moved').catch(() => undefined);
    this.#leave();
  }

  async #refused(reason: StopReason): Promise<void> {
    if (this.#step === 'given') {
      this.#step = 'marking';
      try {
        await this.#options.mark(null);
      } catch {
        this.#leave();
        return;
      }
    }
    this.#fail(STOPPED[reason]);
  }

  #lose(): void {
    if (this.#step === 'given') this.#leave();
    else this.#fail('move-lost');
  }

  /** What is here is the other device's, as far as is known. */
  #leave(): void {
    this.#end();
    this.#options.onGone();
  }

  #fail(problem: MoveProblem): void {
    if (this.#isOver) return;
    this.#stop('failed');
    this.#tell({ kind: 'failed', problem });
  }

  #stop(reason: StopReason): void {
    this.#line?.say({ kind: 'stop', reason });
    this.#end();
    this.#options.setQuiet(false);
  }

  #end(): void {
    this.#step = 'over';
    this.#cancelWait();
    wipe(this.#plain);
    this.#guest.close();
    this.#line?.close();
    this.#options.clock.after(FAREWELL_MS, () => {
      this.#network.close();
    });
  }

  #tell(state: State): void {
    this.#options.listener(state);
  }

  /** A getter: while something was waited for, anything may have happened. */
  get #isOver(): boolean {
    return this.#step === 'over';
  }
}
