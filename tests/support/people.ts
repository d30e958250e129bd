/** Two or more people with an engine each, on one network in memory and one virtual clock. */
import type { ConversationId, Engine, JoinState, Snapshot, Timeline } from '../../src/lib/engine/api.ts';
import { Session } from '../../src/lib/engine/session.ts';
import type { KeyFile } from '../../src/lib/storage/key-file.ts';
import { openMemoryKeyFile } from '../../src/lib/storage/key-file-memory.ts';
import { memoryState, openMemoryStore, type MemoryState } from '../../src/lib/storage/memory.ts';
import { StoreError, type Store } from '../../src/lib/storage/store.ts';
import { MemoryNetwork } from '../../src/lib/transport/memory.ts';
import { BESIDE_THE_STORE } from './beside.ts';
import { seeded } from './random.ts';
import { VirtualClock } from './virtual-clock.ts';

export class World {
  readonly clock = new VirtualClock();
  readonly random: (length: number) => Uint8Array;
  readonly network: MemoryNetwork;
  /** Whether the next signaling frame is lost. */
  lose: () => boolean = () => false;

  constructor(seed = 'world', { latency = 1 }: { readonly latency?: number } = {}) {
    const { clock, random } = { clock: this.clock, random: seeded(seed) };
    this.random = random;
    this.network = new MemoryNetwork({ clock, random, latency, lose: () => this.lose() });
  }

  person(disk: MemoryState = memoryState()): Person {
    return new Person(this, disk);
  }

  /** Two people in a conversation that the first one's link began. */
  async pair(): Promise<[Person, Person]> {
    const people: [Person, Person] = [this.person(), this.person()];
    const [alice, bob] = people;
    await Promise.all([alice.opened(), bob.opened()]);
    await this.clock.advance(50);
    const { url } = await alice.engine.createInvitation();
    bob.join(url);
    await this.clock.advance(1_000);
    return people;
  }
}

export class Person {
  readonly world: World;
  readonly disk: MemoryState;
  session: Session;
  joins: JoinState[] = [];
  /** While true every commit fails for want of space. */
  full = false;
  /** Whether there is no room for this one, of all the writes of this person. */
  isFull: (write: number) => boolean = () => false;
  writes = 0;
  /** Transactions that have read rows by their places. */
  reads = 0;
  /** Every write to the key file waits for this, and fails with it. */
  keyFileReady: () => Promise<void> = () => Promise.resolve();
  /** Every write waits for this. */
  busy: Promise<void> | null = null;
  /** What is on the disk is heard of after this. */
  slow: Promise<void> | null = null;

  constructor(world: World, disk: MemoryState) {
    this.world = world;
    this.disk = disk;
    this.session = this.#open();
  }

  get engine(): Engine {
    return this.session;
  }

  get snapshot(): Snapshot {
    return this.session.snapshot;
  }

  get conversation(): ConversationId {
    const id = this.snapshot.conversations[0]?.id;
    if (!id) throw new Error('no conversation');
    return id;
  }

  join(url: string): void {
    this.engine.join(url.slice(url.indexOf('#') + 1), (state) => this.joins.push(state));
  }

  /** The page goes as it does with kill -9, and comes back on the same disk. */
  async reload(): Promise<void> {
    this.session.stop();
    await this.world.clock.advance(10);
    this.session = this.#open();
    await this.opened();
    await this.world.clock.advance(10);
  }

  /** Resolves when the engine runs: loading it and unwrapping a key takes real time, whatever the virtual clock says. */
  async opened(): Promise<void> {
    await new Promise<void>((resolve) => {
      const stop = this.session.subscribe((snapshot) => {
        if (snapshot.phase === 'starting') return;
        stop();
        resolve();
      });
    });
    // An empty disk loads the engine with the first need for it: here and now, not while virtual time passes.
    await this.session.inspectLink('').catch(() => undefined);
  }

  /** What a screen shows of the one conversation now. */
  async timeline(): Promise<Timeline> {
    const shown: Timeline[] = [];
    const handle = this.engine.openTimeline(this.conversation, (timeline) => {
      shown.push(timeline);
    });
    await this.world.clock.advance(0);
    await handle.loadNewest();
    await this.world.clock.advance(0);
    // As many as there can be without letting go of the newest.
    for (let pages = 0; shown.at(-1)?.hasOlder && pages < 10; pages++) {
      await handle.loadOlder();
      await this.world.clock.advance(0);
    }
    handle.close();
    const last = shown.at(-1);
    if (!last) throw new Error('no timeline');
    return last;
  }

  async texts(): Promise<string[]> {
    const { items } = await this.timeline();
    return items.flatMap((item) => (item.kind === 'text' ? [item.text] : []));
  }

  #open(): Session {
    const { clock, random, network } = this.world;
    const session = new Session({
      clock,
      random,
      locks: undefined,
      openStore: () => Promise.resolve({ store: this.#store(), durable: true }),
      connectSignaling: network.connectSignaling,
      connectPeer: network.connectPeer,
      joinUrl: 'https://aparte.example/join',
      iceOffer: () => (network.relay ? 'relay' : 'none'),
      problem: null,
      ...BESIDE_THE_STORE,
      keyFile: this.#keyFile()
    });
    session.start();
    return session;
  }

  #keyFile(): KeyFile {
    const file = openMemoryKeyFile(this.disk.keyFile);
    return {
      ...file,
      write: async (epoch, runs) => {
        await this.keyFileReady();
        await file.write(epoch, runs);
      }
    };
  }

  #store(): Store {
    const store = openMemoryStore(this.disk);
    const write = <T>(work: () => Promise<T>): Promise<T> => {
      return this.isFull(++this.writes) ? Promise.reject(new StoreError('full')) : work();
    };
    return {
      ...store,
      rows: (...which) => {
        this.reads++;
        return store.rows(...which);
      },
      claim: () => write(() => store.claim()),
      commit: async (epoch, writes) => {
        if (this.busy) await this.busy;
        if (this.full) throw new StoreError('full');
        await write(() => store.commit(epoch, writes));
        if (this.slow) await this.slow;
      }
    };
  }
}
