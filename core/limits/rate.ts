/**
 * Token buckets. A bucket holds so many tokens (`burst`) and fills at so many a second; what is done takes
 * some out. It lends as much again, so that somebody can be warned before anything of theirs is refused,
 * and never more: what it cannot cover is not taken.
 *
 * Numbers in, verdicts out: it knows no clock and no connection.
 */
import type { Rate } from '../protocol/limits.ts'

export class Bucket {
  readonly rate: Rate
  /** The level below which nothing is taken. */
  readonly #least: number
  /** Tokens in it; below 0 while it lends. */
  #level: number
  #time: number

  /**
   * @param now ms
   * @param lends tokens that it gives beyond those that it holds
   */
  constructor(rate: Rate, now: number, lends = rate.burst) {
    this.rate = rate
    this.#least = -lends
    this.#level = rate.burst
    this.#time = now
  }

  /** Tokens in it, below 0 while it lends. @param now ms; a clock that goes back fills nothing */
  level(now: number): number {
    const { perSecond, burst } = this.rate
    if (perSecond === 0) return burst
    if (now > this.#time) {
      this.#level = Math.min(burst, this.#level + ((now - this.#time) * perSecond) / 1000)
      this.#time = now
    }
    return this.#level
  }

  /** Whether what costs so much may be done now. */
  covers(now: number, tokens: number): boolean {
    return this.level(now) - this.#costOf(tokens) >= this.#least
  }

  /** Takes tokens out that it covers. */
  take(now: number, tokens: number): void {
    if (this.rate.perSecond > 0) this.#level = this.level(now) - this.#costOf(tokens)
  }

  isFull(now: number): boolean {
    return this.level(now) >= this.rate.burst
  }

  /** Nothing costs more than it holds, or it could never be done. */
  #costOf(tokens: number): number {
    return this.rate.perSecond === 0 ? 0 : Math.min(tokens, this.rate.burst)
  }
}
