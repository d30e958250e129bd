/**
 * What one contact's connections have come to: the facts from which a person is told why there is none, or which way it
 * has taken (diagnosis.ts decides).
 */
import type { Clock } from '../clock.ts';
import type { Link } from '../conversation/link.ts';
import type { Path, Refusal } from '../transport/ports.ts';
import type { Candidate } from '../wire/ice.ts';
import type { PeerEvent } from '../wire/peer.ts';
import type { Connection, Diagnosis } from './api.ts';
import { connectionOf, diagnose, type IceOffer } from './diagnosis.ts';
import { shownTime } from './lifetime.ts';

/** Whatever ends sooner was given up for another attempt. */
const TRIED_MS = 5_000;
/** Between two attempts lies the back-off, a minute at most: after this nobody is there to try. */
const RECENT_MS = 90_000;

export interface DoctorOptions {
  readonly clock: Pick<Clock, 'now' | 'elapsed'>;
  readonly network: {
    readonly online: boolean;
    readonly refusal: Refusal | null;
    path(id: string): Promise<Path | null>;
  };
  /** STUN and TURN servers, as far as they are known. */
  readonly iceOffer: () => IceOffer;
  /** The browser can do it at all. */
  readonly webrtc: boolean;
}

export class Doctor {
  readonly #options: DoctorOptions;
  /** The user wants the relay alone, this time. */
  throughRelay = false;
  /** When a session ended that this page had. */
  #leftAt: number | null = null;
  #id: string | null = null;
  #found = new Set<Candidate['type']>();
  /** Both sides were there, and the connection came to nothing. */
  #failed: { readonly found: ReadonlySet<Candidate['type']>; readonly at: number } | null = null;

  constructor(options: DoctorOptions) {
    this.#options = options;
  }

  /** `metAt`: when they were last connected, as far as it is written down. */
  connection(link: Link, metAt: number | null): Connection {
    return connectionOf(link, this.#options.network.online, this.#lately !== null, this.#leftAt ?? metAt);
  }

  async examine(link: Link, relayOnly: boolean): Promise<Diagnosis> {
    const { network, iceOffer, webrtc } = this.#options;
    const path = link.open && (await network.path(link.open.id));
    const connection = this.connection(link, null).kind;
    const { refusal } = network;
    return diagnose({
      ...{ connection, refusal, path, webrtc, relayOnly },
      offer: iceOffer(),
      failed: this.#lately
    });
  }

  /** A new try is worth a new look. */
  begin(throughRelay: boolean): void {
    this.throughRelay = throughRelay;
    this.#failed = null;
  }

  /** What a peer connection has said. */
  heard(id: string, event: PeerEvent): void {
    if (event.kind === 'local') {
      this.#id = id;
      this.#found = new Set();
    } else if (event.kind === 'candidates' && this.#id === id) {
      for (const { type } of event.candidates) this.#found.add(type);
    } else if (event.kind === 'open') this.#failed = null;
  }

  /** What a transition of the link has ended. */
  moved({ half, open }: Link, after: Link): void {
    if (open && !after.open) this.#leftAt = shownTime(this.#options.clock);
    const now = this.#options.clock.elapsed();
    if (half?.step !== 'dialing' || half.dial.channel || now - half.since < TRIED_MS) return;
    const { id } = half.dial;
    // Of a first contact's connection another party heard the beginning: what it found is not known here.
    if (id !== this.#id || after.open?.id === id) return;
    if (after.half?.step === 'dialing' && after.half.dial.id === id) return;
    this.#failed = { found: this.#found, at: now };
  }

  get #lately(): ReadonlySet<Candidate['type']> | null {
    if (!this.#failed || this.#options.clock.elapsed() - this.#failed.at >= RECENT_MS) return null;
    return this.#failed.found;
  }
}
