/**
 * A circuit breaker for all flushes to one database (M. Nygard, Release It!, 2007). While closed, everything
 * passes; after enough consecutive failures it opens and nothing passes for a time that doubles with each
 * opening; then it is half open and exactly one flush passes as a probe, whose result closes it or opens it
 * for longer.
 *
 * Pure: numbers in, advice out, no clock, no timer. It knows leases only by number, not who holds them.
 */
import { backoffMs } from '../limits/backoff.ts'

/**
 * The result of a flush as far as the database's health is concerned: it succeeded (`ok`), the database did
 * not answer (`unavailable`), or something else was wrong (`failed`), which says nothing about other
 * flushes.
 */
export type FlushOutcome = 'ok' | 'unavailable' | 'failed'

export interface BreakerSettings {
  /** Consecutive failures, of any rooms, after which the breaker opens. */
  readonly breakAfter: number
  /** ms of the first opening; doubles up to `openMaxMs`. */
  readonly openMs: number
  readonly openMaxMs: number
}

/** `half-open`: a probe may be sent; `probing`: it is in progress. */
export type BreakerState = 'closed' | 'open' | 'half-open' | 'probing'

export class Breaker {
  readonly #settings: BreakerSettings
  /** Consecutive, while closed. */
  #failures = 0
  /** Consecutive openings; 0 while closed. */
  #openings = 0
  #openUntil = 0
  /** ms of the last opening. */
  #span = 0
  #probe: number | null = null

  constructor(settings: BreakerSettings) {
    this.#settings = settings
  }

  /** @param now ms */
  state(now: number): BreakerState {
    if (this.#openings === 0) return 'closed'
    if (this.#probe !== null) return 'probing'
    // If the clock was set back: it never stays open longer than its span.
    this.#openUntil = Math.min(this.#openUntil, now + this.#span)
    return now < this.#openUntil ? 'open' : 'half-open'
  }

  /** A lease was granted: the probe, if the breaker is half open. */
  granted(now: number, lease: number): void {
    if (this.state(now) === 'half-open') this.#probe = lease
  }

  /**
   * A lease ended. Any `ok` closes the breaker, whichever lease it belongs to: the database works. While the
   * breaker is not closed, only the probe can open it again, since older leases reflect an earlier time.
   * @param random 0 ≤ random < 1: an opening lasts between half and all of its time
   */
  ended(now: number, lease: number, outcome: FlushOutcome, random: number): void {
    const probed = this.#probe === lease
    if (probed) this.#probe = null
    if (outcome === 'ok') {
      this.#failures = 0
      this.#openings = 0
      this.#probe = null
    } else if (outcome === 'unavailable') {
      if (probed) this.#open(now, random)
      else if (this.#openings === 0 && ++this.#failures >= this.#settings.breakAfter) this.#open(now, random)
    }
  }

  /**
   * ms after which a refused room should ask again: when the breaker is half open, or a while later, so that
   * not all rooms ask at the same moment.
   * @param random 0 ≤ random < 1
   */
  retryMs(now: number, random: number): number {
    return Math.max(this.#openUntil - now, this.#settings.openMs) + random * this.#span
  }

  #open(now: number, random: number): void {
    const { openMs, openMaxMs } = this.#settings
    this.#span = backoffMs(openMs, openMaxMs, this.#openings, random)
    this.#openUntil = now + this.#span
    this.#openings++
    this.#failures = 0
  }
}
