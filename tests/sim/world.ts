/** Two devices, the network between them with its faults, and time. Everything is drawn from one seed. */
import type { MemoryState } from '../../src/lib/storage/memory.ts';
import { MemoryNetwork } from '../../src/lib/transport/memory.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { Device } from './device.ts';
import { Dice } from './dice.ts';
import type { Line } from './history.ts';

/** Frames that go through the server: how many in a hundred are lost, come twice, come late. */
export interface Faults {
  readonly lost: number;
  readonly twice: number;
  readonly late: number;
}

export const NO_FAULTS: Faults = { lost: 0, twice: 0, late: 0 };
const LATE_MS = 4_000;

export class World {
  readonly clock = new VirtualClock(Date.UTC(2026, 0, 1), 1);
  /** What the engines draw from; the schedule has dice of its own. */
  readonly machine: Dice;
  readonly network: MemoryNetwork;
  readonly a: Device;
  readonly b: Device;
  readonly history: string[] = [];
  faults = NO_FAULTS;
  readonly #luck: Dice;
  /** Frames between the peers that wait for the network to come back; null: it is there. */
  #stalled: (() => void)[] | null = null;

  constructor(seed: number, disks: readonly [MemoryState, MemoryState], hasKeyFile: boolean) {
    this.machine = new Dice('machine', seed);
    this.#luck = new Dice('luck', seed);
    this.network = new MemoryNetwork({ clock: this.clock, random: this.machine.bytes, latency: 1 });
    this.a = new Device(this, 'a', disks[0], hasKeyFile);
    this.b = new Device(this, 'b', disks[1], hasKeyFile);
    this.write({ t: this.clock.elapsed(), op: 'start', seed });
  }

  write(line: Line): void {
    this.history.push(JSON.stringify(line));
  }

  chance(probability: number): boolean {
    return this.#luck.chance(probability);
  }

  below(limit: number): number {
    return this.#luck.below(limit);
  }

  /** A frame through the server, with what may happen to it. */
  carry(publish: () => void): void {
    const { lost, twice, late } = this.faults;
    const times = this.chance(lost / 100) ? 0 : this.chance(twice / 100) ? 2 : 1;
    for (let i = 0; i < times; i++) {
      if (this.chance(late / 100)) this.clock.after(this.below(LATE_MS), publish);
      else publish();
    }
  }

  /** A frame from peer to peer: in order, now or when the network is back. */
  transmit(send: () => void): void {
    if (this.#stalled) this.#stalled.push(send);
    else send();
  }

  stall(): void {
    this.#stalled ??= [];
  }

  unstall(): void {
    const stalled = this.#stalled ?? [];
    this.#stalled = null;
    for (const send of stalled) send();
  }
}
