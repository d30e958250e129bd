/**
 * The new device (backup/README.md, "Moving"): it shows a code, takes what the device that has read it sends, looks at it
 * whole, and restores it when it has been given away for good.
 *
 *   code --a session--> met --OFFER--> taking --all of it--> looking --it is whole--> ready (READY) --YOURS--> restoring --> arrived (DONE)
 *     \-- 10 min ------------\------------\--------------------\-- the session ends, STOP, close --> failed: nothing was kept
 */
import type { Restored } from './api.ts';
import type { Clock } from '../clock.ts';
import { generateKeyPair } from '../crypto/primitives.ts';
import type { Random } from '../crypto/random.ts';
import { UsageError, WireError } from '../errors.ts';
import { MAX_PLAIN_BYTES } from '../backup/frames.ts';
import { encodeMoveCode, moveSecret } from '../protocol/move-code.ts';
import type { ConnectPeer, ConnectSignaling } from '../transport/ports.ts';
import { MAX_PART_BYTES, MOVE_VERSION, type Moving, type StopReason } from '../wire/moving.ts';
import type { Opened } from './backup.ts';
import { HostParty } from './host.ts';
import { Line } from './line.ts';
import type { Arriving as State, MoveProblem } from './moving-api.ts';
import { Network } from './network.ts';
import { problemOf } from './problem.ts';

const LIFE_MS = 10 * 60_000;
/** Whoever has used the code is reached within this time, or never. */
const CONNECTING_MS = 30_000;
/** The other side closes when it has heard DONE. */
const FAREWELL_MS = 10_000;
const GOT_EVERY = 8 * MAX_PART_BYTES;
const SECRET_BYTES = 16;

/** What the other device is told of a failure here. */
const REASONS: Partial<Readonly<Record<MoveProblem, StopReason>>> = {
  'backup-damaged': 'damaged',
  'backup-newer': 'newer',
  'storage-full': 'full',
  'move-newer': 'newer',
  'move-not-empty': 'not-empty',
  'move-stopped': 'stopped'
};

export interface ArrivingOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly connectSignaling: ConnectSignaling;
  readonly connectPeer: ConnectPeer;
  readonly relayOnly: boolean;
  /** There is no conversation here. */
  readonly isEmpty: () => boolean;
  /** @throws Problem */
  readonly unpack: (plain: Uint8Array) => Promise<Opened>;
  /** All of it, or nothing. @throws Problem */
  readonly restore: (opened: Opened) => Promise<Restored>;
  readonly listener: (state: State) => void;
}

type Step = 'waiting' | 'taking' | 'looking' | 'ready' | 'restoring' | 'over';

export class Arriving {
  readonly #options: ArrivingOptions;
  readonly #network: Network;
  #step: Step = 'waiting';
  #line: Line | null = null;
  #plain = new Uint8Array(0);
  #got = 0;
  #told = 0;
  #opened: Opened | null = null;
  #cancelLimit: () => void;

  constructor(options: ArrivingOptions) {
    this.#options = options;
    const { clock, random, connectSignaling, connectPeer, listener } = options;
    const [keys, secret, until] = [generateKeyPair(random), random(SECRET_BYTES), clock.now() + LIFE_MS];
    const expiry = Math.ceil(until / 60_000);
    this.#network = new Network({
      ...{ clock, random, connectSignaling, connectPeer },
      onServer: () => undefined
    });
    this.#cancelLimit = clock.after(LIFE_MS, () => {
      this.#fail('move-expired');
    });
    const shown = { id: '', keys, secret: moveSecret(secret), expiry, createdAt: clock.now() };
    const host = new HostParty(
      { ...shown, status: 'open', relayOnly: options.relayOnly, askFirst: false, usedBy: null },
      false,
      {
        ...{ clock, random, network: this.#network, name: () => '' },
        relayOnly: () => options.relayOnly,
        onKnocks: () => undefined,
        onMet: (met) => {
          // The one who used the code comes again where the first session has not come about.
          if (this.#step !== 'waiting' || this.#line?.isUp)
            return Promise.reject(new UsageError('used already'));
          this.#line?.close();
          const line: Line = new Line(met, {
            ...{ clock, random, network: this.#network, relayOnly: options.relayOnly },
            onUp: () => {
              this.#cancelLimit();
            },
            onMessage: (message) => {
              this.#receive(line, message);
            },
            onDown: () => {
              if (this.#step !== 'restoring') this.#fail('move-lost');
            }
          });
          this.#line = line;
          this.#network.add(line);
          this.#cancelLimit();
          this.#cancelLimit = clock.after(CONNECTING_MS, () => {
            this.#fail('move-lost');
          });
          return Promise.resolve(line);
        }
      }
    );
    this.#network.add(host);
    const code = encodeMoveCode({ publicKey: keys.publicKey, secret, expiry });
    queueMicrotask(() => {
      if (this.#step === 'waiting') listener({ kind: 'code', code, until });
    });
  }

  /** The user wants it no longer. What was given away is kept all the same. */
  close(): void {
    if (this.#step === 'restoring' || this.#step === 'over') return;
    this.#stop('stopped');
  }

  /** @throws WireError for what is out of turn */
  #receive(line: Line, message: Moving): void {
    const step = this.#step;
    if (message.kind === 'stop') this.#fail('move-stopped');
    else if (message.kind === 'offer' && step === 'waiting') this.#accept(message);
    else if (message.kind === 'part' && step === 'taking') this.#take(line, message.bytes);
    else if (message.kind === 'yours' && step === 'ready') void this.#restore(line);
    else throw new WireError('out of turn');
  }

  #accept({ version, length }: Extract<Moving, { readonly kind: 'offer' }>): void {
    if (version !== MOVE_VERSION) this.#fail('move-newer');
    else if (length === 0 || length > MAX_PLAIN_BYTES) throw new WireError('length');
    else if (!this.#options.isEmpty()) this.#fail('move-not-empty');
    else {
      this.#step = 'taking';
      this.#plain = new Uint8Array(length);
      this.#options.listener({ kind: 'moving', part: 0 });
    }
  }

  #take(line: Line, bytes: Uint8Array): void {
    const { length } = this.#plain;
    if (bytes.length > length - this.#got) throw new WireError('more than was offered');
    this.#plain.set(bytes, this.#got);
    this.#got += bytes.length;
    const whole = this.#got === length;
    if (!whole && this.#got - this.#told < GOT_EVERY) return;
    this.#told = this.#got;
    line.say({ kind: 'got', upto: this.#got });
    this.#options.listener({ kind: 'moving', part: this.#got / length });
    if (whole) void this.#look(line);
  }

  async #look(line: Line): Promise<void> {
    this.#step = 'looking';
    try {
      const opened = await this.#options.unpack(this.#plain);
      if (this.#isOver) return;
      [this.#step, this.#opened] = ['ready', opened];
      line.say({ kind: 'ready' });
    } catch (error) {
      this.#fail(problemOf(error));
    }
  }

  async #restore(line: Line): Promise<void> {
    const { restore, listener, clock } = this.#options;
    const opened = this.#opened;
    if (!opened) throw new UsageError('not ready');
    this.#step = 'restoring';
    listener({ kind: 'restoring' });
    let restored: Restored;
    try {
      restored = await restore(opened);
    } catch (error) {
      this.#fail(problemOf(error));
      return;
    }
    const { conversations } = restored;
    line.say({ kind: 'done', conversations });
    this.#step = 'over';
    listener({ kind: 'arrived', conversations });
    clock.after(FAREWELL_MS, () => {
      this.#network.close();
    });
  }

  #fail(problem: MoveProblem): void {
    if (this.#isOver) return;
    this.#stop(REASONS[problem] ?? 'failed');
    this.#options.listener({ kind: 'failed', problem });
  }

  #stop(reason: StopReason): void {
    this.#step = 'over';
    this.#cancelLimit();
    this.#plain = new Uint8Array(0);
    this.#opened = null;
    this.#line?.say({ kind: 'stop', reason });
    this.#line?.close();
    this.#options.clock.after(FAREWELL_MS, () => {
      this.#network.close();
    });
  }

  /** A getter: while something was waited for, anything may have happened. */
  get #isOver(): boolean {
    return this.#step === 'over';
  }
}
