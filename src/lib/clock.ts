/** The port to time: real in the browser, virtual in tests. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Milliseconds that pass whatever the clock is set to; only differences mean anything. */
  elapsed(): number;
  /** Calls back once, `ms` from now. Returns the canceller. */
  after(ms: number, callback: () => void): () => void;
}
