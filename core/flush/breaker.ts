/**
 * A circuit breaker over all flushes to one database (M. Nygard, Release It!, 2007). Closed, everything goes; after so many
 * failures in a row it opens and nothing goes for a time that doubles from opening to opening; then it is half open and
 * exactly one flush goes as a probe, whose end closes it or opens it for longer.
 *
 * Numbers in, advice out: no clock, no timer. It knows leases by their number alone, not who holds them.
 */

/**
 * How a flush ended, as far as the database's health is concerned: it was taken (`ok`), the database did not answer
 * (`unavailable`), or something else was wrong (`failed`), which says nothing of how others would fare.
 */
export type FlushOutcome = 'ok' | 'unavailable' | 'failed'

export interface BreakerSettings {
  /** Failures in a row, of any rooms, after which the breaker opens */
  readonly breakAfter: number
  /** ms that it is open the first time; doubles up to `openMaxMs` */
  readonly openMs: number
  readonly openMaxMs: number
}

/** `half-open`: a probe may go; `probing`: it is on its way. */
export type BreakerState = 'closed' | 'open' | 'half-open' | 'probing'

export class Breaker {
  readonly #settings: BreakerSettings
  /** In a row, while closed. */
  #failures = 0
  /** Openings in a row; 0 while closed. */
  #openings = 0
  #openUntil = 0
  /** ms of the last opening */
  #span = 0
  #probe: number | null = null

  constructor(settings: BreakerSettings) {
    this.#settings = settings
  }

  /** @param now ms */
  state(now: number): BreakerState {
    if (this.#openings === 0) return 'closed'
    if (this.#probe !== null) return 'probing'
    // A clock that was set back: it was not opened for longer than its span.
    this.#openUntil = Math.min(this.#openUntil, now + this.#span)
    return now < this.#openUntil ? 'open' : 'half-open'
  }

  /** A lease was granted: the probe, when the breaker is half open. */
  granted(now: number, lease: number): void {
    if (this.state(now) === 'half-open') this.#probe = lease
  }

  /**
   * A lease ended. An `ok` closes the breaker, whoever brings it: the database lives. While it is not closed nothing but
   * the probe can open it again, since older leases tell of the time before.
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
   * ms after which somebody who may not flush now should ask again: when the breaker is half open, or a while after, so
   * that not everybody comes at that moment.
   * @param random 0 ≤ random < 1
   */
  retryMs(now: number, random: number): number {
    return Math.max(this.#openUntil - now, this.#settings.openMs) + random * this.#span
  }

  #open(now: number, random: number): void {
    const { openMs, openMaxMs } = this.#settings
    this.#span = Math.min(openMaxMs, openMs * 2 ** Math.min(this.#openings, 30)) * (0.5 + random / 2)
    this.#openUntil = now + this.#span
    this.#openings++
    this.#failures = 0
  }
}
