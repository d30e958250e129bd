/**
 * The STUN and TURN servers of this origin: asked for before they are needed, kept while their credentials are good.
 * No answer, or one that is not understood, is no servers: browsers in one network need none.
 */
import type { Clock } from '../clock.ts';
import { WireError } from '../errors.ts';
import {
  decodeIceAnswer,
  hasRelay,
  ICE_PATH,
  MAX_ANSWER_CHARACTERS,
  type IceServer
} from '../wire/ice-servers.ts';

/** How long an answer may take: a relay that is not known by then is none for this connection. */
const FETCH_MS = 5_000;
/** A server that does not answer is not asked again before this. */
const RETRY_MS = 10_000;

export interface IceServersOptions {
  readonly clock: Clock;
  /** Asks the server. */
  readonly load: () => Promise<string>;
  readonly onChange: () => void;
}

/** What both clocks said. */
interface Moment {
  readonly elapsed: number;
  readonly wall: number;
}

export class IceServers {
  readonly #options: IceServersOptions;
  #servers: readonly IceServer[] = [];
  /** Of the last answer. */
  #offer: 'unknown' | 'none' | 'stun' | 'relay' = 'unknown';
  #askedAt: Moment = { elapsed: -Infinity, wall: -Infinity };
  /** How long after that asking again is of no use. */
  #restMs = 0;
  #lifeMs = 0;
  #asking: Promise<void> | null = null;

  constructor(options: IceServersOptions) {
    this.#options = options;
  }

  /** Those that can be used now. */
  get servers(): readonly IceServer[] {
    return this.#isWithin(this.#lifeMs) ? this.#servers : [];
  }

  /** What there is: nothing, only STUN, or a relay (TURN). */
  get offer(): 'unknown' | 'none' | 'stun' | 'relay' {
    return this.#offer;
  }

  /** Asks, unless what is there is good for long enough. Resolves when there is nothing to wait for; never rejects. */
  refresh(): Promise<void> {
    if (!this.#asking && !this.#isWithin(this.#restMs)) {
      this.#asking = this.#ask().finally(() => {
        this.#asking = null;
      });
    }
    return this.#asking ?? Promise.resolve();
  }

  /**
   * Resolves when one can dial. It waits for the answer where there is no other way than the relay, and where there were
   * servers and their credentials have died: a connection is given none later, and the answer is here within FETCH_MS.
   */
  async prepare(relayOnly: boolean): Promise<void> {
    const asked = this.refresh();
    const hadServers = this.#offer === 'stun' || this.#offer === 'relay';
    if (relayOnly || (hadServers && this.servers.length === 0)) await asked;
  }

  async #ask(): Promise<void> {
    const { clock, load, onChange } = this.#options;
    const askedAt: Moment = { elapsed: clock.elapsed(), wall: clock.now() };
    try {
      const { ttl, iceServers } = decodeIceAnswer(await load());
      this.#servers = iceServers;
      this.#offer = hasRelay(iceServers) ? 'relay' : iceServers.length > 0 ? 'stun' : 'none';
      this.#askedAt = askedAt;
      this.#lifeMs = ttl * 1_000;
      // Every connection begins with credentials that have half of their life before them.
      this.#restMs = this.#lifeMs / 2;
    } catch {
      // What an earlier answer said is good until it dies.
      this.#lifeMs = Math.max(0, this.#lifeMs - this.#ageAt(askedAt));
      this.#askedAt = askedAt;
      this.#restMs = RETRY_MS;
    }
    onChange();
  }

  #isWithin(ms: number): boolean {
    const { clock } = this.#options;
    return this.#ageAt({ elapsed: clock.elapsed(), wall: clock.now() }) < ms;
  }

  /** In some systems one clock stands still while the machine sleeps; the other may be set back. */
  #ageAt({ elapsed, wall }: Moment): number {
    return Math.max(elapsed - this.#askedAt.elapsed, wall - this.#askedAt.wall);
  }
}

/** Asks the server at this origin. @throws when there is no answer, or one that is longer than any of ours. */
export async function fetchIceAnswer(origin: string): Promise<string> {
  const response = await fetch(origin + ICE_PATH, {
    cache: 'no-store',
    credentials: 'omit',
    redirect: 'error',
    signal: AbortSignal.timeout(FETCH_MS)
  });
  if (!response.ok || !response.body) throw new WireError('no ICE servers');
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text;
    text += value;
    if (text.length > MAX_ANSWER_CHARACTERS) {
      await reader.cancel();
      throw new WireError('ICE servers');
    }
  }
}
