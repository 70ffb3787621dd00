/**
 * How much a user may send to a room, across all their current and later connections: an account with a
 * bucket for each kind of message. Guests, who can change identity at will, are counted a second time,
 * together with the other guests at their address. Each connection has a meter, which charges its accounts
 * and reports when its client has to be warned.
 *
 * Pure: numbers in, verdicts out. It knows no clock, no socket and no message.
 */
import type { Limits, RateKind, RateLimits } from '../protocol/limits.ts'
import { Ledger } from './ledger.ts'
import { Bucket } from './rate.ts'

/** What limits count a connection under: digests, so that neither long ids nor addresses are stored. */
export interface CountedAs {
  /** Digest of the user or, for a connection without a token, of its address if known. */
  readonly user: string
  /** Null if unknown. */
  readonly address: string | null
}

/** `over`: refused. `perSecond`: accepted, and the client must be told the rate it may use from now on. */
export type Verdict = 'fine' | 'over' | { readonly perSecond: number }

const KINDS: readonly RateKind[] = ['submit', 'chat', 'presence', 'request']

export class Account {
  /** Open connections charged to this account. */
  connections = 0
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

  bucket(kind: RateKind): Bucket {
    return this.#buckets[kind]
  }

  isFull(now: number): boolean {
    return KINDS.every((kind) => this.#buckets[kind].isFull(now))
  }
}

/** The accounts of one room. */
export class Accounts {
  readonly #byKey = new Ledger<Account>()
  readonly #ofUser: RateLimits
  /** Null if addresses are not counted. */
  readonly #ofAddress: RateLimits | null

  constructor({ rates, addressUsers }: Pick<Limits, 'rates' | 'addressUsers'>) {
    this.#ofUser = rates
    this.#ofAddress = addressUsers === 0 ? null : times(rates, addressUsers)
  }

  /** Counts a connection from now on, until its meter is closed. @param now ms */
  open({ user, address }: CountedAs, isGuest: boolean, now: number): Meter {
    const accounts = [this.#byKey.of(`u ${user}`, now, () => new Account(this.#ofUser, now))]
    const ofAddress = this.#ofAddress
    if (isGuest && address !== null && ofAddress !== null)
      accounts.push(this.#byKey.of(`a ${address}`, now, () => new Account(ofAddress, now)))
    return new Meter(accounts)
  }
}

/** Measures what one connection sends, and charges its accounts. */
export class Meter {
  readonly #accounts: readonly Account[]
  /** The rates that its client was told, by kind. */
  readonly #warned = new Map<RateKind, number>()

  constructor(accounts: readonly Account[]) {
    this.#accounts = accounts
    for (const account of accounts) account.connections++
  }

  /** Charges the cost of a message to every account, or to none. @param now ms */
  take(kind: RateKind, now: number, cost: number): Verdict {
    for (const account of this.#accounts) if (!account.bucket(kind).covers(now, cost)) return 'over'
    for (const account of this.#accounts) account.bucket(kind).take(now, cost)
    return this.#warning(kind, now)
  }

  /**
   * Warnings for the client before it has sent anything: kinds for which an earlier connection has used up
   * the allowance.
   */
  warnings(now: number): { readonly kind: RateKind; readonly perSecond: number }[] {
    return KINDS.flatMap((kind) => {
      const verdict = this.#warning(kind, now)
      return typeof verdict === 'object' ? [{ kind, ...verdict }] : []
    })
  }

  /** The connection is closed. */
  close(): void {
    for (const account of this.#accounts) account.connections--
  }

  /** Warns once, and again if the share has become smaller or the accounts recovered in between. */
  #warning(kind: RateKind, now: number): Verdict {
    let share = Number.POSITIVE_INFINITY
    let hasRecovered = true
    for (const account of this.#accounts) {
      const bucket = account.bucket(kind)
      const level = bucket.level(now)
      // Not as soon as the level is above 0: a client that sends exactly as fast as the bucket fills would
      // be warned again and again.
      if (level < bucket.rate.burst / 2) hasRecovered = false
      if (level < 0) share = Math.min(share, bucket.rate.perSecond / account.connections)
    }
    if (hasRecovered && this.#warned.size > 0) this.#warned.delete(kind)
    if (share >= (this.#warned.get(kind) ?? Number.POSITIVE_INFINITY)) return 'fine'
    this.#warned.set(kind, share)
    return { perSecond: share }
  }
}

function times(rates: RateLimits, users: number): RateLimits {
  const each = (kind: RateKind) => {
    const { perSecond, burst } = rates[kind]
    return { perSecond: perSecond * users, burst: burst * users }
  }
  return { submit: each('submit'), chat: each('chat'), presence: each('presence'), request: each('request') }
}
