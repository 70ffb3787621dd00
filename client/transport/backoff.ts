/**
 * Delay before reconnecting: doubles with each attempt, with jitter so that the clients of a room do not
 * return all at once.
 */
const FIRST_MS = 250
const MOST_MS = 15_000

/**
 * @param attempt 0 for the first attempt after a loss
 * @param random 0 ≤ random < 1
 * @returns ms, between half and all of the doubled delay
 */
export function backoff(attempt: number, random: number): number {
  return Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(attempt, 16)) * (0.5 + random / 2)
}
