/** `navigator.locks` of one device (Web Locks API, sections 2 and 3), as much of it as a lease needs. */

/** Who asks: a page hears nothing after its end, and later while it stands still. */
export interface Asker {
  /** News of a lock come on a way of their own: a page that wakes may have done other things before. */
  hearOfLock(callback: () => void): void;
}

type Granted = (lock: Lock | null) => unknown;

interface Request {
  readonly asker: Asker;
  readonly name: string;
  readonly callback: Granted;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

export class Locks {
  #held: Request | null = null;
  #waiting: Request[] = [];

  of(asker: Asker): LockManager {
    const request = (name: string, options: LockOptions | Granted, callback?: Granted): Promise<unknown> =>
      new Promise((resolve, reject) => {
        const [given, wanted] =
          typeof options === 'function' ? [{}, options] : [options, callback ?? ((): undefined => undefined)];
        const asked: Request = { asker, name, callback: wanted, resolve, reject };
        queueMicrotask(() => {
          this.#ask(asked, given);
        });
      });
    return { request, query: () => Promise.resolve({}) };
  }

  /** A page is gone, and with it what it held or waited for. */
  forget(asker: Asker): void {
    this.#waiting = this.#waiting.filter((request) => request.asker !== asker);
    if (this.#held?.asker !== asker) return;
    this.#held = null;
    this.#next();
  }

  #ask(request: Request, { ifAvailable, steal, signal }: LockOptions): void {
    if (steal) {
      const former = this.#held;
      this.#held = null;
      if (former) {
        former.asker.hearOfLock(() => {
          former.reject(new DOMException('stolen', 'AbortError'));
        });
      }
      this.#grant(request);
    } else if (!this.#held) this.#grant(request);
    else if (ifAvailable) {
      request.asker.hearOfLock(() => {
        void Promise.resolve(request.callback(null)).then(request.resolve, request.reject);
      });
    } else {
      this.#waiting.push(request);
      signal?.addEventListener('abort', () => {
        this.#waiting = this.#waiting.filter((other) => other !== request);
        request.reject(signal.reason);
      });
    }
  }

  #grant(request: Request): void {
    this.#held = request;
    const done = (settle: () => void): void => {
      settle();
      if (this.#held !== request) return;
      this.#held = null;
      this.#next();
    };
    request.asker.hearOfLock(() => {
      // Stolen again before it was told.
      if (this.#held !== request) return;
      const { name, callback, resolve, reject } = request;
      Promise.resolve(callback({ name, mode: 'exclusive' })).then(
        (value) => {
          done(() => {
            resolve(value);
          });
        },
        (error: unknown) => {
          done(() => {
            reject(error);
          });
        }
      );
    });
  }

  #next(): void {
    const request = this.#waiting.shift();
    if (request) this.#grant(request);
  }
}
