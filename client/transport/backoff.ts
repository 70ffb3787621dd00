/** Delay before reconnecting, with jitter so that the clients of a room do not return all at once. */
import { backoffMs } from '../../core/limits/backoff.ts'

const FIRST_MS = 250
const MOST_MS = 15_000

/**
 * @param attempt 0 for the first attempt after a loss
 * @param random 0 ≤ random < 1
 * @returns ms, between half and all of the doubled delay
 */
export function backoff(attempt: number, random: number): number {
  return backoffMs(FIRST_MS, MOST_MS, attempt, random)
}
