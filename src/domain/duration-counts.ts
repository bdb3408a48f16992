/**
 * How long things took, counted by size: what is kept of a million durations is how many were about as long as each
 * other, and a percentile is at most 5 % too high.
 */

/** Each step reaches so much further than the one before. */
export const stepRatio = 1.05;

/** How many durations ended in a step: step n reaches to `stepRatio ** n` milliseconds, step 0 to one. */
export type DurationCount = { readonly step: number; readonly count: number };

/**
 * @param share 0.5 for the median
 * @returns milliseconds that so large a share of the durations did not exceed; undefined where there are none
 */
export function percentile(counts: readonly DurationCount[], share: number): number | undefined {
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return undefined;
  const rank = Math.max(1, Math.ceil(total * share));
  let seen = 0;
  for (const { step, count } of counts.toSorted((a, b) => a.step - b.step)) {
    seen += count;
    if (seen >= rank) return stepRatio ** step;
  }
  return undefined;
}
