/**
 * How much somebody may send in a room, over all their connections and the next ones too: an account with a
 * bucket for each kind of message. Guests, who can be somebody else at will, are counted a second time,
 * together with the other guests of their address. A connection is measured by a meter, which takes from
 * its accounts and says when its client has to be warned.
 *
 * Numbers in, verdicts out: it knows no clock, no socket, and no message.
 */
import type { Limits, RateKind, RateLimits } from '../protocol/limits.ts'
import { Ledger } from './ledger.ts'
import { Bucket } from './rate.ts'

/** What limits count somebody as: digests, so that neither long ids nor addresses are kept. */
export interface CountedAs {
  /** Of the user; of the address, for people who send no token and have one. */
  readonly user: string
  /** Null where it is not known. */
  readonly address: string | null
}

/**
 * `over`: not taken. `perSecond`: taken, and the client is to be told that it may send so many tokens a
 * second from now on.
 */
export type Verdict = 'fine' | 'over' | { readonly perSecond: number }

const KINDS: readonly RateKind[] = ['submit', 'chat', 'presence', 'request']

export class Account {
  /** Connections that are open and count here. */
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
  /** Null where addresses are not counted. */
  readonly #ofAddress: RateLimits | null

  constructor({ rates, addressUsers }: Pick<Limits, 'rates' | 'addressUsers'>) {
    this.#ofUser = rates
    this.#ofAddress = addressUsers === 0 ? null : times(rates, addressUsers)
  }

  /** A connection is counted from now on, until its meter is closed. @param now ms */
  open({ user, address }: CountedAs, isGuest: boolean, now: number): Meter {
    const accounts = [this.#byKey.of(`u ${user}`, now, () => new Account(this.#ofUser, now))]
    const ofAddress = this.#ofAddress
    if (isGuest && address !== null && ofAddress !== null)
      accounts.push(this.#byKey.of(`a ${address}`, now, () => new Account(ofAddress, now)))
    return new Meter(accounts)
  }
}

/** What one connection sends, as its accounts have it. */
export class Meter {
  readonly #accounts: readonly Account[]
  /** What its client was told that it may send, by kind. */
  readonly #told = new Map<RateKind, number>()

  constructor(accounts: readonly Account[]) {
    this.#accounts = accounts
    for (const account of accounts) account.connections++
  }

  /** Takes what a message costs out of each account, or nothing at all. @param now ms */
  take(kind: RateKind, now: number, tokens: number): Verdict {
    for (const account of this.#accounts) if (!account.bucket(kind).covers(now, tokens)) return 'over'
    for (const account of this.#accounts) account.bucket(kind).take(now, tokens)
    return this.#warning(kind, now)
  }

  /**
   * What its client is to be told before it has sent anything: kinds for which an earlier connection has
   * used up what there was.
   */
  warnings(now: number): { readonly kind: RateKind; readonly perSecond: number }[] {
    return KINDS.flatMap((kind) => {
      const verdict = this.#warning(kind, now)
      return typeof verdict === 'object' ? [{ kind, ...verdict }] : []
    })
  }

  /** The connection is gone. */
  close(): void {
    for (const account of this.#accounts) account.connections--
  }

  /** Once, and again where there is less for each by now, or where it had recovered in between. */
  #warning(kind: RateKind, now: number): Verdict {
    let share = Number.POSITIVE_INFINITY
    let hasRecovered = true
    for (const account of this.#accounts) {
      const bucket = account.bucket(kind)
      const level = bucket.level(now)
      // Not as soon as it is above 0: who sends just as fast as it fills would be warned again and again.
      if (level < bucket.rate.burst / 2) hasRecovered = false
      if (level < 0) share = Math.min(share, bucket.rate.perSecond / account.connections)
    }
    if (hasRecovered && this.#told.size > 0) this.#told.delete(kind)
    if (share >= (this.#told.get(kind) ?? Number.POSITIVE_INFINITY)) return 'fine'
    this.#told.set(kind, share)
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
