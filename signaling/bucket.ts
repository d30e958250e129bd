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
}
