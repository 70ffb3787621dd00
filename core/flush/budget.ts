/**
 * The flush budget of one database: grants rooms leases to flush, so that thousands of rooms never flush at
 * the same time.
 *
 * It enforces two limits. At most `concurrent` leases are out at once, and at most `perWindow` are granted
 * in any window of `windowMs`, wherever it begins: grants are at least (windowMs + jitterMs) / perWindow
 * apart. So at least windowMs + jitterMs pass between one grant and the `perWindow`-th after it, and two
 * such flushes cannot fall into one window at the database either, unless their delays on the way there
 * differ by more than `jitterMs`. A token bucket would let twice the limit through around the boundary of
 * two windows; even spacing also spares the database the bursts.
 *
 * Requests are served in the order in which their rooms first asked, which each room states itself: a room
 * that was refused and asks again with the same time gets the place of its age. Only as many wait as can be
 * served within `waitMs`; the newest of the others are told to come back later, and may sleep until then.
 * While the breaker is open, nobody waits.
 *
 * Pure: numbers in, decisions out. The caller owns clock, timer and randomness, and calls `advance` after
 * each event and at `wakeAt`.
 */
import { Breaker, type BreakerSettings, type FlushOutcome } from './breaker.ts'

export interface BudgetSettings extends BreakerSettings {
  /** Maximum number of leases at any one time. */
  readonly concurrent: number
  /** Maximum number of leases granted within any `windowMs`. */
  readonly perWindow: number
  readonly windowMs: number
  /** ms by which the delays between grant and database may differ without breaking the limit there. */
  readonly jitterMs: number
  /** ms after which an unreleased lease expires; must be longer than a flush can take. */
  readonly leaseMs: number
  /** Maximum ms that a room waits for a lease before it is told to come back later. */
  readonly waitMs: number
}

export const DEFAULT_BUDGET: BudgetSettings = {
  concurrent: 8,
  perWindow: 50,
  windowMs: 1_000,
  jitterMs: 50,
  leaseMs: 30_000,
  waitMs: 20_000,
  breakAfter: 5,
  openMs: 1_000,
  openMaxMs: 60_000,
}

export interface Grant {
  readonly room: string
  readonly lease: number
}

export interface Refusal {
  readonly room: string
  /** ms after which to ask again. */
  readonly retryMs: number
}

export interface Decisions {
  readonly granted: readonly Grant[]
  readonly refused: readonly Refusal[]
  /** When to call `advance` again at the latest, in ms; null if nobody waits and nothing is leased. */
  readonly wakeAt: number | null
}

interface Request {
  readonly room: string
  readonly since: number
  /** When it stops waiting, in ms. */
  readonly until: number
  readonly random: number
}

/** Upper bound of waiting requests regardless of the limits: it bounds the memory they take. */
const MOST_WAITING = 2_000
/** Added to the time that the queue needs, so that no room comes back at once. */
const LEAST_RETRY_MS = 1_000

export class FlushBudget {
  readonly #settings: BudgetSettings
  readonly #breaker: Breaker
  /** Minimum ms between two grants. */
  readonly #spacing: number
  /** Oldest first. */
  readonly #queue: Request[] = []
  /** Expiry of each lease in ms, in the order of the grants. */
  readonly #leases = new Map<number, number>()
  #lastLease = 0
  #nextGrant = Number.NEGATIVE_INFINITY

  /** @throws RangeError for a limit that would let nobody through, or everybody */
  constructor(settings: BudgetSettings) {
    for (const name of ['concurrent', 'perWindow', 'breakAfter'] as const) {
      if (!Number.isInteger(settings[name]) || settings[name] < 1)
        throw new RangeError(`${name} must be a positive integer, not ${settings[name]}`)
    }
    for (const name of ['windowMs', 'leaseMs', 'openMs', 'openMaxMs'] as const) {
      if (!(settings[name] > 0 && settings[name] < Number.POSITIVE_INFINITY))
        throw new RangeError(`${name} must be more than 0 ms, not ${settings[name]}`)
    }
    this.#settings = settings
    this.#breaker = new Breaker(settings)
    this.#spacing = (settings.windowMs + settings.jitterMs) / settings.perWindow
  }

  /**
   * A room asks for a lease. `advance` answers, now or later; an earlier request of the same room is
   * dropped.
   * @param since when it first asked for this flush, in ms; a future time counts as now
   * @param waitMs maximum time to wait; at most the setting of that name
   * @param random 0 ≤ random < 1: spreads the times at which refused rooms come back
   */
  ask(now: number, room: string, since: number, waitMs: number, random: number): void {
    if (Number.isNaN(since) || Number.isNaN(waitMs)) throw new RangeError('since and waitMs must be numbers')
    const older = this.#queue.findIndex((request) => request.room === room)
    if (older >= 0) this.#queue.splice(older, 1)
    const request = {
      room,
      since: Math.min(since, now),
      until: now + Math.max(0, Math.min(waitMs, this.#settings.waitMs)),
      random,
    }
    const younger = this.#queue.findIndex((other) => other.since > request.since)
    this.#queue.splice(younger < 0 ? this.#queue.length : younger, 0, request)
  }

  /** A lease is returned. An unknown, expired or already returned one has no effect. */
  release(now: number, lease: number, outcome: FlushOutcome, random: number): void {
    this.#expire(now)
    if (this.#leases.delete(lease)) this.#breaker.ended(now, lease, outcome, random)
  }

  /** Decides what can be decided now. Requests that are neither granted nor refused keep waiting. */
  advance(now: number): Decisions {
    const granted: Grant[] = []
    const refused: Refusal[] = []
    this.#expire(now)
    for (;;) {
      for (const request of this.#queue.splice(this.#places(now)))
        refused.push(this.#refusal(now, request, this.#queue.length))
      const first = this.#queue[0]
      // If the clock was set back, grants must not stop until it has caught up.
      this.#nextGrant = Math.min(this.#nextGrant, now + this.#spacing)
      if (first === undefined || !this.#isFree || now < this.#nextGrant) break
      this.#queue.shift()
      granted.push({ room: first.room, lease: this.#grant(now) })
    }
    for (let place = this.#queue.length - 1; place >= 0; place--) {
      const request = this.#queue[place]
      const isPatient =
        request !== undefined && now < request.until && request.until <= now + this.#settings.waitMs
      if (request === undefined || isPatient) continue
      this.#queue.splice(place, 1)
      refused.push(this.#refusal(now, request, place))
    }
    return { granted, refused, wakeAt: this.#wakeAt() }
  }

  get #isFree(): boolean {
    return this.#leases.size < this.#settings.concurrent
  }

  /**
   * How many requests may wait: all that can be served in time; if the breaker is half open only the probe,
   * otherwise none.
   */
  #places(now: number): number {
    const state = this.#breaker.state(now)
    if (state !== 'closed') return state === 'half-open' ? 1 : 0
    return Math.max(1, Math.min(MOST_WAITING, Math.floor(this.#settings.waitMs / this.#spacing)))
  }

  #grant(now: number): number {
    const lease = ++this.#lastLease
    this.#leases.set(lease, now + this.#settings.leaseMs)
    this.#breaker.granted(now, lease)
    this.#nextGrant = now + this.#spacing
    return lease
  }

  /** @param ahead number of requests served before this one */
  #refusal(now: number, { room, random }: Request, ahead: number): Refusal {
    if (this.#breaker.state(now) !== 'closed') return { room, retryMs: this.#breaker.retryMs(now, random) }
    return { room, retryMs: (LEAST_RETRY_MS + ahead * this.#spacing) * (0.5 + random / 2) }
  }

  /** A holder that did not come back has died, which says nothing about the database. */
  #expire(now: number): void {
    for (const [lease, until] of this.#leases) {
      // A lease that expires later than one granted now would is from before the clock was set back.
      if (until > now && until <= now + this.#settings.leaseMs) return
      this.#leases.delete(lease)
      this.#breaker.ended(now, lease, 'failed', 0)
    }
  }

  #wakeAt(): number | null {
    const times = this.#queue.map(({ until }) => until)
    const [expiry] = this.#leases.values()
    if (expiry !== undefined) times.push(expiry)
    if (this.#queue.length > 0 && this.#isFree) times.push(this.#nextGrant)
    return times.length === 0 ? null : Math.min(...times)
  }
}
