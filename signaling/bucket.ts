/** A token bucket: `capacity` at once, `perSecond` in the long run. Pure: the time is a parameter. */
export class Bucket {
  readonly #capacity: number;
  readonly #perSecond: number;
  #tokens: number;
  #at: number;

  constructor(capacity: number, perSecond: number, nowMs: number) {
    this.#capacity = capacity;
    this.#perSecond = perSecond;
    this.#tokens = capacity;
    this.#at = nowMs;
  }

  /** Takes `amount`, or nothing and says false when there is less than that. */
  take(amount: number, nowMs: number): boolean {
    // A clock that went back refills nothing; it does not empty the bucket either.
    const elapsed = Math.max(0, nowMs - this.#at);
    this.#at = nowMs;
    this.#tokens = Math.min(this.#capacity, this.#tokens + (elapsed / 1_000) * this.#perSecond);
    if (amount > this.#tokens) return false;
    this.#tokens -= amount;
    return true;
  }

  /** Whether it is as a new one. */
  isFull(nowMs: number): boolean {
    return this.#tokens + (Math.max(0, nowMs - this.#at) / 1_000) * this.#perSecond >= this.#capacity;
  }
}

/** A bucket for each key, such as an address. Those that are full again are forgotten: they say nothing. */
export class Buckets {
  readonly #capacity: number;
  readonly #perSecond: number;
  readonly #maxKeys: number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(capacity: number, perSecond: number, maxKeys: number) {
    this.#capacity = capacity;
    this.#perSecond = perSecond;
    this.#maxKeys = maxKeys;
  }

  take(key: string, nowMs: number): boolean {
    const bucket = this.#buckets.get(key) ?? new Bucket(this.#capacity, this.#perSecond, nowMs);
    // Whoever asked last stands last; the first have had the longest time to fill up.
    this.#buckets.delete(key);
    const taken = bucket.take(1, nowMs);
    this.#buckets.set(key, bucket);
    for (const [oldest, waiting] of this.#buckets) {
      if (!waiting.isFull(nowMs) && this.#buckets.size <= this.#maxKeys) break;
      this.#buckets.delete(oldest);
    }
    return taken;
  }

  get size(): number {
    return this.#buckets.size;
  }
}
