/**
 * What says who this is: asked for at each connection, remembered, and asked for again before it expires, so that the room need not
 * close on somebody who may stay. It knows no socket: what is to take the place of an older token is handed to its host.
 */
import { backoff } from './backoff.ts'
import { SdkError } from './sdk-error.ts'

/** A token, or what is asked for one each time that one is needed. */
export type TokenSource = string | (() => string | Promise<string>)

export interface TokensHost {
  /** This one is to take the place of that which the room has. */
  renewed(token: string): void
  failed(error: SdkError): void
}

/** What can stand in the header that carries it, or nothing. */
const SENDABLE = /^[A-Za-z0-9!#$%&'*+.^_`|~-]*$/
export const NOT_SENDABLE = "the token cannot be sent: it must be letters, digits and !#$%&'*+-.^_`|~"

export function isSendable(token: string): boolean {
  return SENDABLE.test(token)
}

/** ms before its end within which a token is replaced at the latest, of one that lasts longer than twice as long. */
const BEFORE_MS = 60_000
/** ms that a token is taken to last at least: the room has just taken it. */
const LEAST_MS = 1_000
/** ms that a timer can wait. */
const TIMER_MS = 2 ** 31 - 1

export class Tokens {
  readonly #source: TokenSource
  readonly #host: TokensHost
  #last: string | null = null
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Goes up when what was begun before is not wanted any more. */
  #turn = 0
  #attempt = 0
  /** Whether it was told that no other is to be had for now. */
  #isTold = false
  /** Tokens in a row that the room took after they had expired by the clock here. */
  #doubts = 0

  constructor(source: TokenSource, host: TokensHost) {
    this.#source = source
    this.#host = host
  }

  /** Whether asking again may give another token. */
  get isRenewable(): boolean {
    return typeof this.#source !== 'string'
  }

  /** Rejects with what the application's function throws. */
  async ask(): Promise<string> {
    const source = this.#source
    this.#last = typeof source === 'string' ? source : await source()
    return this.#last
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
    if (expires === null || !this.isRenewable) return
    this.#attempt = 0
    this.#isTold = false
    this.#wait(Date.now() + this.#renewalIn(expires - Date.now()))
  }

  /** The room has none of ours any more, or is told of no other. */
  stop(): void {
    this.#turn++
    clearTimeout(this.#timer)
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

  /** @param until in ms since the epoch of Unix */
  #wait(until: number): void {
    const ms = until - Date.now()
    this.#timer = setTimeout(
      () => {
        if (ms > TIMER_MS) this.#wait(until)
        else void this.#renew()
      },
      Math.min(ms, TIMER_MS),
    )
  }

  async #renew(): Promise<void> {
    const turn = this.#turn
    const known = this.#last
    let token = known
    try {
      token = await this.#askForAnother()
    } catch (error) {
      this.#last = known
      if (turn === this.#turn && !this.#isTold) this.#host.failed(cannotRenew(error))
      this.#isTold = true
    }
    if (turn !== this.#turn) return
    if (token !== null && token !== known) this.#host.renewed(token)
    // Until the room closes the connection: another is begun with whatever there is then.
    else this.#wait(Date.now() + backoff(this.#attempt++, Math.random()))
  }

  /** Rejects with what the application's function throws, and when it gives nothing that can be sent. */
  async #askForAnother(): Promise<string> {
    const token = await this.ask()
    if (token === '') throw new Error('it is empty')
    if (!isSendable(token)) throw new Error(NOT_SENDABLE)
    return token
  }
}

function cannotRenew(error: unknown): SdkError {
  const text = `No token could be had to take the place of one that expires soon, and is asked for again: ${String(error)}`
  return new SdkError('unauthenticated', text, { cause: error })
}
