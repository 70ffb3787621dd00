/** How long to wait before connecting again: doubling, with jitter so that a room's people do not all come at once. */
const FIRST_MS = 250
const MOST_MS = 15_000

/**
 * @param attempt 0 for the first try after a loss
 * @param random 0 ≤ random < 1
 * @returns ms, between half and all of the doubled delay
 */
export function backoff(attempt: number, random: number): number {
  return Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(attempt, 16)) * (0.5 + random / 2)
}
