/**
 * One tab at a time writes: it holds a Web Lock. Another tab may take it; the former holder hears of it at once when
 * it runs, and when it was frozen the store's epoch stops it.
 */
const LOCK = 'aparte';

export interface LeaseEvents {
  /** This tab holds the lease now. */
  readonly onHeld: () => void;
  /** Another tab holds it: at the start, or because it took it. */
  readonly onElsewhere: () => void;
}

export class Lease {
  #locks: LockManager | undefined;
  readonly #events: LeaseEvents;
  #waiting: AbortController | null = null;
  #release = (): void => undefined;
  /** The page is frozen: it must not stand in the queue, or the lock would come to somebody who cannot use it. */
  #frozen = false;
  #missed = false;

  /** @param locks `navigator.locks`; undefined where there are none: then every tab holds, and epochs decide. */
  constructor(locks: LockManager | undefined, events: LeaseEvents) {
    this.#locks = locks;
    this.#events = events;
  }

  /** Takes the lease if it is free; otherwise says so, and takes it when it becomes free. */
  start(): void {
    if (!this.#locks) {
      this.#events.onHeld();
      return;
    }
    void this.#locks
      .request(LOCK, { ifAvailable: true }, async (lock) => {
        if (lock) return this.#hold();
        this.#events.onElsewhere();
        this.#wait();
        return undefined;
      })
      .catch(this.#lost);
  }

  /** Takes the lease from whoever holds it. */
  steal(): void {
    this.#waiting?.abort();
    this.#waiting = null;
    if (!this.#locks) this.#events.onHeld();
    else void this.#locks.request(LOCK, { steal: true }, () => this.#hold()).catch(this.#lost);
  }

  freeze(): void {
    this.#frozen = true;
    this.#missed = this.#waiting !== null;
    this.#waiting?.abort();
    this.#waiting = null;
  }

  thaw(): void {
    this.#frozen = false;
    if (this.#missed) this.#wait();
  }

  release(): void {
    this.#waiting?.abort();
    this.#waiting = null;
    this.#release();
  }

  #wait(): void {
    // A frozen page still hears that its lock was stolen.
    this.#missed = this.#frozen;
    if (this.#frozen) return;
    const waiting = new AbortController();
    this.#waiting = waiting;
    this.#locks
      ?.request(LOCK, { signal: waiting.signal }, () => this.#hold())
      .catch((error: unknown) => {
        // Aborted: this tab has taken the lease by force, or is going away.
        if (!waiting.signal.aborted) this.#lost(error);
      });
  }

  #hold(): Promise<void> {
    this.#waiting = null;
    const released = new Promise<void>((resolve) => {
      this.#release = resolve;
    });
    this.#events.onHeld();
    return released;
  }

  /** The lock's promise is aborted when another tab has stolen it. */
  readonly #lost = (reason: unknown): void => {
    if (reason instanceof Error && reason.name === 'AbortError') {
      this.#events.onElsewhere();
      this.#wait();
      return;
    }
    // There is a lock manager, and it refuses (Chromium: site data is blocked): this page has none.
    this.#locks = undefined;
    this.#events.onHeld();
  };
}
