/** Whether bytes look random. Every test has a false alarm in less than one of ten million runs. */

/** Of the normal distribution: above it lies 1e-7. */
const Z = 5.2;

export interface Verdict {
  readonly statistic: number;
  /** What random bytes stay below. */
  readonly limit: number;
}

/** How often each of the 256 bytes comes. */
export function frequency(bodies: readonly Uint8Array[]): Verdict {
  const counts = new Float64Array(256);
  for (const body of bodies) for (const byte of body) counts[byte] = (counts[byte] ?? 0) + 1;
  return { statistic: chiSquare(counts), limit: limitOf(255) };
}

/** How often each pair of bytes comes, one pair after the other (Knuth, The Art of Computer Programming, 3.3.2 B). */
export function serial(bodies: readonly Uint8Array[]): Verdict {
  const counts = new Float64Array(65_536);
  for (const body of bodies)
    for (let at = 0; at + 1 < body.length; at += 2) {
      const pair = (body[at] ?? 0) * 256 + (body[at + 1] ?? 0);
      counts[pair] = (counts[pair] ?? 0) + 1;
    }
  return { statistic: chiSquare(counts), limit: limitOf(65_535) };
}

/** How often each byte comes at each place: a header, a counter, padding that all bodies have. */
export function byPlace(bodies: readonly Uint8Array[]): Verdict {
  const places = bodies[0]?.length ?? 0;
  let statistic = 0;
  for (let at = 0; at < places; at += 1) {
    const counts = new Float64Array(256);
    for (const body of bodies) counts[body[at] ?? 0] = (counts[body[at] ?? 0] ?? 0) + 1;
    statistic += chiSquare(counts);
  }
  return { statistic, limit: limitOf(255 * places) };
}

/** The worst of all places, by itself. */
export function atWorstPlace(bodies: readonly Uint8Array[]): Verdict {
  const places = bodies[0]?.length ?? 0;
  let statistic = 0;
  for (let at = 0; at < places; at += 1) {
    const counts = new Float64Array(256);
    for (const body of bodies) counts[body[at] ?? 0] = (counts[body[at] ?? 0] ?? 0) + 1;
    statistic = Math.max(statistic, chiSquare(counts));
  }
  // One of some thousand: 1e-11 for each.
  return { statistic, limit: limitOf(255, 6.8) };
}

function chiSquare(counts: Float64Array): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const expected = total / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/** The quantile of chi-square with so many degrees of freedom (Wilson and Hilferty). */
function limitOf(degrees: number, z = Z): number {
  const part = 2 / (9 * degrees);
  return degrees * (1 - part + z * Math.sqrt(part)) ** 3;
}
