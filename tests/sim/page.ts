/**
 * One page of a device: a real Session behind wrappers that can end it between any two instructions (kill -9), or let it
 * stand still (a frozen tab), whatever it is waiting for: a timer, the network, the disk, a lock.
 */
import type {
  ConversationId,
  TextItem,
  Timeline,
  TimelineHandle,
  TimelineItem
} from '../../src/lib/engine/api.ts';
import { Session } from '../../src/lib/engine/session.ts';
import type { ConnectPeer, ConnectSignaling } from '../../src/lib/transport/ports.ts';
import { BESIDE_THE_STORE } from '../support/beside.ts';
import type { Device } from './device.ts';
import { PageDisk } from './disk.ts';
import type { Said, Shown } from './history.ts';
import type { Asker } from './locks.ts';

/** A page that wakes up hears of its lock after this time at most. */
const WAKING_MS = 500;
/** A server that is not told by a closing socket hears of it by its own pings. */
const SOCKET_DEAD_MS = 30_000;

export class Page implements Asker {
  readonly tab: number;
  readonly session: Session;
  readonly #device: Device;
  /** What it has missed while it stood still; null: it runs. */
  #missed: (() => void)[] | null = null;
  /** News of its lock that it has not heard yet since it woke up. */
  readonly #news = new Set<() => void>();
  #dead = false;
  readonly #sockets = new Set<() => void>();
  readonly #disk: PageDisk;
  #handle: TimelineHandle | null = null;
  #timeline: Timeline | null = null;

  constructor(device: Device, tab: number) {
    this.#device = device;
    this.tab = tab;
    const { world, locks } = device;
    this.#disk = new PageDisk(device, this);
    const { keyFile } = this.#disk;
    this.session = new Session({
      clock: {
        now: () => device.now(),
        elapsed: () => world.clock.elapsed(),
        after: (ms, callback) =>
          world.clock.after(ms, () => {
            this.hear(callback);
          })
      },
      random: world.machine.bytes,
      locks: locks.of(this),
      openStore: () => Promise.resolve({ store: this.#disk.openStore(), durable: true }),
      connectSignaling: this.#connectSignaling,
      connectPeer: this.#connectPeer,
      iceOffer: () => 'none',
      joinUrl: 'https://aparte.example/join',
      problem: null,
      ...BESIDE_THE_STORE,
      keyFile
    });
    this.session.subscribe(({ phase }) => {
      if (phase !== 'active') this.#close();
    });
    this.session.start();
  }

  get isActive(): boolean {
    return !this.#dead && this.session.snapshot.phase === 'active';
  }

  /** It stands still, or does not know yet that it has lost its lock: nobody looks at it. */
  get isFrozen(): boolean {
    return this.#missed !== null || this.#news.size > 0;
  }

  get conversation(): ConversationId | null {
    return this.session.snapshot.conversations[0]?.id ?? null;
  }

  hear(callback: () => void): void {
    if (this.#dead) return;
    if (this.#missed) this.#missed.push(callback);
    else callback();
  }

  hearOfLock(callback: () => void): void {
    if (this.#missed === null && this.#news.size === 0) {
      this.hear(callback);
      return;
    }
    this.#news.add(callback);
  }

  freeze(): void {
    this.#missed ??= [];
  }

  thaw(): void {
    const missed = this.#missed ?? [];
    this.#missed = null;
    for (const callback of missed) this.hear(callback);
    const { world } = this.#device;
    world.clock.after(world.below(WAKING_MS), () => {
      for (const callback of this.#news) this.hear(callback);
      this.#news.clear();
    });
  }

  /** The process is gone: what was on its way to the disk is there or is not, and nobody is told. */
  kill(): void {
    const { world } = this.#device;
    this.#disk.crash();
    this.#dead = true;
    this.#missed = null;
    for (const close of this.#sockets) world.clock.after(world.chance(0.5) ? 0 : SOCKET_DEAD_MS, close);
    this.#device.locks.forget(this);
  }

  /** What the open conversation shows, all of it; null: none is open here. */
  async look(fresh = false): Promise<readonly Shown[] | null> {
    if (!this.isActive || this.isFrozen) return null;
    if (fresh) this.#close();
    const { clock } = this.#device.world;
    const handle = this.open();
    if (!handle) return null;
    await clock.settle();
    // It opens at the first unread message, which may be far above.
    const opened: Timeline | null = this.#timeline;
    if (opened?.hasNewer) {
      await handle.loadNewest();
      await clock.settle();
    }
    let items = this.items;
    for (let pages = 0; this.#timeline?.hasOlder && pages < 60; pages++) {
      await handle.loadOlder();
      await clock.settle();
      // What is far below may have been let go.
      const known = new Set(items.map(({ id }) => id));
      items = [...this.items.filter(({ id }) => !known.has(id)), ...items];
    }
    if (this.#timeline?.hasNewer) await handle.loadNewest();
    return this.#timeline === null ? null : shown(items, this.#device.screenTime);
  }

  /** The open history, opened if it was not. */
  open(): TimelineHandle | null {
    const { conversation } = this;
    if (!this.isActive || conversation === null) return null;
    if (this.#handle && this.#timeline?.id === conversation) return this.#handle;
    this.#close();
    this.#handle = this.session.openTimeline(conversation, (timeline) => {
      this.#timeline = timeline;
    });
    return this.#handle;
  }

  /** What is on the screen at this moment. */
  get items(): readonly TimelineItem[] {
    return painted(this.#timeline?.items ?? [], this.#device.screenTime);
  }

  #close(): void {
    this.#handle?.close();
    this.#handle = null;
    this.#timeline = null;
  }

  readonly #connectSignaling: ConnectSignaling = (listener) => {
    const { world } = this.#device;
    const socket = world.network.connectSignaling((event) => {
      this.hear(() => {
        listener(event);
      });
    });
    const close = (): void => {
      socket.close();
    };
    this.#sockets.add(close);
    return {
      ...socket,
      setTopics: (topics) => {
        if (!this.#dead) socket.setTopics(topics);
      },
      publish: (topic, body) => {
        if (this.#dead) return;
        world.carry(() => {
          socket.publish(topic, body);
        });
      },
      close: () => {
        this.#sockets.delete(close);
        close();
      }
    };
  };

  readonly #connectPeer: ConnectPeer = (options) => {
    const { world } = this.#device;
    const peer = world.network.connectPeer({
      ...options,
      listener: (event) => {
        this.hear(() => {
          options.listener(event);
        });
      }
    });
    const alive = (act: () => void): void => {
      if (!this.#dead) act();
    };
    return {
      path: () => peer.path(),
      setAnswer: (remote) => {
        alive(() => {
          peer.setAnswer(remote);
        });
      },
      addCandidates: (candidates) => {
        alive(() => {
          peer.addCandidates(candidates);
        });
      },
      send: (frame) => {
        alive(() => {
          world.transmit(() => {
            peer.send(frame);
          });
        });
      },
      close: () => {
        alive(() => {
          peer.close();
        });
      }
    };
  };
}

/** As the user interface has it: from its deadline on nothing is painted, whatever the last picture was. */
function painted(items: readonly TimelineItem[], now: number): readonly TimelineItem[] {
  return items.filter((item) => item.kind !== 'text' || item.deadline === null || item.deadline > now);
}

function shown(items: readonly TimelineItem[], now: number): Shown[] {
  return painted(items, now).flatMap((item): Shown[] => {
    switch (item.kind) {
      case 'text':
        return [[nameOf(item), item.state, item.ttl, item.mine, saidOf(item)]];
      case 'timer':
        return item.ttl === 0 ? [] : [[`#${item.ttl}`, 'timer', 0, item.mine]];
      case 'erased':
        return [['', item.both ? 'both' : 'here', 0, true]];
      // Its words are nowhere, so it has no name.
      case 'once':
      case 'opened':
        return [];
      case 'newer':
        return [['?', 'newer', 0, item.mine]];
    }
  });
}

/** A text begins with its name, however often it was edited. */
export function nameOf({ text }: TextItem): string {
  return text.split('/')[0] ?? '';
}

function saidOf({ text, mine, reactions, quote }: TextItem): Said {
  const { mine: own, theirs } = reactions;
  return { text, reactions: mine ? [own, theirs] : [theirs, own], quote: quote?.text ?? null };
}
