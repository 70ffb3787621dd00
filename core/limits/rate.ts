/**
 * Token buckets. A bucket holds up to `burst` and fills at `perSecond`; each action takes its cost out. By
 * default it lends as much again, so that a client can be warned before anything is refused, and never more:
 * what it cannot cover is refused.
 *
 * Pure: numbers in, verdicts out. It knows no clock and no connection.
 */
import type { Rate } from '../protocol/limits.ts'

export class Bucket {
  readonly rate: Rate
  /** The lowest level allowed. */
  readonly #least: number
  /** Current level; below 0 while it lends. */
  #level: number
  #time: number

  /**
   * @param now ms
   * @param lends how far the level may go below 0
   */
  constructor(rate: Rate, now: number, lends = rate.burst) {
    this.rate = rate
    this.#least = -lends
    this.#level = rate.burst
    this.#time = now
  }

  /** Current level, below 0 while it lends. @param now ms; a clock that goes back adds nothing */
  level(now: number): number {
    const { perSecond, burst } = this.rate
    if (perSecond === 0) return burst
    if (now > this.#time) {
      this.#level = Math.min(burst, this.#level + ((now - this.#time) * perSecond) / 1000)
      this.#time = now
    }
    return this.#level
  }

  /** Whether an action with this cost is allowed now. */
  covers(now: number, cost: number): boolean {
    return this.level(now) - this.#charged(cost) >= this.#least
  }

  /** Takes a cost that it covers. */
  take(now: number, cost: number): void {
    if (this.rate.perSecond > 0) this.#level = this.level(now) - this.#charged(cost)
  }

  isFull(now: number): boolean {
    return this.level(now) >= this.rate.burst
  }

  /** No cost exceeds `burst`, since such an action could never be allowed. */
  #charged(cost: number): number {
    return this.rate.perSecond === 0 ? 0 : Math.min(cost, this.rate.burst)
  }
}
