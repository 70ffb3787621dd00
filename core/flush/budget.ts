/**
 * The flush budget of one database: leases flushBudget to flush, so that thousands of rooms never fall on it together.
 *
 * It keeps two limits. At most `concurrent` leases are out at once. And at most `perWindow` are granted in any window of
 * `windowMs`, wherever that begins: grants are never closer together than (windowMs + jitterMs) / perWindow. So from one
 * grant to the one `perWindow` after it at least windowMs + jitterMs pass, and two flushes as far apart as that cannot
 * fall into one window at the database either, unless their ways there differ by more than `jitterMs`. A bucket of tokens
 * would let twice the limit through at the seam of two windows; even spacing also spares the database the bursts.
 *
 * Who asked first is served first, by the time that the room says it has been asking since: a room that is sent away and
 * comes again with the same time has the place that its age gives it. Only as many wait as can be served within `waitMs`;
 * the youngest of more are told to come later and may sleep meanwhile. When the breaker is open, nobody waits.
 *
 * Numbers in, advice out: the shell owns clock, timer and chance, and calls `advance` after each event and at `wakeAt`.
 */
import { Breaker, type BreakerSettings, type FlushOutcome } from './breaker.ts'

export interface BudgetSettings extends BreakerSettings {
  /** Leases that may be out at one time */
  readonly concurrent: number
  /** Leases that may be granted within any `windowMs` */
  readonly perWindow: number
  readonly windowMs: number
  /** ms by which the ways from a grant to the database may differ without breaking the limit there */
  readonly jitterMs: number
  /** ms after which a lease that nobody released is free again; has to be longer than a flush may take */
  readonly leaseMs: number
  /** ms that a room waits for its permit at most, before it is told to come later */
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
  /** ms after which to ask again */
  readonly retryMs: number
}

export interface Decisions {
  readonly granted: readonly Grant[]
  readonly refused: readonly Refusal[]
  /** When to call `advance` again at the latest, in ms; null when nobody waits and nothing is leased */
  readonly wakeAt: number | null
}

interface Request {
  readonly room: string
  readonly since: number
  /** When its patience ends, in ms */
  readonly until: number
  readonly random: number
}

/** Requests that may wait at all, whatever the limits would allow: what they take of memory is bounded. */
const MOST_WAITING = 2_000
/** Added to the time that the queue needs, so that nobody comes back at once. */
const LEAST_RETRY_MS = 1_000

export class FlushBudget {
  readonly #settings: BudgetSettings
  readonly #breaker: Breaker
  /** ms between two grants, at least */
  readonly #spacing: number
  /** Oldest first. */
  readonly #queue: Request[] = []
  /** When each lease expires, in ms, in the order of the grants. */
  readonly #leases = new Map<number, number>()
  #lastLease = 0
  #nextGrant = Number.NEGATIVE_INFINITY

  /** @throws RangeError for a limit that would let nobody through, or everybody */
  constructor(settings: BudgetSettings) {
    for (const name of ['concurrent', 'perWindow', 'breakAfter'] as const) {
      if (!Number.isInteger(settings[name]) || settings[name] < 1)
        throw new RangeError(`${name} must be a whole number from 1, not ${settings[name]}`)
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
   * A room asks for a permit. `advance` answers it, now or later; an older request of the same room is forgotten.
   * @param since when it first asked for this flush, in ms; the future counts as now
   * @param waitMs how long it waits at most; no longer than the setting of that name
   * @param random 0 ≤ random < 1: spreads the times at which those who are refused come back
   */
  ask(now: number, room: string, since: number, waitMs: number, random: number): void {
    if (Number.isNaN(since) || Number.isNaN(waitMs))
      throw new RangeError('a room asks since a time, for a time')
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

  /** A lease is given back. One that is unknown, expired or given back already changes nothing. */
  release(now: number, lease: number, outcome: FlushOutcome, random: number): void {
    this.#expire(now)
    if (this.#leases.delete(lease)) this.#breaker.ended(now, lease, outcome, random)
  }

  /** Decides what can be decided now. Who is neither granted nor refused waits on. */
  advance(now: number): Decisions {
    const granted: Grant[] = []
    const refused: Refusal[] = []
    this.#expire(now)
    for (;;) {
      for (const request of this.#queue.splice(this.#places(now)))
        refused.push(this.#refusal(now, request, this.#queue.length))
      const first = this.#queue[0]
      // A clock that was set back must not hold everybody up until it is where it was.
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

  /** How many may wait: all that can be served in time; when the breaker is half open its probe alone, and else nobody. */
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

  /** @param ahead requests that are served before this one could be */
  #refusal(now: number, { room, random }: Request, ahead: number): Refusal {
    if (this.#breaker.state(now) !== 'closed') return { room, retryMs: this.#breaker.retryMs(now, random) }
    return { room, retryMs: (LEAST_RETRY_MS + ahead * this.#spacing) * (0.5 + random / 2) }
  }

  /** Whoever did not come back has died, which says nothing about the database. */
  #expire(now: number): void {
    for (const [lease, until] of this.#leases) {
      // One that ends later than any could that is granted now is from before the clock was set back.
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
