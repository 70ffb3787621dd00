/** Exponential backoff with jitter: the one formula for everything that retries. */

/**
 * @param firstMs delay after the first failure; it doubles with each further one
 * @param mostMs maximum delay
 * @param failures earlier failures in a row: 0 gives `firstMs`
 * @param random 0 ≤ random < 1 spreads many retries over half to all of the delay; 1 for all of it
 * @returns ms
 */
export function backoffMs(firstMs: number, mostMs: number, failures: number, random = 1): number {
  return Math.min(mostMs, firstMs * 2 ** failures) * (0.5 + random / 2)
}
