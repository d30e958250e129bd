/**
 * The network in memory, for tests: a signaling server and peers that find each other by ufrag, on a clock that the
 * test holds, with loss that the test seeds.
 */
import { fromHex, hex } from '../bytes.ts';
import type { Clock } from '../clock.ts';
import type { Candidate, IceBlock } from '../wire/ice.ts';
import type { PeerEvent } from '../wire/peer.ts';
import type { ConnectPeer, ConnectSignaling, PeerConnection, PeerOptions, SignalingEvent } from './ports.ts';

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

interface End {
  readonly ufrag: string;
  readonly fingerprint: Uint8Array;
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
  #serverUp = true;
  #muted = false;

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
      close: () => {
        this.#sockets.delete(socket);
        socket.online = false;
      }
    };
  };

  readonly connectPeer: ConnectPeer = (options) =>
    new MemoryPeer(options, this.#options, this.#ends, () => this.#muted);

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
    this.#muted = true;
  }

  unmute(): void {
    this.#muted = false;
  }

  #setOnline(socket: Socket, online: boolean): void {
    if (socket.online === online || !this.#sockets.has(socket)) return;
    socket.online = online;
    socket.listener({ kind: online ? 'online' : 'offline' });
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
  readonly #muted: () => boolean;

  constructor(
    { role, remote, listener }: PeerOptions,
    options: MemoryNetworkOptions,
    ends: Map<string, End>,
    muted: () => boolean
  ) {
    this.#options = options;
    this.#muted = muted;
    this.#ends = ends;
    this.#end = {
      ufrag: hex(options.random(8)),
      fingerprint: options.random(32),
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
      this.#later(() => {
        listener({ kind: 'candidates', candidates: [candidateOf(ufrag)] });
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
    if (!alive || !other || stranded || this.#muted()) return;
    const copy = Uint8Array.from(frame);
    this.#later(() => {
      if (other.alive) other.listener({ kind: 'frame', frame: copy });
    });
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
    if (!end.reachable || !other.reachable) return;
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

function candidateOf(ufrag: string): Candidate {
  return { type: 'host', protocol: 'udp', address: `${ufrag}.local`, port: 1, priority: 1, foundation: 1 };
}
