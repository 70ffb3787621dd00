/**
 * What says who this is: asked for at each connection, remembered, and asked for again before it expires, so that the room need not
 * close on somebody who may stay. It knows no socket: what is to take the place of an older token is handed to its host.
 */

import { SdkError } from '../sdk-error.ts'
import { backoff } from './backoff.ts'
import { after, within } from './timers.ts'

/** A token, or what is asked for one each time that one is needed. Of a function, only what `tokenFault` finds nothing wrong with is used. */
export type TokenSource = string | (() => string | Promise<string>)

export interface TokensHost {
  /** This one is to take the place of that which the room has. */
  renewed(token: string): void
  failed(error: SdkError): void
}

/** What can stand in the header that carries it. */
const SENDABLE = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/
/** UTF-16 units of a token, by A2 of the protocol. */
const TOKEN_UNITS = 8 * 1024

/** Why something that was given for a token is none that could be sent; null where nothing is wrong. Quotes nothing of it. */
export function tokenFault(token: unknown): string | null {
  if (typeof token !== 'string') return `the token is ${token === null ? 'null' : typeof token}, not a string`
  if (token === '') return 'the token is empty'
  if (token.length > TOKEN_UNITS)
    return `the token cannot be sent: it is longer than ${TOKEN_UNITS} characters`
  if (SENDABLE.test(token)) return null
  return "the token cannot be sent: it must be letters, digits and !#$%&'*+-.^_`|~"
}

/**
 * What an application gave for `token`, to be used for as long as its room lives.
 * @throws SdkError `bad_token` where it is neither a string with something in it nor a function, `unauthenticated` for a string that cannot
 *   be sent
 */
export function tokenSource(token: unknown): TokenSource {
  if (typeof token === 'function') return token as TokenSource
  const fault = tokenFault(token)
  if (fault === null) return token as string
  if (typeof token === 'string' && token !== '') throw new SdkError('unauthenticated', fault)
  const hint = 'Give a string, or a function that answers one; leave `token` out to come in as a guest.'
  throw new SdkError('bad_token', `\`token\` cannot be used: ${fault}. ${hint}`)
}

/**
 * Asks for a token before the first connection does; that one gets the same answer, so the function runs once.
 * @returns the token, unchecked, and what takes the place of `source` for the connections
 */
export function askedAhead(source: TokenSource): {
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

/** ms that a function has to give a token. */
export const ASK_MS = 15_000
/** ms before its end within which a token is replaced at the latest, of one that lasts longer than twice as long. */
const BEFORE_MS = 60_000
/** ms that a token is taken to last at least: the room has just taken it. */
const LEAST_MS = 1_000

export class Tokens {
  readonly #source: TokenSource
  readonly #host: TokensHost
  #last: string | null = null
  #shown: string | null = null
  #stopTimer = () => {}
  /** Goes up when what was begun before is not wanted any more. */
  #turn = 0
  #attempt = 0
  /** Whether the host knows that there is no token for now. */
  #isTold = false
  /** Tokens in a row that the room took after they had expired by the clock here. */
  #doubts = 0
  /** A token that the room is about to give, and the one that it gave, in place of one that it takes no more. */
  #promised: Promise<void> | null = null
  #given: string | null = null
  #refused: string | null = null
  /** Aborts when those who wait for a token need it no more. */
  #waiting = new AbortController()

  constructor(source: TokenSource, host: TokensHost) {
    this.#source = source
    this.#host = host
  }

  /** The one that the room was shown last. */
  get shown(): string | null {
    return this.#shown
  }

  /** Whether asking again may give another token. */
  get isRenewable(): boolean {
    return typeof this.#source !== 'string' || this.#promised !== null || this.#given !== null
  }

  /**
   * The room is asked for a token that takes the place of those that it will not take any more. Until it has answered, nothing else is
   * shown to it. Answers what it answers.
   */
  async exchange<T extends { readonly token: string | null }>(asked: Promise<T>): Promise<T> {
    const answered = asked.then(({ token }) => {
      this.#given = token
    })
    // Whoever asked hears of a failure; the tokens at hand are still good then.
    const settled = answered
      .catch(() => {})
      .finally(() => {
        if (this.#promised === settled) this.#promised = null
      })
    this.#promised = settled
    await answered
    return asked
  }

  /** The room does not take the token that it was shown. */
  refused(): void {
    this.#refused = this.#shown
    if (this.#last === this.#refused) this.#last = null
  }

  /** A token that can be sent. Rejects with what the application's function throws, and when it gives none, or none in time. */
  async ask(): Promise<string> {
    if (this.#promised !== null) await this.#promised
    const token = await this.#fromSource()
    this.#last = token === this.#refused ? (this.#given ?? token) : token
    return this.#last
  }

  async #fromSource(): Promise<string> {
    const source = this.#source
    if (typeof source === 'string') return source
    const answer = (async () => source())()
    const late = `none was given within ${ASK_MS / 1000} s`
    const token = await within(ASK_MS, answer, late, this.#waiting.signal)
    const fault = tokenFault(token)
    if (fault !== null) throw new Error(fault)
    return token
  }

  /** As `ask`, for a connection that is about to open. A failure is also reported to the host, once until the room takes a token. */
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

  /** The last answer; asks where there is none yet. */
  async last(): Promise<string> {
    return this.#last ?? this.ask()
  }

  /**
   * The room has taken the last answer, and another is had in time.
   * @param expires when it expires, in ms since the epoch of Unix by the room's clock; null when it does not
   */
  taken(expires: number | null): void {
    this.stop()
    this.#attempt = 0
    this.#isTold = false
    if (expires === null || !this.isRenewable) return
    this.#wait(this.#renewalIn(expires - Date.now()))
  }

  /** The room has none of ours any more, or is told of no other. */
  stop(): void {
    this.#turn++
    this.#stopTimer()
  }

  /** The room is over: whoever waits for a token gets none. */
  close(): void {
    this.stop()
    this.#waiting.abort()
    this.#waiting = new AbortController()
  }

  /** @param left ms to the end, by the clock here */
  #renewalIn(left: number): number {
    if (left <= 0) {
      // The clocks differ, and when it ends nobody knows: seldom enough to trouble nobody, should it go on so.
      return Math.min(BEFORE_MS, LEAST_MS * 2 ** this.#doubts++)
    }
    this.#doubts = 0
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
      this.#host.renewed(token)
    }
    // Until the room closes the connection: another is begun with whatever there is then.
    else this.#wait(backoff(this.#attempt++, Math.random()))
  }

  #wait(ms: number): void {
    this.#stopTimer = after(ms, () => void this.#renew())
  }

  #fail(error: unknown): void {
    if (this.#isTold) return
    this.#isTold = true
    const text = `There is no token to send; the function is asked again soon: ${String(error)}`
    this.#host.failed(new SdkError('unauthenticated', text, { cause: error }))
  }
}
