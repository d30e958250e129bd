/** A queue of one: work runs in the order in which it was asked for, each after the one before has ended. */
export class Serial {
  #tail: Promise<unknown> = Promise.resolve();

  /** Runs `work` when everything before it is done. Its failure is its caller's, not its successors'. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(work);
    this.#tail = result.catch(() => undefined);
    return result;
  }
}
