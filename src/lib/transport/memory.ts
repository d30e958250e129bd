/**
 * The network in memory, for tests: a signaling server and peers that find each other by ufrag, on a clock that the
 * test holds, with loss that the test seeds.
 */
import { fromHex, hex } from '../bytes.ts';
import type { Clock } from '../clock.ts';
import type { Candidate, IceBlock } from '../wire/ice.ts';
import type { PeerEvent } from '../wire/peer.ts';
import type {
  ConnectPeer,
  ConnectSignaling,
  Path,
  PeerConnection,
  PeerOptions,
  SignalingEvent
} from './ports.ts';

export interface MemoryNetworkOptions {
  readonly clock: Clock;
  readonly random: (length: number) => Uint8Array;
  /** Milliseconds that everything takes. */
  readonly latency?: number;
  /** Whether the next signaling frame is lost. */
  readonly lose?: () => boolean;
}

interface Socket {
  readonly listener: (event: SignalingEvent) => void;
  topics: Set<string>;
  online: boolean;
}

/** What lies between two peers. */
interface Ways {
  /** There is a relay. */
  relay: boolean;
  /** Two can reach each other without one. */
  direct: boolean;
  /** Frames vanish. */
  muted: boolean;
}

interface End {
  readonly ufrag: string;
  readonly fingerprint: Uint8Array;
  readonly relayOnly: boolean;
  readonly listener: (event: PeerEvent) => void;
  remote: IceBlock | null;
  /** A candidate of the other side has come: stricter than ICE, which can do with one side's. */
  reachable: boolean;
  other: End | null;
  stranded: boolean;
  alive: boolean;
}

export class MemoryNetwork {
  readonly #options: MemoryNetworkOptions;
  readonly #sockets = new Set<Socket>();
  readonly #ends = new Map<string, End>();
  readonly #ways: Ways = { relay: false, direct: true, muted: false };
  #serverUp = true;

  constructor(options: MemoryNetworkOptions) {
    this.#options = options;
  }

  readonly connectSignaling: ConnectSignaling = (listener) => {
    const socket: Socket = { listener, topics: new Set(), online: false };
    this.#sockets.add(socket);
    this.#later(() => {
      this.#setOnline(socket, this.#serverUp);
    });
    return {
      setTopics: (topics) => {
        const next = new Set(topics.map(hex));
        const added = [...next].filter((topic) => !socket.topics.has(topic));
        socket.topics = next;
        if (socket.online) this.#announce(socket, added);
      },
      publish: (topic, body) => {
        if (!socket.online || this.#options.lose?.()) return;
        for (const other of this.#sockets) {
          if (other === socket || !other.topics.has(hex(topic))) continue;
          this.#later(() => {
            if (other.online && other.topics.has(hex(topic))) other.listener({ kind: 'event', topic, body });
          });
        }
      },
      retry: (changed) => {
        // It never breaks unnoticed: only a new connection is a new announcement.
        if (!changed || !socket.online) return;
        this.#setOnline(socket, false);
        this.#later(() => {
          this.#setOnline(socket, this.#serverUp);
        });
      },
      nextAttempt: () => null,
      close: () => {
        this.#sockets.delete(socket);
        socket.online = false;
      }
    };
  };

  readonly connectPeer: ConnectPeer = (options) =>
    new MemoryPeer(options, this.#options, this.#ends, this.#ways);

  /** Whether there is a relay, as peers in a browser know it from the server. */
  get relay(): boolean {
    return this.#ways.relay;
  }

  /** What connections find that begin from now on. */
  setWays(ways: Partial<Pick<Ways, 'relay' | 'direct'>>): void {
    Object.assign(this.#ways, ways);
  }

  /** Stops or starts the signaling server; open peer connections go on. */
  setServer(up: boolean): void {
    this.#serverUp = up;
    for (const socket of this.#sockets) this.#setOnline(socket, up);
  }

  /** Cuts every peer connection. */
  cutPeers(): void {
    for (const end of [...this.#ends.values()]) {
      if (!this.#ends.delete(end.ufrag)) continue;
      end.alive = false;
      end.listener({ kind: 'closed' });
    }
  }

  /** What is connected carries nothing any more, without a word, as after a change of address; new connections do. */
  strand(): void {
    for (const end of this.#ends.values()) if (end.other) end.stranded = true;
  }

  /** Frames between peers vanish without a word, as behind a network that changed. */
  mute(): void {
    this.#ways.muted = true;
  }

  unmute(): void {
    this.#ways.muted = false;
  }

  #setOnline(socket: Socket, online: boolean): void {
    if (socket.online === online || !this.#sockets.has(socket)) return;
    socket.online = online;
    socket.listener(online ? { kind: 'online' } : { kind: 'offline', why: null });
    if (online) this.#announce(socket, [...socket.topics]);
  }

  #announce(socket: Socket, topics: readonly string[]): void {
    for (const topic of topics) {
      for (const other of this.#sockets) {
        if (other === socket || !other.online || !other.topics.has(topic)) continue;
        for (const hearer of [socket, other]) {
          this.#later(() => {
            if (hearer.online) hearer.listener({ kind: 'present', topic: fromHex(topic) });
          });
        }
      }
    }
  }

  #later(callback: () => void): void {
    this.#options.clock.after(this.#options.latency ?? 1, callback);
  }
}

class MemoryPeer implements PeerConnection {
  readonly #end: End;
  readonly #ends: Map<string, End>;
  readonly #options: MemoryNetworkOptions;
  readonly #ways: Ways;

  constructor(
    { role, remote, relayOnly, listener }: PeerOptions,
    options: MemoryNetworkOptions,
    ends: Map<string, End>,
    ways: Ways
  ) {
    this.#options = options;
    this.#ways = ways;
    this.#ends = ends;
    this.#end = {
      ufrag: hex(options.random(8)),
      fingerprint: options.random(32),
      relayOnly,
      listener,
      remote,
      reachable: (remote?.candidates.length ?? 0) > 0,
      other: null,
      stranded: false,
      alive: true
    };
    ends.set(this.#end.ufrag, this.#end);
    this.#later(() => {
      const { ufrag, fingerprint } = this.#end;
      const setup = role === 'offer' ? 'actpass' : 'active';
      const ice: IceBlock = { ufrag, pwd: 'memorymemorymemorymemory', fingerprint, setup, candidates: [] };
      listener({ kind: 'local', ice });
      const types = (['host', 'relay'] as const).filter((type) =>
        type === 'relay' ? ways.relay : !relayOnly
      );
      if (types.length === 0) return;
      this.#later(() => {
        listener({ kind: 'candidates', candidates: types.map((type) => candidateOf(ufrag, type)) });
      });
    });
  }

  setAnswer(remote: IceBlock): void {
    this.#end.remote = remote;
    // As a browser does: who answers is active or passive (RFC 8842, section 5.3).
    if (remote.setup === 'actpass')
      this.#later(() => {
        this.#lose(this.#end);
      });
    else this.#hear(remote.candidates);
  }

  addCandidates(candidates: readonly Candidate[]): void {
    this.#hear(candidates);
  }

  send(frame: Uint8Array): void {
    const { other, alive, stranded } = this.#end;
    if (!alive || !other || stranded || this.#ways.muted) return;
    const copy = Uint8Array.from(frame);
    // Under way already: it arrives, even if this side closes behind it.
    this.#options.clock.after(this.#options.latency ?? 1, () => {
      if (other.alive) other.listener({ kind: 'frame', frame: copy });
    });
  }

  path(): Promise<Path | null> {
    const { alive, other, relayOnly } = this.#end;
    if (!alive || !other) return Promise.resolve(null);
    const isDirect = this.#ways.direct && !relayOnly && !other.relayOnly;
    return Promise.resolve({ kind: isDirect ? 'local' : 'relayed', rtt: 2 * (this.#options.latency ?? 1) });
  }

  close(): void {
    const { alive, other, ufrag } = this.#end;
    if (!alive) return;
    this.#end.alive = false;
    this.#ends.delete(ufrag);
    if (other)
      this.#options.clock.after(this.#options.latency ?? 1, () => {
        this.#lose(other);
      });
  }

  #lose(end: End): void {
    if (!end.alive) return;
    end.alive = false;
    this.#ends.delete(end.ufrag);
    end.listener({ kind: 'closed' });
  }

  #hear(candidates: readonly Candidate[]): void {
    this.#end.reachable ||= candidates.length > 0;
    this.#meet();
  }

  /** Both sides know each other and where to find each other: the channel is open. */
  #meet(): void {
    const end = this.#end;
    const other = this.#ends.get(end.remote?.ufrag ?? '');
    if (!other || other.remote?.ufrag !== end.ufrag || end.other) return;
    if (!end.reachable || !other.reachable || !(this.#ways.direct || this.#ways.relay)) return;
    end.other = other;
    other.other = end;
    for (const [near, far] of [
      [end, other],
      [other, end]
    ] as const) {
      this.#later(() => {
        if (near.alive) near.listener({ kind: 'open', local: near.fingerprint, remote: far.fingerprint });
      });
    }
  }

  #later(callback: () => void): void {
    this.#options.clock.after(this.#options.latency ?? 1, () => {
      if (this.#end.alive) callback();
    });
  }
}

function candidateOf(ufrag: string, type: Candidate['type']): Candidate {
  return { type, protocol: 'udp', address: `${ufrag}.local`, port: 1, priority: 1, foundation: 1 };
}
