/**
 * The smallest value that at least this share of the values does not exceed.
 * @param {readonly number[]} values at least one
 * @param {number} share 0.5 is the median
 */
export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

/** @param {readonly number[]} values */
export function median(values) {
  const [low, high] = [
    percentile(values, 0.5),
    -percentile(
      values.map((value) => -value),
      0.5
    )
  ];
  return (low + high) / 2;
}

/** @param {number} value */
export function rounded(value, digits = 0) {
  return Number(value.toFixed(digits));
}
