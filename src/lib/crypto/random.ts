/**
 * Randomness is a parameter of everything in the pure rooms, so that a test can repeat a run and a published vector
 * can bring its own ephemeral keys. The browser's generator is handed in at the edge.
 */

/** `length` unpredictable bytes, fresh at each call. */
export type Random = (length: number) => Uint8Array;
