/**
 * A lasting connection to a room: opens a socket, reconnects when it is lost, detects one that is dead
 * without a close, and stops when the room's close code says that reconnecting is pointless. It carries
 * frames and knows only ping and pong.
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
  /** Whether another attempt follows automatically. */
  readonly retry: boolean
  /** Whether the room closed it; otherwise the network failed. */
  readonly isAnswer: boolean
}

export interface ConnectionHandlers {
  /** A socket is open. */
  up(): void
  frame(data: string): void
  /** The socket was lost, or an attempt failed. */
  down(loss: Loss): void
  /** A ping was answered. */
  alive(): void
  /** Time in ms for a pong, given what is being transmitted ahead of it in either direction. */
  answerMs(): number
}

export interface ConnectionTarget {
  /** `ws:` or `wss:` */
  readonly url: string
  readonly token: TokenSource
  readonly socket: SocketFactory
  /** Path of the file whose text is wanted with the first welcome. */
  readonly open?: string
}

/** Time in ms without frames after which a ping is sent. */
const QUIET_MS = 10_000
/** Time in ms for a socket to open. */
const OPEN_MS = 15_000
/** Time in ms from the open socket to the welcome. */
const WELCOME_MS = 60_000

const OPEN = 1
/** Close code of a socket that was lost without a close frame. */
const LOST = 1006

export class Connection {
  readonly #target: ConnectionTarget
  readonly #tokens: Tokens
  readonly #handlers: ConnectionHandlers
  #socket: SocketLike | null = null
  #attempt = 0
  /** Whether a token was refused, and none accepted since. */
  #isTokenRefused = false
  #closed = false
  /** Incremented by each attempt and each loss: a token that arrives for an older one opens no socket. */
  #turn = 0
  /** Runs until the next attempt; undefined during an attempt and while connected. */
  #timer: ReturnType<typeof setTimeout> | undefined
  #watch: ReturnType<typeof setTimeout> | undefined
  #welcome: ReturnType<typeof setTimeout> | undefined
  /** Whether a ping is unanswered. */
  #isPinged = false

  /** @param tokens asked for a token at each attempt */
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

  /** The client is up to date: the next loss starts with a short delay again. */
  settled(): void {
    this.#attempt = 0
  }

  /** The room accepted the token and sent its welcome. */
  welcomed(): void {
    clearTimeout(this.#welcome)
    this.#isTokenRefused = false
  }

  /** Drops the socket and reconnects soon, when the current connection cannot be used. */
  restart(reason: string): void {
    this.#lose({ code: RESTART, reason, retry: true })
  }

  /** Pings the room if connected. Without an answer, the connection is lost. */
  probe(): void {
    if (this.isOpen && !this.#isPinged) this.#ping()
  }

  /** Like `probe`; without a connection, attempts one at once. */
  check(): void {
    this.probe()
    if (this.isOpen || this.#closed || this.#timer === undefined) return
    clearTimeout(this.#timer)
    void this.#connect()
  }

  /** Like `check`, and restarts an attempt in progress, which may have begun while there was no network. */
  retry(): void {
    if (this.#socket !== null && !this.isOpen) {
      this.#drop(NORMAL, 'retrying')
      void this.#connect()
    } else this.check()
  }

  /** Stops permanently. */
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
      this.#welcome = setTimeout(() => this.#silent('the room did not send its welcome'), WELCOME_MS)
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
    // Each error is followed by a close event with the code.
    socket.onerror = null
  }

  /** Something was received: restarts the silence timer. */
  #alive(): void {
    clearTimeout(this.#watch)
    this.#watch = setTimeout(() => this.#ping(), QUIET_MS)
    if (!this.#isPinged) return
    this.#isPinged = false
    this.#handlers.alive()
  }

  #ping(): void {
    this.#isPinged = true
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

  /** Releases the socket; its later events are ignored. */
  #drop(code: number, reason: string): void {
    clearTimeout(this.#watch)
    clearTimeout(this.#welcome)
    this.#isPinged = false
    const socket = this.#socket
    this.#socket = null
    if (socket === null) return
    socket.onopen = null
    socket.onmessage = null
    socket.onclose = null
    if (socket.readyState > OPEN) return
    // An application may only send 1000 and 3000–4999.
    socket.close(code === NORMAL || code >= 3000 ? code : NORMAL, reason.slice(0, 100))
  }
}
