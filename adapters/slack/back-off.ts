const baseMs = 1_000;
const longestMs = 30_000;

/**
 * How long to wait after so many failures in a row, in milliseconds: 1 s doubling up to 30 s, half of it by chance,
 * so that several processes do not come back together.
 * @param random in [0, 1)
 */
export function backOffMs(failures: number, random: number): number {
  const bound = Math.min(longestMs, baseMs * 2 ** Math.min(failures - 1, 10));
  return Math.round(bound / 2 + (random * bound) / 2);
}
