/**
 * One lasting connection to a room: opens a socket, opens another when it is lost, notices when it is dead without saying
 * so, and stops for good when the room says that coming back is of no use. It carries frames and knows none of them
 * but ping and pong.
 */
import {
  isFromRoom,
  mayRetry,
  NORMAL,
  RESTART,
  reasonOf,
  UNAUTHENTICATED,
} from '../../core/protocol/codes.ts'
import { PING, PONG, SUBPROTOCOL } from '../../core/protocol/messages.ts'
import type { SocketFactory, SocketLike } from '../types.ts'
import { backoff } from './backoff.ts'
import type { TokenSource, Tokens } from './tokens.ts'

export interface Loss {
  readonly code: number
  /** Never empty. */
  readonly reason: string
  /** Whether another attempt follows by itself. */
  readonly retry: boolean
  /** Whether the room said so; otherwise nobody did, and it is the network that broke. */
  readonly isAnswer: boolean
}

export interface ConnectionHandlers {
  /** A socket is open. */
  up(): void
  frame(data: string): void
  /** The socket is gone, or an attempt failed. */
  down(loss: Loss): void
  /** A sign of life that was asked for has come. */
  alive(): void
  /** ms within which a sign of life can be expected now: what is being carried, either way, is ahead of it. */
  answerMs(): number
}

export interface ConnectionTarget {
  /** `ws:` or `wss:` */
  readonly url: string
  readonly token: TokenSource
  readonly socket: SocketFactory
}

/** ms of silence after which the room is asked for a sign of life. */
const QUIET_MS = 10_000
/** ms for a socket to open. */
const OPEN_MS = 15_000
/** ms for the room to welcome us over a socket that is open. */
const WELCOME_MS = 60_000

const OPEN = 1
/** Close code of a socket that was lost without one. */
const LOST = 1006

export class Connection {
  readonly #target: ConnectionTarget
  readonly #tokens: Tokens
  readonly #handlers: ConnectionHandlers
  #socket: SocketLike | null = null
  #attempt = 0
  /** Whether a token was refused, and none taken since. */
  #isTokenRefused = false
  #closed = false
  /** Goes up with each attempt and each loss: a token that comes for an older one opens nothing. */
  #turn = 0
  /** Until the next attempt; undefined while one is under way, and after it succeeded. */
  #timer: ReturnType<typeof setTimeout> | undefined
  #watch: ReturnType<typeof setTimeout> | undefined
  #welcome: ReturnType<typeof setTimeout> | undefined
  /** Whether a sign of life was asked for, and none has come since. */
  #isAsked = false

  /** @param tokens what is asked for a token at each attempt to connect */
  constructor(target: ConnectionTarget, tokens: Tokens, handlers: ConnectionHandlers) {
    this.#target = target
    this.#tokens = tokens
    this.#handlers = handlers
    void this.#connect()
  }

  get isOpen(): boolean {
    return this.#socket?.readyState === OPEN
  }

  send(frame: string): void {
    if (this.isOpen) this.#socket?.send(frame)
  }

  /** All is well: the next loss starts with a short wait again. */
  settled(): void {
    this.#attempt = 0
  }

  /** The room took the token, and let us in. */
  welcomed(): void {
    clearTimeout(this.#welcome)
    this.#isTokenRefused = false
  }

  /** Drops the socket and opens another soon: the present one cannot be used. */
  restart(reason: string): void {
    this.#lose({ code: RESTART, reason, retry: true })
  }

  /** Asks for a sign of life now, where there is a connection. Where none comes, it is lost. */
  probe(): void {
    if (this.isOpen && !this.#isAsked) this.#ask()
  }

  /** As `probe`; where there is no connection, it is tried at once. */
  check(): void {
    this.probe()
    if (this.isOpen || this.#closed || this.#timer === undefined) return
    clearTimeout(this.#timer)
    void this.#connect()
  }

  /** As `check`, and an attempt that is under way begins again: it may have been made into a network that was not there. */
  retry(): void {
    if (this.#socket !== null && !this.isOpen) {
      this.#drop(NORMAL, 'another attempt is made')
      void this.#connect()
    } else this.check()
  }

  /** Stops for good. */
  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#drop(NORMAL, 'closed')
  }

  async #connect(): Promise<void> {
    this.#timer = undefined
    const turn = ++this.#turn
    let socket: SocketLike
    try {
      const token = await this.#tokens.show()
      if (this.#closed || turn !== this.#turn) return
      socket = this.#target.socket(this.#target.url, [SUBPROTOCOL, token])
    } catch (error) {
      if (turn === this.#turn) {
        this.#lose({ code: LOST, reason: `could not connect: ${String(error)}`, retry: true })
      }
      return
    }
    this.#socket = socket
    this.#expect(OPEN_MS, 'the room did not answer')
    socket.onopen = () => {
      this.#alive()
      this.#welcome = setTimeout(() => this.#silent('the room did not let us in'), WELCOME_MS)
      this.#handlers.up()
    }
    socket.onmessage = ({ data }) => {
      this.#alive()
      if (typeof data === 'string' && data !== PONG) this.#handlers.frame(data)
    }
    socket.onclose = ({ code, reason }) => {
      const hasAnother = this.#tokens.isRenewable && !this.#isTokenRefused
      if (code === UNAUTHENTICATED) {
        this.#isTokenRefused = true
        this.#tokens.refused()
      }
      this.#lose({ code, reason: reason.trim() || reasonOf(code), retry: mayRetry(code, hasAnother) })
    }
    // A close event follows each error and says what can be said.
    socket.onerror = null
  }

  /** A sign of life: the silence starts anew. */
  #alive(): void {
    clearTimeout(this.#watch)
    this.#watch = setTimeout(() => this.#ask(), QUIET_MS)
    if (!this.#isAsked) return
    this.#isAsked = false
    this.#handlers.alive()
  }

  #ask(): void {
    this.#isAsked = true
    this.send(PING)
    this.#expect(this.#handlers.answerMs(), 'the connection is silent')
  }

  #expect(ms: number, reason: string): void {
    clearTimeout(this.#watch)
    this.#watch = setTimeout(() => this.#silent(reason), ms)
  }

  #silent(reason: string): void {
    this.#lose({ code: LOST, reason, retry: true })
  }

  #lose(loss: Omit<Loss, 'isAnswer'>): void {
    if (this.#closed) return
    this.#turn++
    this.#drop(loss.retry ? NORMAL : loss.code, loss.reason)
    if (!loss.retry) this.#closed = true
    else {
      clearTimeout(this.#timer)
      const wait = backoff(this.#attempt++, Math.random())
      this.#timer = setTimeout(() => void this.#connect(), wait)
    }
    this.#handlers.down({ ...loss, isAnswer: isFromRoom(loss.code) })
  }

  /** Lets go of the socket: whatever it still says is not heard. */
  #drop(code: number, reason: string): void {
    clearTimeout(this.#watch)
    clearTimeout(this.#welcome)
    this.#isAsked = false
    const socket = this.#socket
    this.#socket = null
    if (socket === null) return
    socket.onopen = null
    socket.onmessage = null
    socket.onclose = null
    if (socket.readyState > OPEN) return
    // Only 1000 and 3000–4999 may be given by an application.
    socket.close(code === NORMAL || code >= 3000 ? code : NORMAL, reason.slice(0, 100))
  }
}
