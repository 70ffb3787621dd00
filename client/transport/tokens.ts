/**
 * The tokens of this user: requested for each connection, remembered, and renewed before they expire, so
 * that the room need not close the connection. It does not know the socket; a renewed token is passed to
 * its host.
 */

import { backoffMs } from '../../core/limits/backoff.ts'
import { SdkError } from '../sdk-error.ts'
import { backoff } from './backoff.ts'
import { after, within } from './timers.ts'

/**
 * A token, or a function that is called each time one is needed. Results with a `tokenFault` are not used.
 */
export type TokenSource = string | (() => string | Promise<string>)

export interface TokensListener {
  /** A new token to replace the one the room has. */
  renewed(token: string): void
  failed(error: SdkError): void
}

/** Characters allowed in the header that carries the token. */
const SENDABLE = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/
/** Most UTF-16 units of a token, by [A2] of the protocol. */
const TOKEN_UNITS = 8 * 1024

/** Why a value cannot be sent as a token; null if it can. The reason never quotes the token. */
export function tokenFault(token: unknown): string | null {
  if (typeof token !== 'string') return `the token is ${token === null ? 'null' : typeof token}, not a string`
  if (token === '') return 'the token is empty'
  if (token.length > TOKEN_UNITS)
    return `the token cannot be sent: it is longer than ${TOKEN_UNITS} characters`
  if (SENDABLE.test(token)) return null
  return "the token cannot be sent: it must be letters, digits and !#$%&'*+-.^_`|~"
}

/**
 * Checks the `token` option.
 * @throws SdkError `bad_token` when it is neither a non-empty string nor a function, `unauthenticated` for
 *   a string that cannot be sent
 */
export function tokenSource(token: unknown): TokenSource {
  if (typeof token === 'function') return token as TokenSource
  const fault = tokenFault(token)
  if (fault === null) return token as string
  if (typeof token === 'string' && token !== '') throw new SdkError('unauthenticated', fault)
  const hint = 'Pass a string, or a function that returns one; omit `token` to join as a guest.'
  throw new SdkError('bad_token', `\`token\` cannot be used: ${fault}. ${hint}`)
}

/**
 * Requests a token before the first connection; that connection gets the same one, so the function runs
 * once.
 * @returns the token, unchecked, and the source to use for connections
 */
export function requestedAhead(source: TokenSource): {
  readonly token: Promise<string>
  readonly source: TokenSource
} {
  if (typeof source === 'string') return { token: Promise.resolve(source), source }
  const token = (async () => source())()
  let isUsed = false
  const next = () => {
    if (isUsed) return source()
    isUsed = true
    return token
  }
  return { token, source: next }
}

/** Time in ms for the function to return a token. */
export const ASK_MS = 15_000
/**
 * A token is renewed at the latest this many ms before it expires; a token valid less than twice as long,
 * at half its time.
 */
const BEFORE_MS = 60_000
/** Least remaining ms to assume for a token that the room has just accepted. */
const LEAST_MS = 1_000

export class Tokens {
  readonly #source: TokenSource
  readonly #listener: TokensListener
  #last: string | null = null
  #shown: string | null = null
  #stopTimer = () => {}
  /** Incremented to cancel a renewal in progress. */
  #turn = 0
  #attempt = 0
  /** Whether the listener was already told that there is no token. */
  #isReported = false
  /** Consecutive tokens accepted by the room although expired by the local clock. */
  #expiredInARow = 0
  /**
   * Settles when a replacement token requested from the room has arrived or failed; null when none is
   * requested.
   */
  #exchanging: Promise<void> | null = null
  /** The last replacement token that the room issued. */
  #issued: string | null = null
  #refused: string | null = null
  /** Aborts the pending requests for a token. */
  #waiting = new AbortController()

  constructor(source: TokenSource, listener: TokensListener) {
    this.#source = source
    this.#listener = listener
  }

  /** The token last shown to the room. */
  get shown(): string | null {
    return this.#shown
  }

  /** Whether asking again may give another token. */
  get isRenewable(): boolean {
    return typeof this.#source !== 'string' || this.#exchanging !== null || this.#issued !== null
  }

  /**
   * Waits for a token that the room issues to replace those it will no longer accept. Until it arrives, no
   * other token is shown to the room. Resolves like `asked`.
   */
  async exchange<T extends { readonly token: string | null }>(asked: Promise<T>): Promise<T> {
    const answered = asked.then(({ token }) => {
      this.#issued = token
    })
    // The caller gets the error; the current tokens remain valid then.
    const settled = answered
      .catch(() => {})
      .finally(() => {
        if (this.#exchanging === settled) this.#exchanging = null
      })
    this.#exchanging = settled
    await answered
    return asked
  }

  /** The room refused the token that it was shown. */
  refused(): void {
    this.#refused = this.#shown
    if (this.#last === this.#refused) this.#last = null
  }

  /**
   * Resolves with a token that can be sent. Rejects when the application's function throws, or gives none
   * in time.
   */
  async ask(): Promise<string> {
    if (this.#exchanging !== null) await this.#exchanging
    const token = await this.#fromSource()
    this.#last = token === this.#refused ? (this.#issued ?? token) : token
    return this.#last
  }

  async #fromSource(): Promise<string> {
    const source = this.#source
    if (typeof source === 'string') return source
    const answer = (async () => source())()
    const late = `no token within ${ASK_MS / 1000} s`
    const token = await within(ASK_MS, answer, late, this.#waiting.signal)
    const fault = tokenFault(token)
    if (fault !== null) throw new Error(fault)
    return token
  }

  /**
   * Like `ask`, for a new connection. A failure is also reported to the host, once until the room accepts a
   * token.
   */
  async show(): Promise<string> {
    const turn = this.#turn
    try {
      this.#shown = await this.ask()
      return this.#shown
    } catch (error) {
      if (turn === this.#turn) this.#fail(error)
      throw error
    }
  }

  /** The last token; requests one if there is none. */
  async last(): Promise<string> {
    return this.#last ?? this.ask()
  }

  /**
   * The room accepted the shown token: schedules its renewal.
   * @param expires Unix ms by the room's clock; null when it does not expire
   */
  taken(expires: number | null): void {
    this.stop()
    this.#attempt = 0
    this.#isReported = false
    if (expires === null || !this.isRenewable) return
    this.#wait(this.#renewalIn(expires - Date.now()))
  }

  /** The connection is gone: cancels renewal. */
  stop(): void {
    this.#turn++
    this.#stopTimer()
  }

  /** The room is over: pending requests for a token reject. */
  close(): void {
    this.stop()
    this.#waiting.abort()
    this.#waiting = new AbortController()
  }

  /** @param left ms until it expires, by the local clock */
  #renewalIn(left: number): number {
    if (left <= 0) {
      // The clocks differ, so the expiry is unknown: renew, but ever less often.
      return backoffMs(LEAST_MS, BEFORE_MS, this.#expiredInARow++)
    }
    this.#expiredInARow = 0
    const lasts = Math.max(LEAST_MS, left)
    return lasts - Math.min(BEFORE_MS, lasts / 2) * (1 + Math.random() / 2)
  }

  async #renew(): Promise<void> {
    const turn = this.#turn
    let token = this.#shown
    try {
      token = await this.ask()
    } catch (error) {
      if (turn === this.#turn) this.#fail(error)
    }
    if (turn !== this.#turn) return
    if (token !== null && token !== this.#shown) {
      this.#shown = token
      this.#listener.renewed(token)
    }
    // Retry until the room closes the connection; the next one requests a token anyway.
    else this.#wait(backoff(this.#attempt++, Math.random()))
  }

  #wait(ms: number): void {
    this.#stopTimer = after(ms, () => void this.#renew())
  }

  #fail(error: unknown): void {
    if (this.#isReported) return
    this.#isReported = true
    const text = `There is no token; the token function is called again soon: ${String(error)}`
    this.#listener.failed(new SdkError('unauthenticated', text, { cause: error }))
  }
}
