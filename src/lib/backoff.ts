/** Jittered exponential back-off: many clients of one server, or both sides of one link, must not act in step. */
const BASE_MS = 500;
const CAP_MS = 30_000;

/** Milliseconds to wait after `attempts` failures: 0.5, 1, 2, … 30 s, each times 0.75 to 1.25. */
export function backoff(attempts: number, random: (length: number) => Uint8Array): number {
  const jitter = 0.75 + (random(1)[0] ?? 0) / 510;
  return Math.min(CAP_MS, BASE_MS * 2 ** Math.min(attempts, 16)) * jitter;
}
