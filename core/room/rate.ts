/**
 * How much one connection may send: a token bucket for each kind of message. A bucket holds so many tokens (`burst`) and
 * fills at so many a second; each message takes some out. One that is empty lends as much again, with one warning; whoever
 * has used that up too is over the limit. So no message is refused before its sender was told to slow down.
 *
 * Numbers in, verdicts out: it knows no clock and no connection.
 */
import type { RateLimits } from '../protocol/limits.ts'
import type { Rate, RateKind } from '../protocol/rates.ts'

/** `warn`: taken, and the sender is to be told; `over`: not taken. */
export type Verdict = 'fine' | 'warn' | 'over'

export class Bucket {
  readonly #rate: Rate
  /** Tokens in it; below 0 while it lends. */
  #level: number
  #time: number
  #warned = false

  /** @param now ms */
  constructor(rate: Rate, now: number) {
    this.#rate = rate
    this.#level = rate.burst
    this.#time = now
  }

  /** Takes tokens out. @param now ms; a clock that goes back fills nothing */
  take(now: number, tokens: number): Verdict {
    const { perSecond, burst } = this.#rate
    if (perSecond === 0) return 'fine'
    const filled = (Math.max(0, now - this.#time) * perSecond) / 1000
    this.#time = Math.max(this.#time, now)
    this.#level = Math.min(burst, this.#level + filled)
    // Not as soon as it is above 0: who sends just as fast as it fills would be warned again and again.
    if (this.#level >= burst / 2) this.#warned = false
    // A message may take more than a bucket holds. It is judged by what was there before it.
    if (this.#level <= -burst) return 'over'
    this.#level -= tokens
    if (this.#level >= 0 || this.#warned) return 'fine'
    this.#warned = true
    return 'warn'
  }
}

/** The buckets of one connection. */
export class Buckets {
  readonly #buckets: Readonly<Record<RateKind, Bucket>>

  /** @param now ms */
  constructor(rates: RateLimits, now: number) {
    this.#buckets = {
      submit: new Bucket(rates.submit, now),
      chat: new Bucket(rates.chat, now),
      presence: new Bucket(rates.presence, now),
      request: new Bucket(rates.request, now),
    }
  }

  /** @param now ms */
  take(kind: RateKind, now: number, tokens: number): Verdict {
    return this.#buckets[kind].take(now, tokens)
  }
}
